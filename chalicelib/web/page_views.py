"""How a page is declared: a route like any other, whose errors a payer can read."""

import functools
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs

from chalice.app import Blueprint, Request, Response

from chalicelib import observability
from chalicelib.domain.apps import app_of
from chalicelib.domain.province import Mode
from chalicelib.errors import (
    BadRequest,
    ErrandlessError,
    NotFound,
    TooManyRequests,
    TryLater,
    UnsupportedMediaType,
)
from chalicelib.storage.guesses import WINDOW
from chalicelib.web.operations import Operation, View, operation, trace_id_of
from chalicelib.web.pages.error_page import Problem, error_page
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.layout import Page, headers_of, render
from chalicelib.web.pages.texts import choose_language, load_texts
from chalicelib.web.problem import status_of
from chalicelib.web.request_reading import raw_body
from chalicelib.wiring import platform

# Two causes of one of these are not to be told apart.
LOOKS_ALIKE = (Problem.NOT_FOUND, Problem.NO_RECEIPT, Problem.LIMITED, Problem.UNIT_SILENT)
_NOT_FOUND = {"receipt_not_found": Problem.NO_RECEIPT, "payment_code_mistyped": Problem.DIGITS}
FORM_TYPE = "application/x-www-form-urlencoded"


def page(
    blueprint: Blueprint,
    method: str,
    path: str,
    summary: str,
    *,
    errors: tuple[int, ...] = (),
    parameters: tuple[str, ...] = (),
    form: tuple[str, ...] = (),
) -> Callable[[View], View]:
    """`parameters` and `form`: what the query and the form may hold beside the language; a name in
    the form that ends with `?` may be missing."""
    described = Operation(
        method,
        path,
        summary,
        errors=errors,
        parameters=("lang", *parameters),
        form=form,
        content_type="text/html",
    )

    def declare(view: View) -> View:
        return operation(blueprint, described)(_with_readable_errors(view))

    return declare


def frame_of(
    request: Request, path: str, language: str | None = None, mode: Mode = Mode.LIVE
) -> Frame:
    """`language`: the order's own, where there is one; the payer's choice goes before it."""
    parts = platform()
    province = parts.setup.read_province()
    wanted = dict(request.query_params or {}).get("lang")
    chosen = choose_language(wanted, language or province.languages[0], province.languages)
    app = app_of(request.headers.get("user-agent", ""))
    return Frame(province, load_texts(chosen), path, mode, parts.settings.public_base_url, app)


def page_response(shown: Page, frame: Frame) -> Response:
    headers: dict[str, str | list[str]] = {**headers_of(shown)}
    return Response(body=render(shown, frame), status_code=shown.status, headers=headers)


def see_other(address: str) -> Response:
    headers: dict[str, str | list[str]] = {
        "Location": address,
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "Content-Type": "text/plain; charset=utf-8",
    }
    return Response(body="", status_code=303, headers=headers)


def read_form(request: Request) -> dict[str, str]:
    """The first value of each field.

    Raises: UnsupportedMediaType; TooLarge; BadRequest when it is not readable."""
    content_type: str = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != FORM_TYPE:
        raise UnsupportedMediaType("content_type_not_form", f"send Content-Type: {FORM_TYPE}")
    try:
        fields = parse_qs(raw_body(request).decode(), keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise BadRequest("invalid_form", "the form is not readable") from error
    return {name: values[0] for name, values in fields.items()}


def _with_readable_errors(view: View) -> View:
    @functools.wraps(view)
    def handled(request: Request, **path: str) -> Response:
        try:
            return view(request, **path)
        except ErrandlessError as error:
            return error_response(request, error)
        except Exception as error:
            observability.alert("page_failed", error)
            return _problem_response(request, Problem.INTERNAL, 500)

    return handled


def error_response(request: Request, error: ErrandlessError) -> Response:
    status = status_of(error)
    if status == 500:
        observability.alert("page_failed", error)
    return _problem_response(request, _problem_of(error), status)


def _problem_of(error: ErrandlessError) -> Problem:
    if isinstance(error, NotFound):
        return _NOT_FOUND.get(error.code, Problem.NOT_FOUND)
    if isinstance(error, TooManyRequests):
        return Problem.LIMITED
    if isinstance(error, TryLater):
        return Problem.UNIT_SILENT if error.code == "unit_silent" else Problem.BUSY
    return Problem.INTERNAL if status_of(error) == 500 else Problem.REFUSED


def _problem_response(request: Request, problem: Problem, status: int) -> Response:
    """An unknown code and a wrong word get the same page to the byte: no number, no own address."""
    is_secret = problem in LOOKS_ALIKE
    frame = frame_of(request, "/")
    trace_id = None if is_secret else trace_id_of(request)
    shown = error_page(problem, frame, trace_id=trace_id)
    response = page_response(replace(shown, status=status), frame)
    if problem is Problem.LIMITED:
        response.headers["Retry-After"] = str(int(WINDOW.total_seconds()))
    return response
