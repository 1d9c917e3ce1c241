"""Money: an integer of minor units and a currency. No float comes near it."""

from dataclasses import dataclass

# ISO 4217 exponents of the currencies that a province may use.
EXPONENTS = {"VND": 0, "CNY": 2}

MAX_AMOUNT_MINOR = 999_999_999_999


@dataclass(frozen=True, slots=True, order=True)
class Money:
    amount_minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount_minor) is not int:
            raise TypeError(f"amount_minor must be an int, not {type(self.amount_minor).__name__}")
        if self.currency not in EXPONENTS:
            raise ValueError(f"unknown currency {self.currency!r}")

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add")
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.amount_minor * quantity, self.currency)

    def decimal_text(self) -> str:
        """As banks write it: `"125.00"` for CNY, `"50000"` for VND."""
        exponent = EXPONENTS[self.currency]
        sign = "-" if self.amount_minor < 0 else ""
        digits = str(abs(self.amount_minor)).rjust(exponent + 1, "0")
        return sign + (f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits)


def total(amounts: list[Money], currency: str) -> Money:
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result


def parse_decimal(text: str, currency: str) -> Money:
    """Read `"125.00"` or `"50000"`; thousands separators are refused.

    Raises: ValueError, also for more decimals than the currency has.
    """
    exponent = EXPONENTS[currency]
    sign = -1 if text.startswith("-") else 1
    whole, dot, fraction = text.removeprefix("-").partition(".")
    if not (whole.isascii() and whole.isdigit()) or (
        dot and not (fraction.isascii() and fraction.isdigit())
    ):
        raise ValueError(f"not an amount: {text!r}")
    if len(fraction.rstrip("0")) > exponent:
        raise ValueError(f"more decimals than {currency} has: {text!r}")
    return Money(sign * int(whole + fraction.ljust(exponent, "0")[:exponent]), currency)
