"""Payment code and verification word as typed by a person: three pages ask for them."""

from dataclasses import dataclass, replace

from chalicelib.domain.identifiers import (
    PAYMENT_CODE_LENGTH,
    is_payment_code,
    normalize_payment_code,
)
from chalicelib.web.pages.form_fields import (
    TextField,
    form_page,
    post_form,
    word_field,
    word_problem,
)
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element, hidden_field, join
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.opened_in import with_notice
from chalicelib.web.pages.order_view import code_groups


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
        if not self.payment_code:
            return "find.code_missing"
        is_whole = len(self.payment_code) == PAYMENT_CODE_LENGTH and self.payment_code.isdecimal()
        return "find.code_wrong" if is_whole else "find.code_length"

    @property
    def word_problem(self) -> str | None:
        return word_problem(self.word)

    @property
    def is_well_formed(self) -> bool:
        is_whole = self.payment_code is not None and self.word is not None
        return is_whole and self.code_problem is None and self.word_problem is None


def front_page(typed: Typed, frame: Frame) -> Page:
    texts = frame.texts
    fields = (_code_field(typed, frame), word_field(typed.word, typed.word_problem, frame))
    form = post_form("/pay", texts("find.button"), fields, frame)
    page = form_page(texts("find.title"), texts("find.lead"), form, fields, frame)
    return with_notice(replace(page, body=join(page.body, _schemes(frame))), frame)


def status_form_page(typed: Typed, frame: Frame) -> Page:
    texts = frame.texts
    fields = (_code_field(typed, frame), word_field(typed.word, typed.word_problem, frame))
    form = post_form("/status", texts("status.button"), fields, frame)
    return form_page(texts("status.title"), texts("status.lead"), form, fields, frame)


def printed_code_page(payment_code: str, frame: Frame) -> Page:
    """Shown for every well-formed code, whether or not there is an order behind it."""
    texts = frame.texts
    lead = frame.sentence("find.printed_lead", code=code_groups(payment_code))
    fields = (word_field(None, None, frame),)
    form = post_form(
        "/pay", texts("find.button"), fields, frame, hidden_field("payment_code", payment_code)
    )
    return with_notice(form_page(texts("find.printed_title"), lead, form, fields, frame), frame)


def _code_field(typed: Typed, frame: Frame) -> TextField:
    texts, problem = frame.texts, typed.code_problem
    return TextField(
        name="payment_code",
        label=texts("find.payment_code"),
        hint=texts("find.payment_code_hint"),
        value=typed.payment_code or "",
        problem=texts(problem) if problem else None,
        box={"inputmode": "numeric", "maxlength": 30},
    )


def _schemes(frame: Frame) -> Html:
    """For who has no payment code but the number of a decision or a bill."""
    links = [
        element("li", element("a", frame.named(each.names), href=frame.link(f"/s/{each.code}")))
        for each in frame.province.schemes
    ]
    by_number = element("a", frame.texts("number.link"), href=frame.link("/find"))
    links.append(element("li", by_number))
    several = element("a", frame.texts("basket.title"), href=frame.link("/basket"))
    links.append(element("li", several))
    heading = element("h2", frame.texts("find.schemes"))
    return element("section", heading, element("ul", *links, class_="schemes"), class_="card")
