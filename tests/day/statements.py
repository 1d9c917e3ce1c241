"""Writes the acquirers' files in their own layouts, with whatever is wrong with them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.channels.alipay_bill import TEXT, packed
from tests.day.facts import Content, Country, Fact, File, Line, Plan
from tests.day.providers import seller_id, yuan
from tests.reconciliation.statement_files import HEADER as VNPAY_HEADER
from tests.reconciliation.statement_layouts import VNPAY

BANK_HEADER = "Date,Reference,Content,Debit,Credit,Balance"
BANK_LISTING: dict[str, Any] = {
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
    "paid_at": {"format": "%d/%m/%Y %H:%M:%S"},
}
LAYOUTS: Mapping[str, dict[str, Any] | None] = {
    "vnpay": VNPAY,
    "vietqr": BANK_LISTING,
    "alipay": None,
}
BROKEN_BYTES = b"\xb1\xff"
TEXTS = TEXT.split("\r\n")  # of the published sample

# (what was paid, its line, its payment number)
Entry = tuple[Fact, Line, str]


def write_file(plan: Plan, file: File, payment_nos: Mapping[str, str]) -> bytes:
    """`payment_nos`: by the provider's number of the payment, "" where the provider has none."""
    entries = [
        (fact, line, payment_nos.get(fact.name, ""))
        for fact, line in plan.lines_of(file.account, file.day)
    ]
    if file.content is Content.INCOMPLETE:
        entries = entries[::2]
    miscounted = file.content is Content.MISCOUNTED
    content = WRITERS[file.account.channel](plan.country, file, entries, miscounted)
    return content[: len(content) // 2] if file.content is Content.TRUNCATED else content


def _write_vnpay(country: Country, file: File, entries: Sequence[Entry], miscounted: bool) -> bytes:
    rows = [_vnpay_row(country, entry) for entry in entries]
    paid = [line.amount_minor for _, line, _ in entries if not line.is_refund]
    refused = f"{country.digits}0000000000000000,0,,NCB,70000,{file.day:%Y%m%d}120000,01,24"
    trailer = f"TOTAL,{len(paid) + miscounted},{sum(paid)}"
    return "\r\n".join([VNPAY_HEADER, *rows, refused, trailer, ""]).encode()


def _vnpay_row(country: Country, entry: Entry) -> str:
    fact, line, payment_no = entry
    amount = f"{line.amount_minor}x" if line.is_broken else str(line.amount_minor)
    at, kind = f"{_local(country, fact):%Y%m%d%H%M%S}", "02" if line.is_refund else "01"
    return f"{payment_no},{line.name},B{line.name},NCB,{amount},{at},{kind},00"


def _write_bank(country: Country, _: File, entries: Sequence[Entry], _miscounted: bool) -> bytes:
    """With money that went out between what came in, as a bank lists an account."""
    rows = [BANK_HEADER]
    for number, (fact, line, payment_no) in enumerate(entries):
        at = f"{_local(country, fact):%d/%m/%Y %H:%M:%S}"
        amount = "?" if line.is_broken else f"{line.amount_minor:,}"
        memo = f"MBVCB.{number}.{payment_no}.CT tu NGUYEN VAN A" if payment_no else "NOP TIEN"
        rows.append(f'{at},{line.name},"{memo}",,"{amount}","1,000,000"')
        if number % 10 == 0:
            rows.append(f'{at},PHI{number},PHI DICH VU,"5,500",,"994,500"')
    return "\r\n".join([*rows, ""]).encode()


def _write_alipay(
    country: Country, file: File, entries: Sequence[Entry], miscounted: bool
) -> bytes:
    paid = [line.amount_minor for _, line, _ in entries if not line.is_refund]
    refunded = [line.amount_minor for _, line, _ in entries if line.is_refund]
    head = [
        TEXTS[0],
        f"#账号：[{seller_id(file.account)}0156]",
        f"#起始日期：[{_day(file.day)}]   终止日期：[{_day(file.day + timedelta(days=1))}]",
        *TEXTS[3:5],
    ]
    foot = [
        TEXTS[7],
        f"#交易合计：{len(paid) + miscounted}笔，商家实收共{yuan(sum(paid))}元，商家优惠共0.00元",
        f"#退款合计：{len(refunded)}笔，商家实收退款共-{yuan(sum(refunded))}元，商家优惠退款共0.00元",
        TEXTS[10],
    ]
    lines = [
        *(each.encode("gbk") for each in head),
        *(_alipay_row(country, entry) for entry in entries),
        *(each.encode("gbk") for each in foot),
    ]
    name = f"{seller_id(file.account)}0156_{file.day:%Y%m%d}_业务明细"
    summary = "#支付宝业务汇总查询\r\n".encode("gbk")
    return packed((f"{name}(汇总).csv", summary), (f"{name}.csv", b"\r\n".join([*lines, b""])))


def _alipay_row(country: Country, entry: Entry) -> bytes:
    fact, line, payment_no = entry
    done = f"{_local(country, fact):%Y-%m-%d %H:%M:%S}"
    sign, kind = ("-", "退款") if line.is_refund else ("", "交易")
    amount = f"{sign}{yuan(line.amount_minor)}"
    asked = f"RF{line.name}" if line.is_refund else ""
    cells = [
        *(f"{line.name}\t", f"{payment_no}\t", kind, "考试费", done, done),
        *("\t", "\t", "\t", "\t", "*三(138****0000)\t", amount, amount),
        *("0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00\t", "0.00"),
        *(f"{asked}\t", "-0.75", "0.00", "考试费"),
    ]
    row = ",".join(cells).encode("gbk")
    if line.is_broken:
        subject = "考试费".encode("gbk")
        row = row.replace(b"," + subject, b"," + BROKEN_BYTES + subject, 1)
    return row


def _local(country: Country, fact: Fact) -> Any:
    return fact.at.astimezone(ZoneInfo(country.zone))


def _day(day: date) -> str:
    return f"{day:%Y年%m月%d日} 00:00:00"


WRITERS: Mapping[str, Callable[[Country, File, Sequence[Entry], bool], bytes]] = {
    "vnpay": _write_vnpay,
    "vietqr": _write_bank,
    "alipay": _write_alipay,
}
