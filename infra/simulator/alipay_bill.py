"""Alipay's trade bill of a day: a ZIP with names in GBK, in it a list and a summary in GBK.

*Source*: opendocs.alipay.com, the trade bill's "业务明细".
"""

import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from infra.simulator import alipay
from infra.simulator.actions import Payment, Result
from infra.simulator.config import Account
from infra.simulator.statements import FAULTS, Counted, spoil

COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,"
    "对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,"
    "券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,"
    "分润（元）,备注"
)
# `gbk`: a byte that is none in the first row; `truncated`: the archive's second half is missing.
BILL_FAULTS = (*FAULTS, "gbk", "truncated")
TABBED = (0, 1, 2, 6, 7, 8, 9, 10, 19, 21)
BROKEN_BYTES = b"\xb1\xff"
PAID, REFUNDED = "交易", "退款"


class _GbkName(zipfile.ZipInfo):
    """Alipay does not set the flag that says UTF-8."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - zipfile's own name
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def write_bill(
    account: Account,
    payments: Iterable[Payment],
    day: date,
    faults: Sequence[str],
    now: datetime,
) -> bytes:
    rows = spoil(account, _rows(payments, day), faults)
    lines = [_line(row) for row, _ in rows]
    text = "\r\n".join([*_head(account, day), *lines, *_foot(rows, faults, now)])
    details = f"{text}\r\n".encode("gbk")
    if "gbk" in faults and rows:
        subject = rows[0][0][3].encode("gbk")
        details = details.replace(b"," + subject, b"," + BROKEN_BYTES + subject, 1)
    name = f"{account.seller}0156_{day:%Y%m%d}_业务明细"
    content = _pack({f"{name}.csv": details, f"{name}(汇总).csv": _summary(account, day)})
    return content[: len(content) // 2] if "truncated" in faults else content


def _rows(payments: Iterable[Payment], day: date) -> list[Counted]:
    """Payments, then refunds."""
    paid: list[Counted] = []
    refunded: list[Counted] = []
    for payment in payments:
        if payment.result is not Result.PAID or payment.decided_at is None:
            continue
        done = alipay.write_time(payment.decided_at)
        if done.startswith(day.isoformat()):
            paid.append(_row(payment, PAID, done, payment.told_minor, ""))
        for refund in payment.refunds:
            if refund.at.startswith(day.isoformat()):
                amount = -refund.amount_minor
                refunded.append(_row(payment, REFUNDED, refund.at, amount, refund.number))
    return [*paid, *refunded]


def _row(payment: Payment, kind: str, done: str, fen: int, refund_no: str) -> Counted:
    amount = _yuan(fen)
    subject = payment.request.description
    row = [
        *(alipay.trade_no(payment), payment.request.number, kind, subject, done, done),
        *("", "", "", "", "*三(138****0000)", amount, amount),
        *("0.00", "0.00", "0.00", "0.00", "0.00", "", "0.00", "0.00"),
        *(refund_no, "0.00", "0.00", ""),
    ]
    return row, fen


def _line(row: Sequence[str]) -> str:
    return ",".join(f"{cell}\t" if place in TABBED else cell for place, cell in enumerate(row))


def _head(account: Account, day: date) -> list[str]:
    after = day + timedelta(days=1)
    return [
        "#支付宝业务明细查询",
        f"#账号：[{account.seller}0156]",
        f"#起始日期：[{_date(day)} 00:00:00]   终止日期：[{_date(after)} 00:00:00]",
        f"#{'-' * 41}业务明细列表{'-' * 40}",
        COLUMNS,
    ]


def _foot(rows: list[Counted], faults: Sequence[str], now: datetime) -> list[str]:
    paid = [_fen(row, fen) for row, fen in rows if row[2] == PAID]
    refunded = [_fen(row, fen) for row, fen in rows if row[2] == REFUNDED]
    count = len(paid) + ("totals" in faults)
    given_back = f"商家实收退款共{_yuan(sum(refunded))}元，商家优惠退款共0.00元"
    return [
        f"#{'-' * 41}业务明细列表结束{'-' * 36}",
        f"#交易合计：{count}笔，商家实收共{_yuan(sum(paid))}元，商家优惠共0.00元",
        f"#退款合计：{len(refunded)}笔，{given_back}",
        f"#导出时间：[{_date(now.astimezone(alipay.BEIJING))} 09:12:33]",
    ]


def _fen(row: list[str], fen: int) -> int:
    """`different` writes one yuan."""
    return 100 if row[12] == "1" else fen


def _yuan(fen: int) -> str:
    return f"-{alipay.to_yuan(-fen)}" if fen < 0 else alipay.to_yuan(fen)


def _date(day: date) -> str:
    return f"{day:%Y}年{day:%m}月{day:%d}日"


def _summary(account: Account, day: date) -> bytes:
    lines = ["#支付宝业务汇总查询", f"#账号：[{account.seller}0156]", f"#起始日期：[{_date(day)}]"]
    return "\r\n".join([*lines, ""]).encode("gbk")


def _pack(members: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in members.items():
            archive.writestr(_GbkName(name), content, zipfile.ZIP_DEFLATED)
    return memory.getvalue()
