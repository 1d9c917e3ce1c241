"""Amounts and times as a payer of each language reads them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from chalicelib.domain.money import Money
from chalicelib.web.pages.texts import Texts


def format_amount(money: Money, texts: Texts) -> str:
    """`150.000 đồng` in Vietnamese, `150,000 VND` in English, never broken over two lines."""
    whole, _, fraction = money.decimal_text().partition(".")
    number = _group(whole, texts("format.thousands"))
    if fraction:
        number += texts("format.decimal") + fraction
    return texts(f"format.amount.{money.currency}", number=number).replace(" ", "\u00a0")


def _group(digits: str, separator: str) -> str:
    return f"{int(digits):,}".replace(",", separator)


def format_instant(instant: datetime, zone: str, texts: Texts) -> str:
    """In the province's own time: `16:30 ngày 01/03/2026`, `1 March 2026, 16:30`."""
    local = instant.astimezone(ZoneInfo(zone))
    return texts("format.instant", time=f"{local:%H:%M}", day=format_day(local.date(), texts))


def format_day(day: date, texts: Texts) -> str:
    months = texts("format.months").split(",")
    return texts(
        "format.day",
        day=str(day.day),
        padded_day=f"{day:%d}",
        month=months[day.month - 1],
        padded_month=f"{day:%m}",
        year=str(day.year),
    )


def format_zone(instant: datetime, zone: str, texts: Texts) -> str:
    """`UTC+7`, in words that say whose time it is."""
    offset = instant.astimezone(ZoneInfo(zone)).utcoffset()
    hours = 0.0 if offset is None else offset.total_seconds() / 3600
    return texts("format.zone", offset=f"UTC{hours:+g}")
