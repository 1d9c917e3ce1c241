"""The hosted pay page: one address through an order's whole life."""

from dataclasses import dataclass

from chalicelib.web.pages.covered_bills import covered_bills, outdated_notice
from chalicelib.web.pages.formats import format_amount, format_day, format_instant, format_zone
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Child, Html, element, join
from chalicelib.web.pages.issued_receipts import issued_receipts
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.order_view import (
    OrderView,
    code_groups,
    facts,
    order_lines,
    standing_text,
    unit_names,
)
from chalicelib.web.pages.part_form import paid_parts, part_form
from chalicelib.web.pages.standing import (
    MONEY_ARRIVED,
    WAITS_FOR_ANSWER,
    Standing,
    may_start,
    missing_receipts,
)
from chalicelib.web.pages.ways_to_pay import ChannelChoice, way_on, ways_to_pay

# Seconds until the page looks again by itself; after the last one the payer presses "check now".
_PAUSES = (3, 3, 4, 5, 6, 8, 10, 15, 20, 30, *(60 for _ in range(15)))


@dataclass(frozen=True, slots=True)
class Updates:
    """How often the page has looked again by itself, and whether the payer wants that."""

    checks: int = 0
    are_wanted: bool = True


def pay_page(
    view: OrderView, choices: tuple[ChannelChoice, ...], updates: Updates, frame: Frame
) -> Page:
    is_open = may_start(view.order, view.now) and not view.is_outdated
    offered = choices if is_open else ()
    title = frame.texts(
        "pay.title",
        amount=format_amount(view.order.amount, frame.texts),
        unit=frame.texts.choose(view.unit.names)[0],
    )
    body = join(
        _panel(view, updates, way_on(view, offered, frame), frame),
        _summary(view, frame),
        issued_receipts(view, frame) if _has_receipts(view) else None,
        outdated_notice(frame) if view.is_outdated else ways_to_pay(view, offered, frame),
        part_form(view, frame) if is_open else None,
        _details(view, frame),
        _return_link(view, frame) if view.standing not in MONEY_ARRIVED else None,
    )
    origins = {origin for choice in offered for origin in choice.origins}
    return Page(
        title,
        body,
        refresh=_refresh(view, updates, frame),
        form_origins=tuple(sorted(origins)),
    )


def _has_receipts(view: OrderView) -> bool:
    """A basket has none of its own: each of its bills has."""
    return view.standing in MONEY_ARRIVED and bool(view.order.receipt_kinds)


def _refresh(view: OrderView, updates: Updates, frame: Frame) -> tuple[int, str] | None:
    if not _changes_soon(view) or not updates.are_wanted or updates.checks >= len(_PAUSES):
        return None
    address = frame.link(view.address, checks=str(updates.checks + 1))
    return _PAUSES[updates.checks], address


def _changes_soon(view: OrderView) -> bool:
    is_receipt_coming = view.standing in MONEY_ARRIVED and missing_receipts(view.order) > 0
    return view.standing in WAITS_FOR_ANSWER or is_receipt_coming


def _panel(view: OrderView, updates: Updates, way: Html | None, frame: Frame) -> Html | None:
    if view.standing is Standing.READY:
        return None
    return element(
        "section",
        element("h1", standing_text(view, frame, "headline")),
        element("p", standing_text(view, frame, "sentence")),
        element("p", standing_text(view, frame, "next")),
        way,
        _update_links(view, updates, frame) if _changes_soon(view) else None,
        _return_link(view, frame) if view.standing in MONEY_ARRIVED else None,
        class_=f"panel {view.standing}",
    )


def _update_links(view: OrderView, updates: Updates, frame: Frame) -> Html:
    texts = frame.texts
    check = element("a", texts("pay.check_now"), href=frame.link(view.address), class_="button")
    if _refresh(view, updates, frame) is None:
        note = element("p", texts("pay.updates_off"))
    else:
        stop = frame.link(view.address, updates="off")
        note = element(
            "p", texts("pay.updates_on"), " ", element("a", texts("pay.stop_updates"), href=stop)
        )
    return element("div", check, note, class_="updates")


def _summary(view: OrderView, frame: Frame) -> Html:
    texts = frame.texts
    is_due = view.standing is Standing.READY
    label = texts("pay.amount" if may_start(view.order, view.now) else "pay.amount_settled")
    amount = format_amount(view.order.amount, texts)
    return element(
        "section",
        element(
            "h1" if is_due else "h2",
            element("span", label, class_="label"),
            element("span", amount, class_="amount"),
        ),
        facts(
            {
                texts("pay.for"): covered_bills(view, frame)
                if not view.order.lines
                else order_lines(view, frame),
                texts("part.paid"): paid_parts(view, frame),
                texts("pay.to"): element("strong", unit_names(view, frame)),
                **(_deadlines(view, frame) if is_due else {}),
            }
        ),
        class_="card summary",
    )


def _deadlines(view: OrderView, frame: Frame) -> dict[str, Html]:
    """A bill has days: when it is due, and the last one."""
    texts, bill = frame.texts, view.order.bill
    if bill is None:
        return {texts("pay.until"): _until(view, frame)}
    return {
        texts("pay.due"): element("strong", format_day(bill.terms.due_on, texts)),
        texts("pay.last_day"): join(format_day(bill.terms.valid_until, texts)),
    }


def _until(view: OrderView, frame: Frame) -> Html:
    zone, expires_at = frame.province.zone, view.order.expires_at
    return join(
        element("strong", format_instant(expires_at, zone, frame.texts)),
        f" ({format_zone(expires_at, zone, frame.texts)})",
    )


def _details(view: OrderView, frame: Frame) -> Html:
    texts, order = frame.texts, view.order
    return element(
        "section",
        element("h2", texts("pay.details")),
        facts(
            {
                texts("pay.code"): code_groups(order.payment_code),
                texts("pay.reference"): texts("pay.no_file_yet")
                if order.is_unbound
                else order.covers_reference,
                **(_unit_facts(view, frame) if len(order.payee_units) == 1 else {}),
            }
        ),
        class_="card details",
    )


def _unit_facts(view: OrderView, frame: Frame) -> dict[str, Child]:
    texts, unit = frame.texts, view.unit
    return {
        texts("pay.to"): frame.named(unit.names),
        texts("pay.address"): unit.address,
        texts("pay.phone"): unit.phone,
    }


def _return_link(view: OrderView, frame: Frame) -> Html | None:
    if view.order.return_url is None:
        return None
    is_done = view.standing in MONEY_ARRIVED
    link = element(
        "a",
        frame.texts("pay.return"),
        href=view.order.return_url,
        class_="button" if is_done else None,
    )
    return element("p", link, class_="return")
