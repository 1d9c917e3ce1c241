"""One day's file as each real channel writes it, and our side of the same money."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.identifiers import build_payment_code, build_payment_no
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Disposition
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.outbound import Http
from chalicelib.wiring import Platform
from tests.channels.alipay_bill import packed
from tests.channels.alipay_wire import APP_ID, GATEWAY, SECRETS, SELLER_ID
from tests.channels.vietqr_wire import SECRETS as BANK_SECRETS
from tests.channels.vietqr_wire import vietqr_credentials
from tests.domain.province_documents import account
from tests.reconciliation.statement_files import follow_payment, record_payment
from tests.support import seeded
from tests.support.local_province import LocalProvince, local_province

HANOI, BEIJING = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 1)
LISTING: dict[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "memo": "Content",
        "provider_transaction": "Reference",
        "amount": "Credit",
        "paid_at": "Date",
    },
    "amount": {"scale": "decimal", "thousands_separator": ",", "may_be_empty": True},
    "paid_at": {"format": "%d/%m/%Y %H:%M:%S", "zone": "Asia/Ho_Chi_Minh"},
    "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 4},
}


@dataclass(frozen=True, slots=True)
class Row:
    """`refund_no`: of money that went back; "" for a payment. `memo` None: the payment number."""

    number: int
    at: datetime
    amount_minor: int = 50_000
    refund_no: str = ""
    memo: str | None = None

    @property
    def payment_no(self) -> str:
        return build_payment_no(build_payment_code("22", self.number), 1)

    @property
    def named(self) -> str:
        return self.payment_no if self.memo is None else self.memo


@dataclass(frozen=True)
class ChannelFiles:
    """`write`: the file of a day with these rows in it, right totals included."""

    of: AccountDay
    zone: ZoneInfo
    currency: str
    file_name: str
    write: Callable[[date, Sequence[Row]], bytes]
    transaction: Callable[[Row], str]
    seed: Callable[[Platform], None]

    def at(self, day: date, clock: str) -> datetime:
        """`clock`: local, as 23:59:59."""
        return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=self.zone).astimezone(UTC)

    def payment(self, row: Row, disposition: Disposition = Disposition.APPLIED) -> DayPayment:
        amount = Money(row.amount_minor, self.currency)
        transaction = self.transaction(row)
        return DayPayment(transaction, row.payment_no, amount, row.at, disposition)

    def on(self, day: date) -> AccountDay:
        return replace(self.of, business_day=day)

    def pay(self, province: LocalProvince, *rows: Row) -> None:
        """In the ledger, and among the rows of the day."""
        for row in rows:
            self.hold(province, self.payment(row))

    def hold(self, province: LocalProvince, paid: DayPayment) -> None:
        record_payment(province, self.of, paid)
        follow_payment(province, self.of, paid, str(self.zone))

    def arrive(self, province: LocalProvince, day: date, content: bytes, name: str = "") -> None:
        of, name = self.of, name or self.file_name
        province.put_statement(of.channel, of.account, day.isoformat(), name, content)

    @contextmanager
    def province(self, http: Http | None = None) -> Iterator[LocalProvince]:
        with local_province(self.seed, http) as running:
            yield running


def _write_vnpay(_: date, rows: Sequence[Row]) -> bytes:
    lines = ["TxnRef,TransactionNo,BankTranNo,BankCode,Amount,PayDate,Type,Status"]
    for row in rows:
        local = row.at.astimezone(HANOI)
        kind = "02" if row.refund_no else "01"
        lines.append(
            f"{row.named},{_vnpay_number(row)},B,NCB,{row.amount_minor},{local:%Y%m%d%H%M%S},{kind},00"
        )
    paid = [row.amount_minor for row in rows if not row.refund_no]
    return "\r\n".join([*lines, f"TOTAL,{len(paid)},{sum(paid)}", ""]).encode()


def _vnpay_number(row: Row) -> str:
    return f"{14_000_000 + row.number}"


def _write_vietqr(_: date, rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["Date", "Reference", "Debit", "Credit", "Content"])
    for row in rows:
        when = f"{row.at.astimezone(HANOI):%d/%m/%Y %H:%M:%S}"
        credit = f"{row.amount_minor:,}"
        writer.writerow([when, f"FT{row.number}", "", credit, f"CT DEN {row.named} GD"])
        writer.writerow([when, f"FE{row.number}", "1,100", "", "phi dich vu"])
    total = f"{sum(row.amount_minor for row in rows):,}"
    writer.writerow(["TOTAL", len(rows), f"{1_100 * len(rows):,}", total, ""])
    return text.getvalue().encode()


def _vietqr_key(row: Row) -> str:
    return f"{row.at.astimezone(HANOI):%Y%m%d}-FT{row.number}-{row.amount_minor}"


def write_bill(day: date, rows: Sequence[Row]) -> bytes:
    name = f"{SELLER_ID}0156_{day:%Y%m%d}_业务明细"
    members = (f"{name}(汇总).csv", b"#\r\n"), (f"{name}.csv", bill_text(day, rows).encode("gbk"))
    return packed(*members)


def bill_text(day: date, rows: Sequence[Row]) -> str:
    paid = [_yuan(row) for row in rows if not row.refund_no]
    back = [-_yuan(row) for row in rows if row.refund_no]
    lines = [
        "#支付宝业务明细查询",
        f"#账号：[{SELLER_ID}0156]",
        f"#起始日期：[{_chinese(day)} 00:00:00]   "
        f"终止日期：[{_chinese(day + timedelta(days=1))} 00:00:00]",
        "支付宝交易号,商户订单号,业务类型,商品名称,完成时间,商家实收（元）,退款批次号/请求号,备注",
        *(_bill_line(row) for row in rows),
        f"#交易合计：{len(paid)}笔，商家实收共{sum(paid, Decimal('0.00'))}元，商家优惠共0.00元",
        f"#退款合计：{len(back)}笔，商家实收退款共{sum(back, Decimal('0.00'))}元",
    ]
    return "\r\n".join([*lines, ""])


def _bill_line(row: Row) -> str:
    kind, amount = ("退款", -_yuan(row)) if row.refund_no else ("交易", _yuan(row))
    when = f"{row.at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    cells = (_trade_no(row), f"{row.named}\t", kind, "考试费", when, amount, f"{row.refund_no}\t")
    return ",".join([*(str(cell) for cell in cells), ""])


def _trade_no(row: Row) -> str:
    return f"20260301220014{row.number:014d}"


def _yuan(row: Row) -> Decimal:
    return Decimal(row.amount_minor).scaleb(-2)


def _chinese(day: date) -> str:
    return f"{day:%Y}年{day:%m}月{day:%d}日"


def _seed_vietnam(platform: Platform) -> None:
    seeded.seed(platform)
    document = seeded.province_document()
    fields = dict(vietqr_credentials().account.fields)
    document["channel_accounts"] += [
        account("vietqr", fields=fields, max_minor=499_999_999, statement_layout=LISTING)
    ]
    platform.setup.write_province(document)
    platform.secrets.write_secret("vietqr/quangninh", dict(BANK_SECRETS))


def seed_china(platform: Platform, *accounts: str) -> None:
    """`accounts`: of Alipay."""
    seeded.seed(platform)
    move_to_china(platform, *accounts)


def move_to_china(platform: Platform, *accounts: str) -> None:
    """The province that was seeded."""
    document = seeded.province_document()
    document["profile"] |= {
        "currency": "CNY",
        "country": "CN",
        "zone": "Asia/Shanghai",
        "statement_due": "10:30",
    }
    fields = {"app_id": APP_ID, "seller_id": SELLER_ID, "gateway_url": GATEWAY}
    document["channel_accounts"] = [
        account("alipay", account=name, currency="CNY", fields=fields, secret_name=f"alipay/{name}")
        for name in accounts or ("hangzhou",)
    ]
    platform.setup.write_province(document)
    for name in accounts or ("hangzhou",):
        platform.secrets.write_secret(f"alipay/{name}", dict(SECRETS))


VNPAY = ChannelFiles(
    of=AccountDay("vnpay", "quangninh", DAY),
    zone=HANOI,
    currency="VND",
    file_name="day.csv",
    write=_write_vnpay,
    transaction=_vnpay_number,
    seed=_seed_vietnam,
)
VIETQR = replace(
    VNPAY,
    of=AccountDay("vietqr", "quangninh", DAY),
    write=_write_vietqr,
    transaction=_vietqr_key,
)
ALIPAY = ChannelFiles(
    of=AccountDay("alipay", "hangzhou", DAY),
    zone=BEIJING,
    currency="CNY",
    file_name="day.zip",
    write=write_bill,
    transaction=_trade_no,
    seed=seed_china,
)
CHANNELS = (VNPAY, VIETQR, ALIPAY)
