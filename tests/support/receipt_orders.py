"""Orders as the numberer meets them, without the way to them."""

from datetime import UTC, datetime, timedelta

from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.money import Money
from chalicelib.domain.order_lines import OrderLine
from chalicelib.domain.orders import Order, OrderStatus
from chalicelib.domain.province import Mode, Province
from chalicelib.domain.province_document import parse_province
from tests.support.seeded import province_document

PAID_AT = datetime(2026, 3, 2, 2, 1, tzinfo=UTC)
SERIES = "test-UNITA-phi-2026"


def small_province() -> Province:
    return parse_province(province_document())


def order_of(number: int, *kinds: ReceiptKind) -> Order:
    """One line of each kind: 10,000 for the first, 20,000 for the second."""
    lines = tuple(
        OrderLine(f"FEE-{kind}", {"vi": "Phí", "en": "Fee"}, 1, 10_000 * (turn + 1), kind)
        for turn, kind in enumerate(kinds)
    )
    return Order(
        payment_code=f"22{number:016d}",
        portal="portal-a",
        mode=Mode.TEST,
        payee_unit="UNITA",
        reference=f"HS-{number}",
        status=OrderStatus.CREATED,
        amount=Money(sum(line.amount_minor for line in lines), "VND"),
        lines=lines,
        language="vi",
        return_url=None,
        channels=None,
        metadata={},
        catalogue_version="v",
        created_at=PAID_AT - timedelta(minutes=5),
        expires_at=PAID_AT + timedelta(days=1),
        is_guarded=False,
        idempotency_key_hash=b"k",
        fingerprint=b"f",
        answer="{}",
        sealed_payer=f"sealed {number}".encode(),
    )
