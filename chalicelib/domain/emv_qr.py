"""The text of a payment QR code: EMVCo's merchant-presented mode, written and read.

A payload is a row of objects: id (2 digits), length (2 digits, in characters), value. Object 00
stands first, 63 last: the CRC over the UTF-8 bytes of everything before its four digits. Objects
may be templates, which hold objects again.

*Source*: EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, 1.1, sections 3
and 4.
"""

import binascii
from collections.abc import Mapping
from enum import StrEnum

FORMAT_ID = "00"
FORMAT = "01"
CRC_ID = "63"
MAX_LENGTH = 99
MAX_PAYLOAD_LENGTH = 512
_CRC_HEAD = "6304"

# Objects that EMVCo itself defines as templates; what they are for is read from them.
TEMPLATE_IDS = frozenset(
    {*(f"{number:02d}" for number in (*range(26, 52), *range(80, 100))), "62", "64"}
)


class QrFault(StrEnum):
    """Why a payload is refused. The codes are stable."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    BAD_ID = "bad_id"
    BAD_LENGTH = "bad_length"
    CUT_OFF = "cut_off"
    REPEATED = "repeated"
    FORMAT_MISSING = "format_missing"
    CRC_MISSING = "crc_missing"
    CRC_WRONG = "crc_wrong"


class QrUnreadable(ValueError):
    """`place`: the ids that lead to the fault, as "38.01"; "" for the payload itself."""

    def __init__(self, fault: QrFault, place: str = "") -> None:
        super().__init__(f"{fault} at {place or 'the payload'}")
        self.fault = fault
        self.place = place


def crc_of(text: str) -> str:
    """CRC-16/CCITT-FALSE over UTF-8, four upper-case digits.

    Raises: UnicodeEncodeError for half a surrogate pair."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def write_objects(objects: Mapping[str, str]) -> str:
    """In the order given.

    Raises: ValueError for what no reader would take."""
    return "".join(_write_object(each, value) for each, value in objects.items())


def write_payload(objects: Mapping[str, str]) -> str:
    """With format and CRC, which `objects` does not hold.

    Raises: ValueError"""
    if {FORMAT_ID, CRC_ID} & set(objects):
        raise ValueError("format and CRC are written here")
    text = write_objects({FORMAT_ID: FORMAT, **objects}) + _CRC_HEAD
    payload = text + crc_of(text)
    if len(payload) > MAX_PAYLOAD_LENGTH:
        raise ValueError(f"a payload has at most {MAX_PAYLOAD_LENGTH} characters")
    return payload


def read_objects(text: str, place: str = "") -> Mapping[str, str]:
    """A template's objects in their order, unknown ones too.

    Raises: QrUnreadable"""
    objects: dict[str, str] = {}
    start = 0
    while start < len(text):
        name, length = text[start : start + 2], text[start + 2 : start + 4]
        here = f"{place}.{name}" if place else name
        if len(length) < 2:
            raise QrUnreadable(QrFault.CUT_OFF, place)
        if not _is_number(name):
            raise QrUnreadable(QrFault.BAD_ID, place)
        if not _is_number(length) or length == "00":
            raise QrUnreadable(QrFault.BAD_LENGTH, here)
        end = start + 4 + int(length)
        if end > len(text):
            raise QrUnreadable(QrFault.CUT_OFF, here)
        if name in objects:
            raise QrUnreadable(QrFault.REPEATED, here)
        objects[name] = text[start + 4 : end]
        start = end
    if not objects:
        raise QrUnreadable(QrFault.EMPTY, place)
    return objects


def read_payload(payload: str) -> Mapping[str, str]:
    """Its objects without format and CRC; EMVCo's templates among them are known to be readable.

    Raises: QrUnreadable"""
    if len(payload) > MAX_PAYLOAD_LENGTH:
        raise QrUnreadable(QrFault.TOO_LONG)
    objects = dict(read_objects(payload))
    crc = objects.pop(CRC_ID, "")
    if len(crc) != 4 or not payload.endswith(_CRC_HEAD + crc):
        raise QrUnreadable(QrFault.CRC_MISSING, CRC_ID)
    if not _is_crc(payload.removesuffix(crc), crc):
        raise QrUnreadable(QrFault.CRC_WRONG, CRC_ID)
    if next(iter(objects), "") != FORMAT_ID or objects.pop(FORMAT_ID) != FORMAT:
        raise QrUnreadable(QrFault.FORMAT_MISSING, FORMAT_ID)
    for name, value in objects.items():
        if name in TEMPLATE_IDS:
            read_objects(value, name)
    return objects


def _is_crc(text: str, crc: str) -> bool:
    """A reader accepts small letters: some bank apps print them."""
    try:
        return crc_of(text) == crc.upper()
    except UnicodeEncodeError as error:
        raise QrUnreadable(QrFault.NOT_TEXT) from error


def _write_object(name: str, value: str) -> str:
    if len(name) != 2 or not _is_number(name):
        raise ValueError(f"an id is two digits, not {name!r}")
    if not 1 <= len(value) <= MAX_LENGTH:
        raise ValueError(f"object {name} has {len(value)} characters, not 1 to {MAX_LENGTH}")
    return f"{name}{len(value):02d}{value}"


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
