"""A POS terminal's slip: what the paper says, and the number by which it is known for ever."""

import re
from dataclasses import dataclass

# Of a card's number at most the first six and the last four may be known to us (PCI DSS 3.4).
_MASKED = re.compile(r"[0-9]{0,6}[*xX.]{2,}[0-9]{0,4}", re.ASCII)
_TERMINAL = re.compile("[A-Z0-9]{1,16}", re.ASCII)
_COUNT = re.compile("[0-9]{1,12}", re.ASCII)
_BRAND = re.compile("[A-Za-z0-9 ]{1,20}", re.ASCII)
_REFERENCE = re.compile("[A-Za-z0-9]{1,24}", re.ASCII)
COUNT_LENGTH = 6
SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class Slip:
    """`reference`: the acquirer's own number. `masked_pan` as `412345******1234`."""

    terminal: str
    batch: str
    trace: str
    reference: str
    masked_pan: str
    brand: str

    @property
    def number(self) -> str:
        return slip_number(self.terminal, self.batch, self.trace)


def slip_number(terminal: str, batch: str, trace: str) -> str:
    """The same for one slip, whether zeros in front were printed, typed or left out."""
    counts = (text.strip().zfill(COUNT_LENGTH) for text in (batch, trace))
    return SEPARATOR.join((terminal.strip().upper(), *counts))


def wrong_fields(slip: Slip) -> dict[str, str]:
    """Field → what is wrong with it."""
    wrong = {}
    if not _TERMINAL.fullmatch(slip.terminal.strip().upper()):
        wrong["terminal"] = "as it stands on the slip: letters and digits"
    for name in ("batch", "trace"):
        if not _COUNT.fullmatch(getattr(slip, name).strip()):
            wrong[name] = "digits only"
    if not _REFERENCE.fullmatch(slip.reference):
        wrong["reference"] = "1 to 24 letters and digits"
    if not is_masked(slip.masked_pan):
        wrong["masked_pan"] = "at most the first six and the last four digits, stars between"
    if not _BRAND.fullmatch(slip.brand):
        wrong["brand"] = "1 to 20 letters and digits"
    return wrong


def is_masked(pan: str) -> bool:
    return _MASKED.fullmatch(pan.replace(" ", "")) is not None


def mask(pan: str) -> str:
    """With its first six and last four digits, whatever stood between and around them."""
    digits = re.sub("[^0-9]", "", pan)
    return f"{digits[:6]}******{digits[-4:]}" if len(digits) > 10 else "******"
