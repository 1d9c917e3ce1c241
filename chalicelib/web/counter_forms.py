"""What a clerk typed into a form, as the actions take it."""

import hashlib
import re
from typing import Any

from chalicelib.checkout.counter_desk import CounterDesk, find_order_at
from chalicelib.checkout.counter_sale import Tender
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.checkout.order_request import LineRequest, OrderRequest
from chalicelib.domain.identifiers import normalize_payment_code
from chalicelib.domain.money import EXPONENTS, Money, parse_decimal
from chalicelib.domain.payers import Payer, PayerKind
from chalicelib.errors import FieldError, InvalidRequest
from chalicelib.wiring import platform

# A separator that is none, as in 50000.50, would make the change a hundred times too much.
_WHOLE = re.compile(r"[0-9]{1,15}|[0-9]{1,3}([.,])[0-9]{3}(\1[0-9]{3}){0,4}", re.ASCII)
_WITH_CENTS = re.compile(r"([0-9]{1,15}|[0-9]{1,3}(,[0-9]{3}){1,4})(\.[0-9]+)?", re.ASCII)


def read_tender(desk: CounterDesk, form: dict[str, str], typed_code: str, purpose: str) -> Tender:
    now = platform().now()
    order = find_order_at(desk, normalize_payment_code(typed_code), now)
    return Tender(
        payment_code=order.payment_code,
        amount=Money(_owed(form), order.amount.currency),
        key_hash=key_hash_of(desk, form, f"{purpose}|{order.payment_code}"),
        fingerprint=fingerprint_of(form),
        now=now,
    )


def _owed(form: dict[str, str]) -> int:
    """As the page said it: what the payer was told. 0, which nothing is, where it says none."""
    text = form.get("owed", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 15 else 0


def key_hash_of(desk: CounterDesk, form: dict[str, str], purpose: str) -> bytes:
    return hash_idempotency_key(f"page|{purpose}|{desk.counter.counter}|{form.get('key', '')}")


def fingerprint_of(form: dict[str, str]) -> bytes:
    told = sorted((name, value) for name, value in form.items() if name != "form_token")
    return hashlib.sha256(repr(told).encode()).digest()


def read_amount(desk: CounterDesk, typed: str, *, may_be_none: bool = False) -> int:
    """In minor units, as the clerk writes it. Raises: InvalidRequest."""
    currency = desk.desk.province.currency
    text = "".join(typed.split())
    written = _WITH_CENTS if EXPONENTS[currency] else _WHOLE
    try:
        if not written.fullmatch(text):
            raise ValueError("blanks, commas and dots stand before three digits")
        plain = text.replace(",", "") if EXPONENTS[currency] else re.sub("[.,]", "", text)
        minor = parse_decimal(plain, currency).amount_minor
    except ValueError:
        minor = -1
    if minor < (0 if may_be_none else 1):
        field = FieldError("/amount", "amount_unreadable", "not an amount")
        raise InvalidRequest("amount_unreadable", "not an amount", errors=(field,))
    return minor


def _is_count(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and int(typed[:7]) > 0


def read_new_order(desk: CounterDesk, form: dict[str, str]) -> OrderRequest:
    """Raises: InvalidRequest."""
    quantity = form.get("quantity", "").strip()
    amount = form.get("amount", "").strip()
    wrong: dict[str, Any] = {
        name: form.get(name, "").strip()
        for name in ("reference", "payer")
        if not form.get(name, "").strip().isprintable() or not form.get(name, "").strip()
    }
    if wrong or (quantity and not _is_count(quantity)):
        name = next(iter(wrong), "quantity")
        field = FieldError(f"/{name}", "required", "is missing")
        code = "required" if wrong else "quantity_unreadable"
        raise InvalidRequest(code, f"{name} is missing", errors=(field,))
    line = LineRequest(
        fee_item=form.get("fee_item", ""),
        quantity=int(quantity[:7]) if quantity else None,
        amount_minor=read_amount(desk, amount) if amount else None,
    )
    return OrderRequest(
        reference=form["reference"].strip()[:64],
        payee_unit=desk.counter.payee_unit,
        lines=(line,),
        payer=Payer(PayerKind.INDIVIDUAL, form["payer"].strip()[:200], None, None, None, None),
    )
