"""How a route is declared: once, with what the OpenAPI document says of it and with error handling.

@operation(orders, Operation("POST", "/v1/orders", "Create an order", ...))
def create(request: Request) -> Response: ...
"""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib import observability
from chalicelib.domain.portals import Scope
from chalicelib.errors import DataFault, ErrandlessError
from chalicelib.web.problem import problem_response, status_of

# Chalice itself would answer 415 in a body of its own; every view checks its content type.
ANY_CONTENT_TYPE = ["*/*"]


class Consistency(StrEnum):
    """`strong`: read by key. `eventual`: from rows derived seconds later. `cached`: at most a
    minute old."""

    STRONG = "strong"
    EVENTUAL = "eventual"
    CACHED = "cached"


@dataclass(frozen=True, slots=True)
class Operation:
    """`scope` None: public. `request` and `answer`: names of models, `A | B` where
    it is one of two; None: no body, or not JSON. `also`: other statuses of the same answer.
    `may_be_empty`: no body at all counts as an empty object. `form`: the fields of a page's form.
    `is_signed`: called by a partner of the biller interface.
    `errors`: the HTTP statuses beside 401, 403, 500 and 503."""

    method: str
    path: str
    summary: str
    scope: Scope | None = None
    request: str | None = None
    may_be_empty: bool = False
    answer: str | None = None
    status: int = 200
    also: tuple[int, ...] = ()
    errors: tuple[int, ...] = ()
    parameters: tuple[str, ...] = ()
    consistency: Consistency = Consistency.STRONG
    needs_idempotency_key: bool = False
    content_type: str = "application/json"
    form: tuple[str, ...] = ()
    is_signed: bool = False


OPERATIONS: list[Operation] = []

View = Callable[..., Response]


def operation(blueprint: Blueprint, described: Operation) -> Callable[[View], View]:
    """Registers the view; it is called with the request and the path's parameters."""

    def declare(view: View) -> View:
        handled = answer_errors(view, blueprint)
        blueprint.route(
            described.path,
            methods=[described.method],
            content_types=ANY_CONTENT_TYPE,
            name=f"{view.__module__.rpartition('.')[2]}_{view.__name__}",
        )(handled)
        OPERATIONS.append(described)
        return handled

    return declare


def answer_errors(view: View, blueprint: Blueprint) -> View:
    """Maps our error tree to problem details; anything else is an alert and a plain 500."""

    @functools.wraps(view)
    def handled(**path: str) -> Response:
        request = blueprint.current_request
        trace_id = trace_id_of(request)
        observability.correlate(trace_id)
        try:
            response = view(request, **path)
        except ErrandlessError as error:
            if status_of(error) == 500:
                observability.alert("request_failed", error)
            return problem_response(error, trace_id)
        except Exception as error:
            observability.alert("request_failed", error)
            return problem_response(DataFault("internal_error", type(error).__name__), trace_id)
        response.headers.setdefault("X-Request-Id", trace_id)
        return response

    # Chalice passes path parameters by the view's own signature.
    handled.answers_errors = True  # type: ignore[attr-defined]
    return handled


def trace_id_of(request: Request) -> str:
    return str(request.context.get("requestId") or "local")


def json_response(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """`body`: a JSON value, or text that is JSON already."""
    return Response(
        body=body if isinstance(body, str) else json_text(body),
        status_code=status,
        headers={
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            **(headers or {}),
        },
    )


def json_text(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
