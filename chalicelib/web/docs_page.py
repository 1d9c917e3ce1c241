"""`/docs`: the OpenAPI document as a page, without a script or an outside asset. In English only:
its readers are portals' developers."""

from collections.abc import Iterator
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.web.openapi import build_document
from chalicelib.web.page_views import frame_of, page, page_response
from chalicelib.web.pages.html import Html, element, join
from chalicelib.web.pages.layout import Page
from chalicelib.wiring import platform

docs = Blueprint(__name__)


@page(docs, "GET", "/docs", "This interface, described")
def show(request: Request) -> Response:
    document = build_document(platform().settings.public_base_url)
    return page_response(
        Page(document["info"]["title"], _body(document)), frame_of(request, "/docs")
    )


def _body(document: dict[str, Any]) -> Html:
    sections = [
        _operation(path, method, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    schemas = [
        _schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items())
    ]
    return join(
        element("h1", document["info"]["title"]),
        element("p", document["info"]["summary"] + ". "),
        element("p", element("a", "OpenAPI 3.1 as JSON", href="/openapi.json")),
        *sections,
        element("h2", "Bodies"),
        *schemas,
    )


def _operation(path: str, method: str, described: dict[str, Any]) -> Html:
    rows = [("scope", _scope(described)), ("consistency", described["x-consistency"])]
    rows += [
        (f"{each['in']} {each['name']}", "required" if each["required"] else "optional")
        for each in described["parameters"]
    ]
    if "requestBody" in described:
        rows.append(("body", _named(described["requestBody"])))
    rows += [
        (status, f"{answer['description']} {_named(answer)}".strip())
        for status, answer in described["responses"].items()
    ]
    return element(
        "section",
        element("h2", f"{method.upper()} {path}"),
        element("p", described["summary"]),
        _list(rows),
    )


def _scope(described: dict[str, Any]) -> str:
    if "security" not in described:
        return "public"
    scopes = described["security"][0].get("key")
    return str(scopes[0]) if scopes else "signed by a partner"


def _schema(name: str, schema: dict[str, Any]) -> Html:
    required = schema.get("required", [])
    rows = [
        (field, _type(described) + ("" if field in required else ", optional"))
        for field, described in schema.get("properties", {}).items()
    ]
    return element("section", element("h3", name, id=name), _list(rows))


def _list(rows: list[tuple[str, str]]) -> Html:
    return element(
        "ul", *(element("li", element("code", name), f": {text}") for name, text in rows)
    )


def _named(described: dict[str, Any]) -> str:
    """The name of the body's model, "" where it is not one."""
    for content in described.get("content", {}).values():
        reference = content.get("schema", {}).get("$ref", "")
        return str(reference).rpartition("/")[2]
    return ""


def _type(described: dict[str, Any]) -> str:
    return " or ".join(dict.fromkeys(_types(described))) or "any"


def _types(described: dict[str, Any]) -> Iterator[str]:
    for choice in described.get("anyOf", []):
        yield from _types(choice)
    if "$ref" in described:
        yield described["$ref"].rpartition("/")[2]
    if "enum" in described:
        yield ", ".join(map(str, described["enum"]))
    elif described.get("type") == "array":
        yield f"list of {_type(described.get('items', {}))}"
    elif "type" in described:
        yield described["type"]
