"""Reads an object in a finance system's words, by ours. It notes what is wrong, and goes on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from chalicelib.domain.bills import Share
from chalicelib.domain.finance_systems import AmountForm, FinanceSystem
from chalicelib.domain.money import MAX_AMOUNT_MINOR, parse_decimal
from chalicelib.errors import FieldError, InvalidRequest

TRUE, FALSE = ("1", "true", "Y"), ("", "0", "false", "N")
MAX_RATE_PER = 1_000_000
_NOT_OF_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
LONGEST_CODE, LONGEST_TEXT = 64, 500
# Others are slips of the finger, and no calendar is asked about them.
YEARS = range(1900, 2200)


@dataclass(frozen=True, slots=True)
class Told:
    """`part`: of the system's names. `path`: a JSON pointer. `errors`: shared by all of one
    message."""

    system: FinanceSystem
    currency: str
    part: str
    body: Mapping[str, Any]
    path: str = ""
    errors: list[FieldError] = field(default_factory=list)

    def pointer(self, word: str) -> str:
        return f"{self.path}/{self.system.names[self.part][word]}"

    def fault(self, word: str, code: str, detail: str) -> None:
        self.errors.append(FieldError(self.pointer(word), code, detail))

    def require_sound(self) -> None:
        """Raises: InvalidRequest naming all that was wrong."""
        if self.errors:
            code = self.errors[0].code if len(self.errors) == 1 else "invalid_request"
            raise InvalidRequest(code, "some fields are wrong", errors=tuple(self.errors))

    def code(self, word: str) -> str:
        """What names something: it stands in keys."""
        return self.text(word, longest=LONGEST_CODE)

    def text(self, word: str, *, is_needed: bool = True, longest: int = LONGEST_TEXT) -> str:
        """Empty where it is missing. A whole number counts as its digits."""
        value = self.body.get(self.system.names[self.part][word])
        if type(value) is int:
            value = str(value)
        if value is not None and not isinstance(value, str):
            self.fault(word, "wrong_type", "a text is needed")
            return ""
        found = (value or "").strip()
        if is_needed and not found:
            self.fault(word, "required", "it is missing")
        if len(found) > longest or _NOT_OF_A_LINE.search(found):
            self.fault(word, "invalid_format", f"one line of at most {longest} characters")
            return ""
        return found

    def amount(self, word: str, *, is_needed: bool = True) -> int | None:
        """Minor units, 0 or more."""
        text = self.text(word, is_needed=is_needed)
        if not text:
            return None
        try:
            if self.system.amounts is AmountForm.MINOR:
                minor = int(text) if text.isascii() and text.isdigit() else -1
            else:
                minor = parse_decimal(text, self.currency).amount_minor
        except ValueError:
            minor = -1
        if 0 <= minor <= MAX_AMOUNT_MINOR:
            return minor
        self.fault(word, "amount_unreadable", f"not an amount of {self.currency}")
        return None

    def count(self, word: str) -> int | None:
        """None where it is missing. `3.00` is three; a part of one cannot be counted."""
        text = self.text(word, is_needed=False)
        whole, _, fraction = text.partition(".")
        if not text:
            return None
        if whole.isascii() and whole.isdigit() and not fraction.strip("0") and len(whole) < 10:
            return int(whole)
        self.fault(word, "count_unreadable", "not a whole number")
        return None

    def day(self, word: str, *, is_needed: bool = True) -> date | None:
        text = self.text(word, is_needed=is_needed)
        if not text:
            return None
        try:
            read = datetime.strptime(text, self.system.day_format)  # noqa: DTZ007 - only its date
            if read.strftime(self.system.day_format) != text or read.year not in YEARS:
                raise ValueError("not as it is written")
            return read.date()
        except ValueError:
            self.fault(word, "date_unreadable", "not a day as was agreed")
            return None

    def flag(self, word: str) -> bool:
        value = self.body.get(self.system.names[self.part][word])
        if isinstance(value, bool):
            return value
        text = self.text(word, is_needed=False)
        if text not in (*TRUE, *FALSE):
            self.fault(word, "flag_unreadable", "1 or 0")
        return text in TRUE

    def rate(self, word: str) -> Share | None:
        """An exact part of the principal for each day; None where it is missing or not readable."""
        text = self.text(word)
        try:
            numerator, denominator = (
                Decimal(text or "0") / self.system.rate_per
            ).as_integer_ratio()
        except (InvalidOperation, ValueError, OverflowError):
            numerator, denominator = 0, 1
        if 0 < numerator <= denominator <= MAX_RATE_PER:
            return Share(numerator, denominator)
        if text:
            self.fault(word, "rate_out_of_range", "above 0, at most 1, up to six decimals")
        return None

    def records(self, word: str, part: str) -> "list[Told]":
        """At least one."""
        name = self.system.names[self.part][word]
        value = self.body.get(name)
        if not isinstance(value, list) or not value:
            self.fault(word, "required", "a list of at least one is needed")
            return []
        found = []
        for index, each in enumerate(value):
            place = f"{self.path}/{name}/{index}"
            if not isinstance(each, dict):
                self.errors.append(FieldError(place, "wrong_type", "an object is needed"))
                continue
            found.append(Told(self.system, self.currency, part, each, place, self.errors))
        return found
