"""A scheme's entry: what its printed QR code opens. It asks for the number on the payer's paper."""

from dataclasses import dataclass

from chalicelib.domain.identifiers import normalize_payment_code
from chalicelib.domain.province import Scheme
from chalicelib.web.pages.form_fields import (
    TextField,
    form_page,
    given_field,
    given_problem,
    post_form,
    word_field,
    word_problem,
)
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.opened_in import with_notice

MAX_NUMBER_LENGTH = 64


@dataclass(frozen=True, slots=True)
class TypedNumber:
    """What the payer entered. None: nothing was sent yet. `takes_fact`: a second fact may stand in
    the word's place."""

    number: str | None = None
    word: str | None = None
    takes_fact: bool = False

    @classmethod
    def read(cls, number: str, word: str, *, takes_fact: bool = False) -> "TypedNumber":
        return cls(number.strip(), normalize_payment_code(word).upper(), takes_fact)

    @property
    def word_problem(self) -> str | None:
        return given_problem(self.word) if self.takes_fact else word_problem(self.word)

    @property
    def number_problem(self) -> str | None:
        if self.number is None or 0 < len(self.number) <= MAX_NUMBER_LENGTH:
            return None
        return "scheme.number_long" if self.number else "scheme.number_missing"

    @property
    def is_well_formed(self) -> bool:
        is_whole = self.number is not None and self.word is not None
        return is_whole and self.number_problem is None and self.word_problem is None


def scheme_page(scheme: Scheme, typed: TypedNumber, frame: Frame) -> Page:
    texts = frame.texts
    name, _ = texts.choose(scheme.names)
    label, _ = texts.choose(scheme.number_names)
    fields = (number_field(label, typed, frame), _word_field(scheme, typed, frame))
    form = post_form(f"/s/{scheme.code}", texts("find.button"), fields, frame)
    return with_notice(form_page(name, texts("scheme.lead"), form, fields, frame), frame)


def _word_field(scheme: Scheme, typed: TypedNumber, frame: Frame) -> TextField:
    if scheme.second_fact_names is None:
        return word_field(typed.word, typed.word_problem, frame)
    fact, _ = frame.texts.choose(scheme.second_fact_names)
    return given_field(typed.word, typed.word_problem, frame, fact)


def number_field(label: str, typed: TypedNumber, frame: Frame) -> TextField:
    texts, problem = frame.texts, typed.number_problem
    return TextField(
        name="number",
        label=label,
        hint=texts("scheme.number_hint"),
        value=typed.number or "",
        problem=texts(problem) if problem else None,
        box={"maxlength": MAX_NUMBER_LENGTH},
    )
