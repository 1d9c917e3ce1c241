"""Where an error becomes an HTTP answer: RFC 9457 problem details, and nowhere else."""

import json
from typing import Any

from chalice.app import Response

from chalicelib import errors

STATUS_BY_ERROR: dict[type[errors.ErrandlessError], int] = {
    errors.BadRequest: 400,
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.InvalidRequest: 422,
    errors.TooManyRequests: 429,
    errors.TryLater: 503,
    errors.OutcomeUnknown: 503,
    errors.ChannelError: 502,
    errors.DataFault: 500,
}

TITLES = {
    400: "The request is not readable",
    401: "A valid key is needed",
    403: "Not allowed with this key",
    404: "Not found",
    405: "Method not allowed",
    409: "The state does not allow it",
    413: "The request is too large",
    415: "The content type is not supported",
    422: "The request is not acceptable",
    429: "Too many requests",
    500: "Something is wrong on our side",
    502: "The channel refused",
    503: "Try again",
}

TYPE_PREFIX = "urn:errandless:error:"
PROBLEM_TYPE = "application/problem+json"


def status_of(error: errors.ErrandlessError) -> int:
    for kind in type(error).__mro__:
        if kind in STATUS_BY_ERROR:
            return STATUS_BY_ERROR[kind]
    return 500


def problem_body(error: errors.ErrandlessError, trace_id: str) -> dict[str, Any]:
    status = status_of(error)
    is_ours = status == 500
    body: dict[str, Any] = {
        "type": TYPE_PREFIX + error.code,
        "title": TITLES[status],
        "status": status,
        "detail": "an operator was told" if is_ours else error.detail,
        "code": error.code,
        "errors": [
            {"field": each.field, "code": each.code, "detail": each.detail} for each in error.errors
        ],
        "trace_id": trace_id,
        "retryable": error.retryable,
        "suggested_action": error.suggested_action,
    }
    if error.link:
        body["link"] = error.link
    if isinstance(error.__cause__, errors.ChannelError):
        body["origin"] = {"system": "channel", "code": error.__cause__.code}
    return body


def problem_response(error: errors.ErrandlessError, trace_id: str) -> Response:
    status = status_of(error)
    headers: dict[str, str | list[str]] = {
        "Content-Type": PROBLEM_TYPE,
        "X-Request-Id": trace_id,
        "Cache-Control": "no-store",
    }
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.retryable:
        headers["Retry-After"] = "60" if status == 429 else "1"
    text = json.dumps(problem_body(error, trace_id), ensure_ascii=False, separators=(",", ":"))
    return Response(body=text, status_code=status, headers=headers)
