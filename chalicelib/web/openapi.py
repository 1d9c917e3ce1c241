"""`/openapi.json`: OpenAPI 3.1, made from the declared operations and the models that validate."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Request, Response

from chalicelib.channels.biller.signature import HEADERS
from chalicelib.domain.notices import NoticeType
from chalicelib.web.operations import OPERATIONS, Operation, json_response, operation
from chalicelib.web.problem import PROBLEM_TYPE, TITLES
from chalicelib.wiring import platform

if TYPE_CHECKING:
    from pydantic import BaseModel

openapi = Blueprint(__name__)

REF_TEMPLATE = "#/components/schemas/{model}"
ALWAYS = (500, 503)
SECURITY_SCHEMES = {
    "key": {"type": "http", "scheme": "bearer"},
    "partner": {"type": "apiKey", "in": "header", "name": "X-Biller-Signature"},
}
WITH_KEY = (401, 403)

PARAMETER_SCHEMAS: dict[str, dict[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 50},
    "after": {"type": "integer", "minimum": 0, "default": 0},
    "amount_minor": {"type": "integer", "minimum": 0},
    "business_day": {"type": "string", "format": "date"},
    "payment_code": {"type": "string", "pattern": "^[1-9][0-9]{17}$"},
}


@operation(openapi, Operation("GET", "/openapi.json", "This document", answer="OpenApiDocument"))
def show(_: Request) -> Response:
    document = build_document(platform().settings.public_base_url)
    return json_response(document, headers={"Cache-Control": "public, max-age=300"})


@cache
def build_document(base_url: str) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method.lower()] = describe_operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Errandless",
            "version": "1",
            "summary": "Look up, pay, receipt and reconcile every public fee of a province",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base_url}],
        "paths": dict(sorted(paths.items())),
        "webhooks": {each.value: {"post": _describe_notice(each)} for each in NoticeType},
        "components": {
            "schemas": all_schemas(),
            "securitySchemes": SECURITY_SCHEMES,
        },
    }


def all_schemas() -> dict[str, Any]:
    from pydantic.json_schema import models_json_schema

    from chalicelib.bodies import models as shared
    from chalicelib.bodies.models.base import AnswerModel, RequestModel
    from chalicelib.web import models as own

    for models in (shared, own):
        for module in iter_modules(models.__path__):
            import_module(f"{models.__name__}.{module.name}")
    named = [(each, "validation") for each in _public(RequestModel)]
    named += [(each, "serialization") for each in _public(AnswerModel)]
    _, schema = models_json_schema(named, ref_template=REF_TEMPLATE)  # type: ignore[arg-type]
    definitions: dict[str, Any] = schema["$defs"]
    return definitions


def _public(base: type["BaseModel"]) -> list[type["BaseModel"]]:
    """The models made from `base`, private ones without their own name but with their children."""
    found = []
    for each in base.__subclasses__():
        found += [] if each.__name__.startswith("_") else [each]
        found += _public(each)
    return found


def describe_operation(each: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": each.summary,
        "operationId": _operation_id(each),
        "x-consistency": each.consistency.value,
        "parameters": _parameters(each),
        "responses": _responses(each),
    }
    if each.scope is not None:
        described["security"] = [{"key": [each.scope.value]}]
    if each.is_signed:
        described["security"] = [{"partner": []}]
    if each.request is not None:
        content = _json(each.request)
        described["requestBody"] = {"required": not each.may_be_empty, "content": content}
    if each.form:
        described["requestBody"] = {"required": True, "content": _form(each.form)}
    return described


def _describe_notice(each: NoticeType) -> dict[str, Any]:
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    return {
        "summary": f"Sent to the portal's endpoints: {each.value}",
        "operationId": f"notice_{each.value.replace('.', '_')}",
        "parameters": [_parameter(name, "header") | {"required": True} for name in names],
        "requestBody": {"required": True, "content": _json("Notice")},
        "responses": {
            "2XX": {"description": "Accepted"},
            "410": {"description": "Nothing more is sent to this endpoint"},
            "default": {"description": "Sent again, ten times within 46 hours"},
        },
    }


def _parameters(each: Operation) -> list[dict[str, Any]]:
    path_names = [part[1:-1] for part in each.path.split("/") if part.startswith("{")]
    found = [_parameter(name, "path") for name in path_names]
    found += [_parameter(name, "query") for name in each.parameters]
    if each.needs_idempotency_key:
        schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}
        found.append({"name": "Idempotency-Key", "in": "header", "required": True})
        found[-1]["schema"] = schema
    for name in HEADERS if each.is_signed else ():
        found.append(_parameter(name, "header") | {"required": True})
    return found


def _parameter(name: str, place: str) -> dict[str, Any]:
    schema = PARAMETER_SCHEMAS.get(name, {"type": "string"})
    return {"name": name, "in": place, "required": place == "path", "schema": schema}


def _responses(each: Operation) -> dict[str, Any]:
    content = {each.content_type: {}} if each.answer is None else _json(each.answer)
    done = {"description": "Done", "content": content}
    responses: dict[str, Any] = {str(status): done for status in (each.status, *each.also)}
    if each.status == 303 or each.form:
        responses["303"] = {"description": "See the page that `Location` names"}
    if each.status == 204:
        responses["204"] = {"description": "Done"}
    schema = {"schema": {"$ref": REF_TEMPLATE.format(model="Problem")}}
    is_page = each.content_type == "text/html"
    problem = {each.content_type: {}} if is_page else {PROBLEM_TYPE: schema}
    by_caller = WITH_KEY if each.scope else (401,) if each.is_signed else ()
    for status in sorted({*each.errors, *ALWAYS, *by_caller}):
        responses[str(status)] = {"description": TITLES[status], "content": problem}
    return responses


def _form(names: tuple[str, ...]) -> dict[str, Any]:
    fields = {name.rstrip("?"): {"type": "string"} for name in names}
    needed = [name for name in names if not name.endswith("?")]
    schema = {"type": "object", "properties": fields, "required": needed}
    return {"application/x-www-form-urlencoded": {"schema": schema}}


def _json(model: str) -> dict[str, Any]:
    if model == "OpenApiDocument":
        return {"application/json": {"schema": {"type": "object"}}}
    refs = [{"$ref": REF_TEMPLATE.format(model=name)} for name in model.split(" | ")]
    return {"application/json": {"schema": refs[0] if len(refs) == 1 else {"anyOf": refs}}}


def _operation_id(each: Operation) -> str:
    words = each.path.replace("{", "").replace("}", "").replace("-", "_").replace(".", "_")
    return f"{each.method.lower()}{words.replace('/', '_')}"
