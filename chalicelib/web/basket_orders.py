"""Baskets as portals ask for them: `payment_codes` in the place of lines."""

from typing import Any

from chalicelib.bodies.order_bodies import read_payer
from chalicelib.bodies.validation import validate
from chalicelib.checkout.create_basket import (
    NOBODY,
    BasketCommand,
    BasketRequest,
    create_basket,
    quote_basket,
)
from chalicelib.checkout.create_order import CreatedOrder
from chalicelib.checkout.find_bills import BillFinder
from chalicelib.domain.portals import Portal
from chalicelib.wiring import platform


def is_basket(body: dict[str, Any]) -> bool:
    return "payment_codes" in body


def create_of_bills(
    portal: Portal, body: dict[str, Any], key: str, fingerprint: bytes
) -> CreatedOrder:
    parts = platform()
    command = BasketCommand(portal, _read(body), key, fingerprint, parts.now())
    return create_basket(parts.desk(), bill_finder(f"portal#{portal.portal_id}"), command)


def quote_bills(portal: Portal, body: dict[str, Any], fingerprint: bytes) -> dict[str, Any]:
    parts = platform()
    command = BasketCommand(portal, _read(body), "", fingerprint, parts.now())
    return quote_basket(parts.desk(), bill_finder(f"portal#{portal.portal_id}"), command)


def bill_finder(address: str) -> BillFinder:
    """`address`: what counts as one place, of which guesses are counted."""
    parts = platform()
    return BillFinder(parts.ledger, parts.guesses, parts.setup.read_portal, address)


def _read(body: dict[str, Any]) -> BasketRequest:
    from chalicelib.bodies.models.baskets import BasketCreateRequest

    asked = validate(BasketCreateRequest, body)
    return BasketRequest(
        payment_codes=tuple(asked.payment_codes),
        verification_words=asked.verification_words,
        reference=asked.reference,
        payee_unit=asked.payee_unit,
        payer=read_payer(asked.payer) if asked.payer else NOBODY,
        return_url=asked.return_url,
        language=asked.language,
        expires_in_seconds=asked.expires_in_seconds,
        channels=tuple(asked.channels) if asked.channels else None,
        metadata=asked.metadata,
    )
