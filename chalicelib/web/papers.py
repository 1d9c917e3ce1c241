"""The dossier receipt as a PDF: for the portal that accepted the dossier, and for the payer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from chalice.app import Blueprint, Request, Response

from chalicelib.checkout.closed_orders import lock_on
from chalicelib.checkout.counter_qr import counter_qr
from chalicelib.checkout.covered_bills import is_as_covered, read_bills
from chalicelib.checkout.price_bill_today import amount_holds_until, is_outdated
from chalicelib.domain.baskets import Covered
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.identifiers import group_payment_code, verification_word
from chalicelib.domain.order_lines import OrderLine
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Scope
from chalicelib.domain.province import Province
from chalicelib.errors import DataFault, TryLater
from chalicelib.web.binary_response import BinaryResponse, require_accept
from chalicelib.web.operations import Operation, operation
from chalicelib.web.orders import calling_portal, order_today
from chalicelib.web.pages.receipt_page import mask_name
from chalicelib.web.pages.standing import standing_of
from chalicelib.web.pages.texts import load_texts
from chalicelib.web.payer_orders import PartyNames, find_order, open_names
from chalicelib.web.request_reading import client_ip
from chalicelib.wiring import platform

papers = Blueprint(__name__)

PDF = "application/pdf"


@operation(
    papers,
    Operation(
        "GET",
        "/v1/orders/{payment_code}/paper.pdf",
        "The dossier receipt to print, with one QR code to pay by",
        scope=Scope.ORDERS_READ,
        errors=(400, 404),
        parameters=("lang",),
        content_type=PDF,
    ),
)
def print_for_portal(request: Request, payment_code: str) -> Response:
    portal = calling_portal(request, Scope.ORDERS_READ)
    require_accept(request)
    order = order_today(portal, payment_code)
    word = verification_word(portal.code_secret, order.payment_code)
    return paper_response(order, word, _language_asked(request))


@operation(
    papers,
    Operation(
        "GET",
        "/pay/{payment_code}/{word}/paper.pdf",
        "The payer's own copy, with his name masked",
        errors=(400, 404, 429),
        parameters=("lang",),
        content_type=PDF,
    ),
)
def print_for_payer(request: Request, payment_code: str, word: str) -> Response:
    require_accept(request)
    order, printed_word = find_order(payment_code, word, client_ip(request))
    return paper_response(order, printed_word, _language_asked(request), is_masked=True)


def paper_response(
    order: Order, word: str, language: str | None, *, is_masked: bool = False
) -> Response:
    """`order`: with what is owed today. `language` None: the order's own.

    Raises: TryLater while the payer's name cannot be read: a paper without it is none."""
    headers: dict[str, str | list[str]] = {
        "Content-Type": PDF,
        "Content-Disposition": f'inline; filename="{order.payment_code}.pdf"',
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    names = open_names(order.sealed_payer, order.payment_code)
    if names.payer is None:
        raise TryLater("payer_not_readable", "the payer's name cannot be read now")
    shown = PartyNames(_masked(names.payer), _masked(names.debtor)) if is_masked else names
    content = _write(order, word, shown, language)
    return BinaryResponse(content, headers)


def _masked(name: str | None) -> str | None:
    return mask_name(name) if name else None


def _write(order: Order, word: str, names: PartyNames, language: str | None) -> bytes:
    from chalicelib.web.paper.dossier_receipt import (
        DossierReceipt,
        choose_language,
        write_dossier_receipt,
    )

    parts = platform()
    province, now = parts.setup.read_province(), parts.now()
    unit = province.units_by_code.get(order.payee_unit)
    if unit is None:
        raise DataFault("payee_unit_missing", f"no payee unit {order.payee_unit} in the catalogue")
    base_url = parts.settings.public_base_url
    chosen = choose_language(language, order.language, province.languages)
    bills = read_bills(parts.ledger, order) if order.covers else {}
    shown = replace(order, lines=_lines_of(order, bills, province, chosen))
    receipt = DossierReceipt(
        order=shown,
        unit=unit,
        province=province,
        language=chosen,
        payer_name=names.payer or "",
        debtor_name=names.debtor,
        word=word,
        qr=counter_qr(order, province, base_url),
        link=f"{base_url}/c/{order.payment_code}",
        holds_until=amount_holds_until(order, now, province.zone),
        closed=_closed(order, bills, province, now),
        legal_bases=_legal_bases(order, province),
    )
    return write_dossier_receipt(receipt)


def _lines_of(
    order: Order, bills: Mapping[str, Order], province: Province, language: str
) -> tuple[OrderLine, ...]:
    """Of a basket one for each bill, with its unit and its number."""
    return order.lines or tuple(
        OrderLine(
            fee_item="",
            names=bills[each.payment_code].lines[0].names,
            quantity=1,
            amount_minor=each.amount_minor,
            receipt_kind=bills[each.payment_code].lines[0].receipt_kind,
            description=_of_whom(each, province, language),
        )
        for each in order.covers
    )


def _of_whom(covered: Covered, province: Province, language: str) -> str:
    unit = province.units_by_code.get(covered.payee_unit)
    name = load_texts(language).choose(unit.names)[0] if unit else covered.payee_unit
    return f"{name} · {group_payment_code(covered.payment_code)}"


def _closed(
    order: Order, bills: Mapping[str, Order], province: Province, now: datetime
) -> str | None:
    """Why nobody should pay by this paper now; None when it can be paid."""
    from chalicelib.web.paper.dossier_receipt import CHANGED, CLOSED, WAITING

    word = CLOSED.get(standing_of(order, now))
    if word is not None:
        return word
    if lock_on(order, now) or is_outdated(order, business_day_of(now, province.zone)):
        return WAITING
    are_as_covered = (
        is_as_covered(bills.get(each.payment_code), each, now) for each in order.covers
    )
    return None if all(are_as_covered) else CHANGED


def _legal_bases(order: Order, province: Province) -> tuple[str, ...]:
    day = business_day_of(order.created_at, province.zone)
    items = (province.fee_item_on(order.payee_unit, each.fee_item, day) for each in order.lines)
    return tuple(dict.fromkeys(item.legal_basis for item in items if item and item.legal_basis))


def _language_asked(request: Request) -> str | None:
    return dict(request.query_params or {}).get("lang")
