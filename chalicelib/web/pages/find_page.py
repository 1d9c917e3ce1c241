"""Payment code and verification word as typed by a person: three pages ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.identifiers import (
    WORD_LENGTH,
    is_payment_code,
    normalize_payment_code,
)
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Attribute, Html, element, hidden_field
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.order_view import code_groups

Box = Mapping[str, Attribute]


@dataclass(frozen=True, slots=True)
class Typed:
    """What the payer entered, without spaces and dashes. None: nothing was sent yet."""

    payment_code: str | None = None
    word: str | None = None

    @classmethod
    def read(cls, payment_code: str, word: str) -> "Typed":
        return cls(normalize_payment_code(payment_code), normalize_payment_code(word).upper())

    @property
    def code_problem(self) -> str | None:
        """The key of a text. Says only what the check digits say: nothing of which orders exist."""
        if self.payment_code is None or is_payment_code(self.payment_code):
            return None
        return "find.code_wrong" if self.payment_code else "find.code_missing"

    @property
    def word_problem(self) -> str | None:
        if self.word is None or (len(self.word) == WORD_LENGTH and self.word.isalnum()):
            return None
        return "find.word_wrong" if self.word else "find.word_missing"

    @property
    def is_well_formed(self) -> bool:
        is_whole = self.payment_code is not None and self.word is not None
        return is_whole and self.code_problem is None and self.word_problem is None


def front_page(typed: Typed, frame: Frame) -> Page:
    texts = frame.texts
    form = _form("/pay", "find.button", typed, frame)
    return _page(texts("find.title"), texts("find.lead"), form, typed, frame)


def status_form_page(typed: Typed, frame: Frame) -> Page:
    texts = frame.texts
    form = _form("/status", "status.button", typed, frame)
    return _page(texts("status.title"), texts("status.lead"), form, typed, frame)


def printed_code_page(payment_code: str, frame: Frame) -> Page:
    """Shown for every well-formed code, whether or not there is an order behind it."""
    texts = frame.texts
    lead = frame.sentence("find.printed_lead", code=code_groups(payment_code))
    form = _form("/pay", "find.button", Typed(), frame, printed_code=payment_code)
    return _page(texts("find.printed_title"), lead, form, Typed(), frame)


def _page(title: str, lead: str, form: Html, typed: Typed, frame: Frame) -> Page:
    has_problem = bool(typed.code_problem or typed.word_problem)
    body = element(
        "section",
        _problems(typed, frame) if has_problem else None,
        element("h1", title),
        element("p", lead, class_="lead"),
        form,
        class_="card find",
    )
    shown_title = f"{frame.texts('find.problem')}: {title}" if has_problem else title
    return Page(shown_title, body, status=422 if has_problem else 200)


def _problems(typed: Typed, frame: Frame) -> Html:
    fields = {"payment_code": typed.code_problem, "word": typed.word_problem}
    links = (
        element("li", element("a", frame.texts(problem), href=f"#{name}"))
        for name, problem in fields.items()
        if problem is not None
    )
    heading = element("h2", frame.texts("find.problem"))
    return element("div", heading, element("ul", *links), class_="problems", role="alert")


def _form(
    action: str, button: str, typed: Typed, frame: Frame, *, printed_code: str | None = None
) -> Html:
    if printed_code is None:
        code = _code_field(typed, frame)
    else:
        code = hidden_field("payment_code", printed_code)
    return element(
        "form",
        code,
        _word_field(typed, frame),
        element("button", frame.texts(button), type="submit"),
        method="post",
        action=frame.link(action),
    )


def _code_field(typed: Typed, frame: Frame) -> Html:
    shown = typed.payment_code or ""
    box: Box = {"inputmode": "numeric", "maxlength": 30, "value": shown}
    return _field("payment_code", typed.code_problem, box, frame)


def _word_field(typed: Typed, frame: Frame) -> Html:
    box: Box = {"autocapitalize": "characters", "maxlength": 12, "value": typed.word or ""}
    return _field("word", typed.word_problem, box, frame)


def _field(name: str, problem: str | None, box: Box, frame: Frame) -> Html:
    texts = frame.texts
    described = f"{name}-hint" + (f" {name}-problem" if problem else "")
    return element(
        "div",
        element("label", texts(f"find.{name}"), for_=name),
        element("p", texts(f"find.{name}_hint"), id=f"{name}-hint", class_="hint"),
        element("p", texts(problem), id=f"{name}-problem", class_="problem") if problem else None,
        element(
            "input",
            id=name,
            name=name,
            type="text",
            autocomplete="off",
            spellcheck="false",
            aria_describedby=described,
            aria_invalid="true" if problem else None,
            **box,
        ),
        class_="field",
    )
