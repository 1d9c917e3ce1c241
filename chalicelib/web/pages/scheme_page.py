"""A scheme's entry: what its printed QR code opens. It asks for the number on the payer's paper."""

from dataclasses import dataclass

from chalicelib.domain.identifiers import normalize_payment_code
from chalicelib.domain.province import Scheme
from chalicelib.web.pages.form_fields import (
    TextField,
    form_page,
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
    """What the payer entered. None: nothing was sent yet."""

    number: str | None = None
    word: str | None = None

    @classmethod
    def read(cls, number: str, word: str) -> "TypedNumber":
        return cls(number.strip(), normalize_payment_code(word).upper())

    @property
    def number_problem(self) -> str | None:
        if self.number is None or 0 < len(self.number) <= MAX_NUMBER_LENGTH:
            return None
        return "scheme.number_long" if self.number else "scheme.number_missing"

    @property
    def is_well_formed(self) -> bool:
        is_whole = self.number is not None and self.word is not None
        return is_whole and self.number_problem is None and word_problem(self.word) is None


def scheme_page(scheme: Scheme, typed: TypedNumber, frame: Frame) -> Page:
    texts = frame.texts
    name, _ = texts.choose(scheme.names)
    fields = (
        _number_field(scheme, typed, frame),
        word_field(typed.word, word_problem(typed.word), frame),
    )
    form = post_form(f"/s/{scheme.code}", texts("find.button"), fields, frame)
    return with_notice(form_page(name, texts("scheme.lead"), form, fields, frame), frame)


def _number_field(scheme: Scheme, typed: TypedNumber, frame: Frame) -> TextField:
    texts, problem = frame.texts, typed.number_problem
    label, _ = texts.choose(scheme.number_names)
    return TextField(
        name="number",
        label=label,
        hint=texts("scheme.number_hint"),
        value=typed.number or "",
        problem=texts(problem) if problem else None,
        box={"maxlength": MAX_NUMBER_LENGTH},
    )
