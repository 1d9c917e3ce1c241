"""What went wrong, what it means for the payer's money, and what to do now."""

from enum import StrEnum

from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element, join
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.order_view import facts


class Problem(StrEnum):
    """NOT_STARTED needs the channel's name."""

    NOT_FOUND = "not_found"
    NO_NUMBER = "no_number"
    NO_RECEIPT = "no_receipt"
    NOT_STARTED = "not_started"
    LIMITED = "limited"
    BUSY = "busy"
    UNIT_SILENT = "unit_silent"
    DIGITS = "digits"
    REFUSED = "refused"
    INTERNAL = "internal"


_STATUS = {
    Problem.NOT_FOUND: 404,
    Problem.NO_NUMBER: 404,
    Problem.NO_RECEIPT: 404,
    Problem.NOT_STARTED: 502,
    Problem.LIMITED: 429,
    Problem.BUSY: 503,
    Problem.UNIT_SILENT: 503,
    Problem.DIGITS: 404,
    Problem.REFUSED: 400,
    Problem.INTERNAL: 500,
}


def error_page(
    problem: Problem,
    frame: Frame,
    *,
    trace_id: str | None = None,
    channel: str = "",
    back: str | None = None,
) -> Page:
    """`trace_id` None where two causes must look alike. `back`: the pay page, if there is one;
    where a number was typed, its form."""
    texts = frame.texts
    key = f"error.{problem}"
    body = element(
        "section",
        element("h1", frame.sentence(key, channel=channel)),
        element("p", frame.sentence(f"{key}_sentence", channel=channel)),
        element("p", frame.sentence(f"{key}_next", phone=frame.phone_link())),
        facts({texts("error.trace"): trace_id}) if trace_id else None,
        _way_on(problem, back, frame),
        class_="panel stopped",
    )
    return Page(texts(key, channel=channel), join(body), status=_STATUS[problem])


def _way_on(problem: Problem, back: str | None, frame: Frame) -> Html | None:
    if problem in (Problem.NOT_FOUND, Problem.DIGITS):
        link = element("a", frame.texts("find.title"), href=frame.link("/"), class_="button")
    elif back is not None:
        words = "error.again" if problem is Problem.NO_NUMBER else "error.back"
        link = element("a", frame.texts(words), href=frame.link(back), class_="button")
    else:
        return None
    return element("p", link)
