"""What a page knows of one order, and the pieces that several pages show of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.domain.catalog import PayeeUnit, ReceiptKind
from chalicelib.domain.identifiers import group_payment_code
from chalicelib.domain.money import Money
from chalicelib.domain.order_lines import LinePart, OrderLine
from chalicelib.domain.orders import Order
from chalicelib.web.pages.formats import format_amount, format_instant
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Child, Html, element, join
from chalicelib.web.pages.standing import (
    Standing,
    awaited_attempt,
    latest_attempt,
    paying_attempt,
    standing_of,
)

_COLON = re.compile("[:：]")


@dataclass(frozen=True, slots=True)
class OrderView:
    """`address`: the pay page's path below the site's root. `payer_name` None: not opened.
    `debtor_name` None: the payer himself. `bills`: of a basket, by payment code; `changed_bills`:
    those that were paid or changed since. `least_part`: of a bill that can be paid in parts;
    `part_key`: its form's. `is_surplus_due`: more money came than was owed, and a person decided
    that it goes back; it has not gone yet."""

    order: Order
    unit: PayeeUnit
    now: datetime
    address: str
    payer_name: str | None = None
    debtor_name: str | None = None
    bills: Mapping[str, Order] = field(default_factory=dict)
    changed_bills: frozenset[str] = frozenset()
    least_part: int | None = None
    part_key: str = ""
    is_surplus_due: bool = False

    @property
    def is_outdated(self) -> bool:
        """A basket for which no money is asked any more."""
        return self.order.is_payable and bool(self.changed_bills)

    @property
    def standing(self) -> Standing:
        return standing_of(self.order, self.now)


def standing_text(view: OrderView, frame: Frame, part: str) -> Html:
    """`part` is headline, sentence or next."""
    order, zone = view.order, frame.province.zone
    paid_time = order.paid_at or order.created_at
    goes_back = part == "next" and view.is_surplus_due and view.standing is Standing.PAID
    return frame.sentence(
        "pay.surplus_due" if goes_back else f"standing.{view.standing}.{part}",
        amount=element("strong", format_amount(order.amount, frame.texts)),
        channel=channel_name(view, frame),
        unit=unit_names(view, frame),
        phone=frame.phone_link(),
        due=element("strong", format_instant(order.expires_at, zone, frame.texts)),
        paid_time=format_instant(paid_time, zone, frame.texts),
        answer_by=format_instant(answer_by(view, frame), zone, frame.texts),
    )


def answer_by(view: OrderView, frame: Frame) -> datetime:
    """When the last question to the channel is over and a person takes it up."""
    attempts = view.order.attempts
    last = max([view.order.expires_at, *(attempt.expires_at for attempt in attempts)])
    return last + timedelta(seconds=frame.province.limits.grace_seconds)


def channel_name(view: OrderView, frame: Frame) -> Html:
    order = view.order
    attempt = paying_attempt(order) or awaited_attempt(order) or latest_attempt(order)
    channel, at = (attempt.channel, attempt.account) if attempt else ("", "")
    if order.paid_in is not None:  # by the basket's payment, and not by one of its own
        _, channel, at, *_ = (order.paid_by or "###").split("#")
    if not channel:
        return join("")
    account = frame.province.account_of(channel, at)
    names = {frame.language: channel} if account is None else account.names
    return frame.named(short_names(names))


def unit_names(view: OrderView, frame: Frame) -> Html:
    """To whom the money is due: of a basket, to several."""
    units = map(frame.province.units_by_code.get, view.order.payee_units)
    named = [frame.named(unit.names) for unit in units if unit]
    if len(named) < 2:
        return frame.named(view.unit.names)
    return join(named[0], *(part for name in named[1:] for part in ("; ", name)))


def short_names(names: Mapping[str, str]) -> Mapping[str, str]:
    """`VNPAY` of `VNPAY: card, bank, wallet`: a channel's name may say what it takes."""
    return {language: _COLON.split(name)[0] for language, name in names.items()}


def code_groups(payment_code: str) -> Html:
    """Groups of three with gaps that copy as one number."""
    groups = group_payment_code(payment_code).split(" ")
    return element("span", *(element("span", group) for group in groups), class_="code")


def facts(entries: Mapping[str, Child]) -> Html:
    """A list of label and value; an entry that is None is left out."""
    rows = (
        element("div", element("dt", label), element("dd", value))
        for label, value in entries.items()
        if value is not None
    )
    return element("dl", *rows)


def order_lines(view: OrderView, frame: Frame, kind: ReceiptKind | None = None) -> Html:
    """`kind` None: all of them, each with its kind."""
    lines = [line for line in view.order.lines if kind in (None, line.receipt_kind)]
    currency = view.order.amount.currency
    shown = (_line(line, currency, frame, names_kind=kind is None) for line in lines)
    return element("ul", *shown, class_="lines")


def _line(line: OrderLine, currency: str, frame: Frame, *, names_kind: bool) -> Html:
    texts = frame.texts
    kind = texts(f"kind.{line.receipt_kind}") if names_kind else None
    count = texts("pay.quantity", quantity=str(line.quantity)) if line.quantity != 1 else None
    late = texts("pay.surcharge") if line.part is LinePart.SURCHARGE else None
    notes = (" · ".join(note for note in (kind, late, count) if note), line.description)
    small = (element("small", note) for note in notes if note)
    amount = format_amount(Money(line.amount_minor, currency), texts)
    return element("li", element("span", frame.named(line.names), *small), element("span", amount))
