"""Found by the number on a paper: whose paper it is, the number, and what opens it."""

from chalicelib.domain.catalog import PayeeUnit
from chalicelib.web.pages.form_fields import ChoiceField, form_page, given_field, post_form
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.opened_in import with_notice
from chalicelib.web.pages.scheme_page import TypedNumber, number_field

SCHEME, UNIT = "scheme-", "unit-"
# So that the page stays small; a larger province's units are found by their schemes.
MAX_UNITS = 200


def number_page(whose: str | None, typed: TypedNumber, frame: Frame) -> Page:
    """`whose`: the option that was chosen, "" for none; None: nothing was sent yet."""
    texts = frame.texts
    fields = (
        _whose_field(whose, frame),
        number_field(texts("number.label"), typed, frame),
        given_field(typed.word, typed.word_problem, frame),
    )
    form = post_form("/find", texts("find.button"), fields, frame)
    return with_notice(
        form_page(texts("number.title"), texts("number.lead"), form, fields, frame), frame
    )


def _whose_field(whose: str | None, frame: Frame) -> ChoiceField:
    texts, province = frame.texts, frame.province
    schemes = tuple((SCHEME + each.code, frame.named(each.names)) for each in province.schemes)
    units = tuple((UNIT + each.code, frame.named(each.names)) for each in _shown_units(frame))
    return ChoiceField(
        name="whose",
        label=texts("number.whose"),
        hint=texts("number.whose_hint"),
        value=whose or "",
        groups={texts("number.schemes"): schemes, texts("number.units"): units},
        problem=texts("number.whose_missing") if whose == "" else None,
    )


def _shown_units(frame: Frame) -> tuple[PayeeUnit, ...]:
    return frame.province.payee_units[:MAX_UNITS]
