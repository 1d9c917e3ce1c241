"""`/biller/openapi.json`: what a bank needs and no more, made from the same declared calls and the
same models as `/openapi.json`; with every error code of each call and the signature's headers.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.validation import CODES as FIELD_CODES
from chalicelib.channels.biller import signature
from chalicelib.web.openapi import REF_TEMPLATE, SECURITY_SCHEMES, all_schemas, describe_operation
from chalicelib.web.operations import OPERATIONS, Operation, json_response, operation
from chalicelib.wiring import platform

biller_document = Blueprint(__name__)

HEADERS = {
    signature.PARTNER_HEADER: ("the account's partner code", r"^[A-Za-z0-9-]{3,32}$"),
    signature.TIMESTAMP_HEADER: ("seconds since 1970", f"^{signature.TIMESTAMP.pattern}$"),
    signature.NONCE_HEADER: (
        "new for every call; an answer repeats it",
        f"^{signature.NONCE.pattern}$",
    ),
    signature.SIGNATURE_HEADER: ("lower-case hex of HMAC-SHA256", "^[0-9a-f]{64}$"),
}
DESCRIPTION = """Every call is signed, and every answer but those that refuse a signature.

HMAC-SHA256 with the account's signing key over lines joined by a line feed, without one at the end:

    request  ERRANDLESS-REQUEST-1, partner code, method, path, timestamp, nonce, SHA-256 of the body
    answer   ERRANDLESS-ANSWER-1, partner code, HTTP status, timestamp, nonce, SHA-256 of the body

The path is that of this document, without what stands before `/biller`; hashes are lower-case hex,
also of an empty body. 503, and an answer without a good signature, are not a "no": ask again."""

_SIGNED = ("signature_missing", "signature_wrong", "signature_expired", "nonce_used")
_BODY = {400: ("invalid_json",), 413: ("body_too_large",), 415: ("content_type_not_json",)}
_FIELDS = ("invalid_request", "invalid_value", *sorted(set(FIELD_CODES.values())))
_GUESSES = {429: ("too_many_guesses",)}
_CLOSED = ("order_paid", "order_cancelled", "order_expired")

# Path → status → codes, beside those that every call has.
CODES: Mapping[str, Mapping[int, tuple[str, ...]]] = {
    "/biller/v1/bills/lookup": {
        **_BODY,
        **_GUESSES,
        404: ("bill_not_found",),
        422: ("payment_code_mistyped", *_FIELDS),
    },
    "/biller/v1/locks": {
        **_BODY,
        **_GUESSES,
        404: ("bill_not_found",),
        409: (
            *_CLOSED,
            "amount_differs",
            "payment_locked",
            "payment_in_review",
            "payment_in_progress",
            "lock_over",
            "payment_over",
            "basket_outdated",
            "too_many_payments",
            "channel_unavailable",
        ),
        422: ("payment_code_mistyped", "idempotency_key_reused", *_FIELDS),
    },
    "/biller/v1/locks/{payment_no}/release": {
        404: ("lock_not_found",),
        409: ("lock_paid",),
        413: ("body_too_large",),
    },
    "/biller/v1/payments": {
        **_BODY,
        409: ("transaction_no_reused",),
        422: ("business_day_impossible", *_FIELDS),
    },
    "/biller/v1/payments/{transaction_no}": {404: ("payment_not_found",)},
    "/biller/v1/payments/{transaction_no}/reversal": {
        **_BODY,
        404: ("payment_not_found",),
        409: (
            "reversal_amount_differs",
            "reversal_too_late",
            "reversal_not_needed",
            "reversal_no_reused",
            "payment_reversed",
        ),
        422: _FIELDS,
    },
}


@operation(
    biller_document,
    Operation(
        "GET",
        "/biller/openapi.json",
        "The calls of the biller interface, for banks and their tools",
        answer="OpenApiDocument",
    ),
)
def show(_: Request) -> Response:
    document = build_biller_document(platform().settings.public_base_url)
    return json_response(document, headers={"Cache-Control": "public, max-age=300"})


@cache
def build_biller_document(base_url: str) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        if each.is_signed:
            paths.setdefault(each.path, {})[each.method.lower()] = _describe(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Errandless: the biller interface",
            "version": "1",
            "summary": "Look a bill up, lock it, take the money, tell it, take it back",
            "description": DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base_url}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": _schemas_in(paths),
            "headers": {name: _header(name) for name in HEADERS},
            "securitySchemes": {"partner": SECURITY_SCHEMES["partner"]},
        },
    }


def _describe(each: Operation) -> dict[str, Any]:
    described = describe_operation(each)
    for parameter in described["parameters"]:
        if parameter["name"] in HEADERS:
            parameter.update(_header(parameter["name"]))
    for status, response in described["responses"].items():
        if status != "401":
            refs = {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS}
            response["headers"] = refs
        codes = codes_of(each.path, int(status))
        if codes:
            response["content"] = {"application/problem+json": {"schema": _problem(codes)}}
    return described


def codes_of(path: str, status: int) -> tuple[str, ...]:
    """None for a status that says no codes: what is wrong on our side has any."""
    return _SIGNED if status == 401 else CODES[path].get(status, ())


def _problem(codes: Iterable[str]) -> dict[str, Any]:
    named = {"type": "object", "properties": {"code": {"enum": list(dict.fromkeys(codes))}}}
    return {"allOf": [{"$ref": REF_TEMPLATE.format(model="Problem")}, named]}


def _header(name: str) -> dict[str, Any]:
    what, pattern = HEADERS[name]
    return {"description": what, "schema": {"type": "string", "pattern": pattern}}


def _schemas_in(paths: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are named, and those that they name."""
    schemas = all_schemas()
    wanted: dict[str, Any] = {}
    found = _names_in(paths)
    while found:
        wanted |= {name: schemas[name] for name in found}
        found = _names_in([*wanted.values()]) - wanted.keys()
    return dict(sorted(wanted.items()))


def _names_in(part: Any) -> set[str]:
    prefix = re.escape(REF_TEMPLATE.partition("{")[0])
    return set(re.findall(rf"{prefix}(\w+)", str(part)))
