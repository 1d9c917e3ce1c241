"""An order that nobody has, read where there is none: so that to find nothing is as much work."""

from datetime import UTC, datetime
from functools import cache

from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.money import Money
from chalicelib.domain.order_lines import OrderLine
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.province import Mode
from chalicelib.storage.expressions import Item, decode, encode
from chalicelib.storage.keys import DECOY_PORTAL
from chalicelib.storage.order_items import order_from_item, order_to_item

# Digits that are no payment code: nobody's order can be under it.
DECOY_CODE = "000000000000000000"
DECOY_SECRET = b"decoy"
_AT = datetime(2026, 1, 1, tzinfo=UTC)


def read_decoy() -> Order:
    """As an order is read from its row."""
    return order_from_item(decode(_row()))


@cache
def _row() -> Item:
    line = OrderLine("DECOY", {"vi": "-", "en": "-"}, 1, 1, ReceiptKind.GENERAL)
    order = Order(
        payment_code=DECOY_CODE,
        portal=DECOY_PORTAL,
        mode=Mode.LIVE,
        payee_unit="-",
        reference="-",
        status=OrderStatus.CREATED,
        amount=Money(1, "VND"),
        lines=(line,),
        language="vi",
        return_url=None,
        channels=None,
        metadata={},
        catalogue_version="-",
        created_at=_AT,
        expires_at=_AT,
        is_guarded=True,
        idempotency_key_hash=bytes(32),
        fingerprint=bytes(32),
        answer='{"payment_code":"000000000000000000","status":"created","lines":[]}' * 8,
        sealed_payer=bytes(150),
    )
    return encode(order_to_item(order))
