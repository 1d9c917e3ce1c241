"""One order in every state that a payer can meet."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from chalicelib.domain.baskets import Covered
from chalicelib.domain.bills import (
    Bill,
    BillTerms,
    LateSurcharge,
    Rounding,
    Share,
    price_bill,
)
from chalicelib.domain.catalog import PayeeUnit, ReceiptKind
from chalicelib.domain.money import Money
from chalicelib.domain.order_lines import OrderLine
from chalicelib.domain.orders import IssuedReceipt, Order, OrderStatus
from chalicelib.domain.payments import Attempt, Client, PaymentStatus
from chalicelib.domain.province import (
    ChannelAccount,
    Mode,
    Province,
    ReceiptPattern,
    Scheme,
    TimeLimits,
)
from chalicelib.domain.receipts import Receipt
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.order_view import OrderView
from chalicelib.web.pages.texts import load_texts
from chalicelib.web.pages.ways_to_pay import ChannelChoice

NOW = datetime(2026, 3, 1, 2, 30, tzinfo=UTC)
CODE = "220000000000000092"
WORD = "CDFGHJ"
ADDRESS = f"/pay/{CODE}/{WORD}"
TOKEN = "3Jx0tJX9mY5w0bqvF1QbYw"

UNIT = PayeeUnit(
    code="H49.01",
    names={"vi": "Văn phòng Đăng ký đất đai tỉnh", "en": "Provincial Land Registration Office"},
    tax_code="5700000001",
    address="Số 1 đường Mẫu, phường Hồng Hà, tỉnh Quảng Ninh",
    phone="0203 3000 001",
    valid_from=date(2026, 1, 1),
    valid_to=None,
)


def account(channel: str, vi: str, en: str) -> ChannelAccount:
    return ChannelAccount(
        channel=channel,
        account="main",
        mode=Mode.LIVE,
        names={"vi": vi, "en": en},
        payee_units=None,
        currency="VND",
        min_minor=1,
        max_minor=500_000_000,
        fields={"pay_url": "https://pay.example.vn/paymentv2/vpcpay.html"},
        secret_name="main",
        statement_layout=None,
        closed_reason=None,
    )


PROVINCE = Province(
    code="quangninh",
    digits="22",
    names={"vi": "Tỉnh Quảng Ninh", "en": "Quảng Ninh Province"},
    currency="VND",
    country="VN",
    zone="Asia/Ho_Chi_Minh",
    languages=("vi", "en"),
    phone="1900 558826",
    limits=TimeLimits(order_seconds=86_400, max_order_seconds=2_592_000, grace_seconds=1800),
    statement_due="09:00",
    receipt_patterns={
        ReceiptKind.PHI: ReceiptPattern("01BLP0-001", "QN-26E"),
        ReceiptKind.LEPHI: ReceiptPattern("01BLP0-002", "QN-26E"),
    },
    holidays=frozenset(),
    worked_weekends=frozenset(),
    outbound_origins=(),
    payee_units=(UNIT,),
    fee_items=(),
    schemes=(
        Scheme(
            "traffic-fines",
            {"vi": "Phạt vi phạm giao thông", "en": "Traffic fines"},
            {"vi": "Số quyết định xử phạt", "en": "Number of the decision"},
            "#9c1c1c",
        ),
    ),
    channel_accounts=(
        account("vnpay", "VNPAY: thẻ, ngân hàng, ví", "VNPAY: card, bank, wallet"),
        account("vietqr", "Chuyển khoản VietQR", "VietQR bank transfer"),
    ),
)

LINES = (
    OrderLine(
        fee_item="DD-TD",
        names={
            "vi": "Phí thẩm định hồ sơ cấp giấy chứng nhận quyền sử dụng đất",
            "en": "Appraisal of a land-use certificate file",
        },
        quantity=1,
        amount_minor=500_000,
        receipt_kind=ReceiptKind.PHI,
    ),
    OrderLine(
        fee_item="DD-CM",
        names={"vi": "Lệ phí cấp giấy chứng nhận", "en": "Issue of the certificate"},
        quantity=2,
        amount_minor=200_000,
        receipt_kind=ReceiptKind.LEPHI,
        description="Thửa 12, tờ bản đồ 34",
    ),
)

BILL_CODES = ("220000000000000190", "220000000000000287", "220000000000000384")

ORDER = Order(
    payment_code=CODE,
    portal="dvc",
    mode=Mode.LIVE,
    payee_unit=UNIT.code,
    reference="H49.01-260228-0017",
    status=OrderStatus.CREATED,
    amount=Money(700_000, "VND"),
    lines=LINES,
    language="vi",
    return_url="https://dichvucong.example.vn/ho-so/17",
    channels=None,
    metadata={},
    catalogue_version="v1",
    created_at=NOW - timedelta(minutes=10),
    expires_at=NOW + timedelta(hours=23, minutes=50),
    is_guarded=True,
    idempotency_key_hash=b"k",
    fingerprint=b"f",
    answer="{}",
    sealed_payer=b"sealed",
)


def attempt(status: PaymentStatus, attempt_no: int = 1, channel: str = "vnpay") -> Attempt:
    return Attempt(
        attempt_no=attempt_no,
        channel=channel,
        account="main",
        status=status,
        client=Client.WEB,
        started_at=NOW - timedelta(minutes=2),
        expires_at=NOW + timedelta(minutes=13),
        idempotency_key_hash=b"k",
    )


PHI_RECEIPT = IssuedReceipt(ReceiptKind.PHI, "H49.01-phi-2026", 123, TOKEN, NOW)
LEPHI_RECEIPT = IssuedReceipt(ReceiptKind.LEPHI, "H49.01-lephi-2026", 77, TOKEN[::-1], NOW)

PAID = replace(
    ORDER,
    status=OrderStatus.PAID,
    attempts=(attempt(PaymentStatus.SUCCEEDED),),
    paid_by="T#vnpay#main#14400996",
    paid_at=NOW - timedelta(minutes=1),
)
RECEIPTED = replace(PAID, receipts=(LEPHI_RECEIPT, PHI_RECEIPT))

CASES = {"late_success:T#vnpay#main#1": "late_success"}

TERMS = BillTerms(
    lines=LINES,
    reductions=(),
    due_on=date(2026, 2, 20),
    valid_until=date(2027, 3, 1),
    surcharge=LateSurcharge(Share(5, 10_000), None, None, Rounding.HALF_UP, "15/2012/QH13"),
)
BILL = replace(ORDER, bill=Bill(replace(TERMS, due_on=date(2026, 3, 16)), date(2026, 3, 1)))
LATE_BILL = replace(
    ORDER,
    amount=Money(703_150, "VND"),
    lines=price_bill(TERMS, date(2026, 3, 1)),
    bill=Bill(TERMS, date(2026, 3, 1)),
)

# Two bills of one unit and one of a unit that is no longer in the catalogue.
BASKET = replace(
    ORDER,
    lines=(),
    amount=Money(1_700_000, "VND"),
    covers=(
        Covered(BILL_CODES[0], UNIT.code, 700_000, 1),
        Covered(BILL_CODES[1], UNIT.code, 700_000, 2),
        Covered(BILL_CODES[2], "X-GONE", 300_000, 1),
    ),
)
PAID_BASKET = replace(
    BASKET,
    status=OrderStatus.PAID,
    attempts=(attempt(PaymentStatus.SUCCEEDED),),
    paid_by="T#vnpay#main#14400996",
    paid_at=NOW - timedelta(minutes=1),
)
PART_CASE = f"bill_not_paid:T#vnpay#main#14400996#{BILL_CODES[1]}"
BILLS = {
    BILL_CODES[0]: replace(
        BILL,
        payment_code=BILL_CODES[0],
        status=OrderStatus.PAID,
        paid_by="T#vnpay#main#14400996",
        paid_at=NOW - timedelta(minutes=1),
        paid_in=CODE,
        receipts=(LEPHI_RECEIPT, PHI_RECEIPT),
    ),
    BILL_CODES[1]: replace(BILL, payment_code=BILL_CODES[1], reference="H49.01-260228-0018"),
}

ORDERS: dict[str, Order] = {
    "basket": BASKET,
    "paid_in_basket": BILLS[BILL_CODES[0]],
    "paid_basket": PAID_BASKET,
    "paid_part": replace(PAID_BASKET, cases={PART_CASE: "bill_not_paid"}),
    "ready": ORDER,
    "bill": BILL,
    "late_bill": LATE_BILL,
    "test_mode": replace(ORDER, mode=Mode.TEST),
    "try_again": replace(
        ORDER, status=OrderStatus.PENDING, attempts=(attempt(PaymentStatus.FAILED),)
    ),
    "taken_back": replace(
        ORDER,
        status=OrderStatus.PENDING,
        attempts=(attempt(PaymentStatus.REVERSED),),
        reversals=("T#vnpay#main#1",),
    ),
    "set_right": replace(
        ORDER,
        status=OrderStatus.PENDING,
        attempts=(attempt(PaymentStatus.SUCCEEDED),),
        decided_cases=("wrong_amount:T#vnpay#main#1",),
    ),
    "asking": replace(
        ORDER, status=OrderStatus.PENDING, attempts=(attempt(PaymentStatus.PENDING),)
    ),
    "unknown": replace(
        ORDER, status=OrderStatus.PENDING, attempts=(attempt(PaymentStatus.UNKNOWN),)
    ),
    "review": replace(ORDER, status=OrderStatus.EXPIRED, cases=CASES),
    "paid": RECEIPTED,
    "paid_awaiting_receipt": PAID,
    "paid_review": replace(RECEIPTED, cases=CASES),
    "partly_refunded": replace(RECEIPTED, status=OrderStatus.PARTIALLY_REFUNDED),
    "refunded": replace(RECEIPTED, status=OrderStatus.REFUNDED),
    "cancelled": replace(ORDER, status=OrderStatus.CANCELLED),
    "expired": replace(ORDER, status=OrderStatus.EXPIRED),
}

RECEIPT = Receipt(
    series="H49.01-phi-2026",
    number=123,
    token=TOKEN,
    kind=ReceiptKind.PHI,
    payment_code=CODE,
    payee_unit=UNIT.code,
    amount=Money(500_000, "VND"),
    lines=LINES[:1],
    paid_by="T#vnpay#main#14400996",
    paid_on=date(2026, 3, 1),
    issued_at=NOW,
    sealed_payer=b"sealed",
    pattern="01BLP0-001",
    serial="QN-26E",
)

CHOICES = (
    ChannelChoice(
        channel="vnpay",
        names={"vi": "VNPAY: thẻ, ngân hàng, ví", "en": "VNPAY: card, bank, wallet"},
        key="page-1-vnpay",
        origins=("https://pay.example.vn",),
    ),
    ChannelChoice(
        channel="vietqr",
        names={"vi": "Chuyển khoản VietQR", "en": "VietQR bank transfer"},
        key="page-1-vietqr",
        closed_reason={
            "vi": "Ngân hàng bảo trì đến 12:00 hôm nay",
            "en": "The bank is doing maintenance until 12:00 today",
        },
    ),
)


# A bank's page, and three wallets of which each opens inside its own app.
WALLET_NAMES = {
    "vnpay": {"vi": "VNPAY: thẻ, ngân hàng, ví", "en": "VNPAY: card, bank, wallet"},
    "alipay": {"vi": "Alipay", "en": "Alipay", "zh": "支付宝"},
    "unionpay": {"vi": "UnionPay", "en": "UnionPay", "zh": "云闪付"},
    "momo": {"vi": "Ví MoMo", "en": "MoMo wallet"},
}
WALLETS = tuple(
    ChannelChoice(channel=channel, names=names, key=f"page-1-{channel}")
    for channel, names in WALLET_NAMES.items()
)
WALLET_ACCOUNTS = tuple(
    account(channel, names["vi"], names["en"]) for channel, names in WALLET_NAMES.items()
)


def view_of(order: Order, payer_name: str | None = None) -> OrderView:
    return OrderView(order, UNIT, NOW, ADDRESS, payer_name)


def frame_in(language: str, path: str = ADDRESS, mode: Mode = Mode.LIVE) -> Frame:
    return Frame(PROVINCE, load_texts(language), path, mode)
