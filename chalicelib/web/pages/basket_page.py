"""Several bills at once: a page that asks for their payment codes and words, one bill on a line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalicelib.domain.baskets import MAX_BILLS
from chalicelib.domain.identifiers import (
    PAYMENT_CODE_LENGTH,
    is_payment_code,
    normalize_payment_code,
)
from chalicelib.errors import FieldError
from chalicelib.web.pages.form_fields import word_problem
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element, hidden_field, join
from chalicelib.web.pages.layout import Page

# The code of a bill's refusal → the key of a text.
_PROBLEMS: Mapping[str, str] = {
    "bill_unknown": "basket.unknown",
    "not_a_bill": "basket.not_payable",
    "payment_code_twice": "basket.twice",
    "order_paid": "basket.paid",
}
# Of the whole basket.
_WHOLE = frozenset({"amount_out_of_range", "no_common_channel"})
_SEPARATORS = str.maketrans("", "", ",;:|")


@dataclass(frozen=True, slots=True)
class TypedBill:
    """`line_no`: where the payer finds it again."""

    line_no: int
    payment_code: str
    word: str

    @property
    def problem(self) -> str | None:
        """The key of a text. Says only what the check digits and the word's form say."""
        return (
            "find.code_wrong" if not is_payment_code(self.payment_code) else word_problem(self.word)
        )


@dataclass(frozen=True, slots=True)
class TypedBills:
    """`text` as it was typed. `problems`: keys of texts, with the line, or None for the whole."""

    text: str = ""
    bills: tuple[TypedBill, ...] = ()
    problems: tuple[tuple[int | None, str], ...] = field(default=())

    @classmethod
    def read(cls, text: str) -> "TypedBills":
        bills = tuple(
            _read_line(line_no, line)
            for line_no, line in enumerate(text.splitlines(), 1)
            if line.strip()
        )
        wrong: list[tuple[int | None, str]] = [
            (each.line_no, each.problem) for each in bills if each.problem
        ]
        if not bills:
            wrong.append((None, "basket.missing"))
        if len(bills) > MAX_BILLS:
            wrong.append((None, "basket.too_many"))
        return cls(text, bills, tuple(wrong))

    def refused(self, errors: Sequence[FieldError]) -> "TypedBills":
        """With what is wrong with each, in a payer's words."""
        found: list[tuple[int | None, str]] = []
        for each in errors:
            index = each.field.removeprefix("/payment_codes/")
            if each.code in _WHOLE or not index.isdecimal():
                found.append((None, "basket.no_channel"))
            else:
                text = _PROBLEMS.get(each.code, "basket.not_payable")
                found.append((self.bills[int(index)].line_no, text))
        return replace(self, problems=tuple(found))


def basket_page(typed: TypedBills, key: str, frame: Frame) -> Page:
    """`key`: the form's idempotency key."""
    texts = frame.texts
    problems = _list_problems(typed.problems, frame)
    title = texts("basket.title")
    body = element(
        "section",
        problems,
        element("h1", title),
        element("p", texts("basket.lead"), class_="lead"),
        element(
            "form",
            hidden_field("key", key),
            _text_area(typed, frame),
            element("button", texts("basket.button"), type="submit"),
            method="post",
            action=frame.link("/basket"),
        ),
        class_="card find",
    )
    shown = f"{texts('find.problem')}: {title}" if problems else title
    return Page(shown, body, status=422 if problems else 200)


def _read_line(line_no: int, line: str) -> TypedBill:
    compact = normalize_payment_code(line.translate(_SEPARATORS)).strip()
    code, word = compact[:PAYMENT_CODE_LENGTH], compact[PAYMENT_CODE_LENGTH:]
    return TypedBill(line_no, code, word.upper())


def _text_area(typed: TypedBills, frame: Frame) -> Html:
    texts, name = frame.texts, "bills"
    described = f"{name}-hint"
    return element(
        "div",
        element("label", texts("basket.bills"), for_=name),
        element(
            "p",
            texts("basket.bills_hint", count=str(MAX_BILLS)),
            id=described,
            class_="hint",
        ),
        element(
            "textarea",
            typed.text,
            id=name,
            name=name,
            rows=6,
            autocomplete="off",
            spellcheck="false",
            autocapitalize="characters",
            aria_describedby=described,
            aria_invalid="true" if typed.problems else None,
        ),
        class_="field",
    )


def _list_problems(problems: Sequence[tuple[int | None, str]], frame: Frame) -> Html | None:
    if not problems:
        return None
    links = (
        element("li", element("a", _sentence(line_no, key, frame), href="#bills"))
        for line_no, key in problems
    )
    heading = element("h2", frame.texts("find.problem"))
    return element("div", heading, element("ul", *links), class_="problems", role="alert")


def _sentence(line_no: int | None, key: str, frame: Frame) -> Html:
    places = {"count": str(MAX_BILLS)} if key == "basket.too_many" else {}
    problem = frame.texts(key, **places)
    if line_no is None:
        return join(problem)
    return join(frame.texts("basket.line", number=str(line_no), problem=problem))
