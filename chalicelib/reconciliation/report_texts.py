"""The words of a report, by language; figures as people of that language write them."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from chalicelib.domain.money import EXPONENTS

LANGUAGES = ("vi", "en", "zh")

TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Reconciliation",
        "matched_verdict": "Everything agrees",
        "breaks_verdict": "{count} to look at",
        "not_arrived_verdict": "No statement has arrived",
        "matched_note": "All {count} payments of the day are in the channel's statement.",
        "breaks_note": "{count} payments agree. What does not is listed below, with what to do.",
        "not_arrived_note": "{count} payments of ours wait for the channel's statement.",
        "test": "Test account: no real money",
        "day": "Business day",
        "sums": "Sums",
        "ours": "Our payments",
        "theirs": "Channel's statement",
        "difference": "Difference",
        "agreeing": "Agreeing",
        "count": "Number",
        "amount": "Amount",
        "unpaid": "The statement also has {count} attempts that moved no money.",
        "chart": "Payments that agree, and breaks by kind",
        "breaks": "Breaks",
        "we": "We have",
        "channel": "Channel has",
        "detail": "Detail",
        "row": "Row",
        "payment_no": "Payment number",
        "transaction": "Channel's number",
        "action": "What to do",
        "first_only": "Only the first {shown} of {count} are shown; all are in the CSV file.",
        "waiting": "Waiting for the statement",
        "paid_at": "Paid at",
        "files": "Files of the day",
        "file": "File",
        "size": "Bytes",
        "arrived": "Arrived",
        "current": "reconciled",
        "superseded": "superseded",
        "no_files": "None so far.",
        "run": "Run {run} at {time}",
        "none": "None.",
    },
    "vi": {
        "title": "Đối soát",
        "matched_verdict": "Khớp hoàn toàn",
        "breaks_verdict": "{count} điểm cần xem",
        "not_arrived_verdict": "Chưa nhận được tệp đối soát",
        "matched_note": "Cả {count} giao dịch trong ngày đều có trong tệp của kênh thanh toán.",
        "breaks_note": "{count} giao dịch khớp. Những điểm chưa khớp và cách xử lý ở bên dưới.",
        "not_arrived_note": "{count} giao dịch của hệ thống đang chờ tệp của kênh thanh toán.",
        "test": "Tài khoản thử nghiệm: không phải tiền thật",
        "day": "Ngày giao dịch",
        "sums": "Tổng hợp",
        "ours": "Hệ thống ghi nhận",
        "theirs": "Tệp của kênh thanh toán",
        "difference": "Chênh lệch",
        "agreeing": "Khớp",
        "count": "Số lượng",
        "amount": "Số tiền",
        "unpaid": "Tệp còn có {count} lần thử không phát sinh tiền.",
        "chart": "Số giao dịch khớp và các điểm chưa khớp theo loại",
        "breaks": "Các điểm chưa khớp",
        "we": "Hệ thống",
        "channel": "Kênh",
        "detail": "Chi tiết",
        "row": "Dòng",
        "payment_no": "Số thanh toán",
        "transaction": "Số của kênh",
        "action": "Cách xử lý",
        "first_only": "Chỉ hiển thị {shown} trên {count} dòng đầu; đầy đủ trong tệp CSV.",
        "waiting": "Đang chờ tệp đối soát",
        "paid_at": "Thời điểm trả",
        "files": "Các tệp trong ngày",
        "file": "Tệp",
        "size": "Byte",
        "arrived": "Nhận lúc",
        "current": "đã đối soát",
        "superseded": "đã bị thay thế",
        "no_files": "Chưa có.",
        "run": "Lần chạy {run} lúc {time}",
        "none": "Không có.",
    },
    "zh": {
        "title": "对账",
        "matched_verdict": "全部一致",
        "breaks_verdict": "{count} 项需要查看",
        "not_arrived_verdict": "尚未收到对账文件",
        "matched_note": "当日全部 {count} 笔付款都在渠道的对账文件中。",
        "breaks_note": "{count} 笔付款一致。不一致的列在下面，并注明如何处理。",
        "not_arrived_note": "我方 {count} 笔付款正在等待渠道的对账文件。",
        "test": "测试账户，无真实资金",
        "day": "业务日期",
        "sums": "合计",
        "ours": "我方付款",
        "theirs": "渠道对账文件",
        "difference": "差额",
        "agreeing": "一致",
        "count": "笔数",
        "amount": "金额",
        "unpaid": "对账文件中另有 {count} 笔没有资金往来的尝试。",
        "chart": "一致的付款与各类差异",
        "breaks": "差异",
        "we": "我方",
        "channel": "渠道",
        "detail": "详情",
        "row": "行",
        "payment_no": "付款编号",
        "transaction": "渠道编号",
        "action": "如何处理",
        "first_only": "此处仅显示前 {shown} 条，共 {count} 条；全部内容见 CSV 文件。",
        "waiting": "等待对账文件",
        "paid_at": "付款时间",
        "files": "当日文件",
        "file": "文件",
        "size": "字节数",
        "arrived": "收到时间",
        "current": "已对账",
        "superseded": "已被取代",
        "no_files": "尚无。",
        "run": "运行 {run}，{time}",
        "none": "没有。",
    },
}

# The facts that a break carries.
DETAILS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "column": "column",
        "reason": "reason",
        "text": "row",
        "total": "total",
        "stated": "file says",
        "counted": "rows give",
        "order": "order",
        "order_status": "order is",
        "payment_status": "payment is",
        "disposition": "held as",
        "our_payment_no": "our payment number",
        "our_provider_transaction": "number that we were told",
        "our_day": "our day",
        "our_amount": "our amount",
        "counted_on": "in the statement of",
        "our_payments": "our payments",
    },
    "vi": {
        "column": "cột",
        "reason": "lý do",
        "text": "dòng",
        "total": "tổng",
        "stated": "tệp ghi",
        "counted": "cộng các dòng",
        "order": "khoản thu",
        "order_status": "trạng thái khoản thu",
        "payment_status": "trạng thái thanh toán",
        "disposition": "ghi nhận là",
        "our_payment_no": "số thanh toán của hệ thống",
        "our_provider_transaction": "số kênh đã báo",
        "our_day": "ngày của hệ thống",
        "our_amount": "số tiền của hệ thống",
        "counted_on": "có trong tệp ngày",
        "our_payments": "số giao dịch của hệ thống",
    },
    "zh": {
        "column": "列",
        "reason": "原因",
        "text": "行内容",
        "total": "合计",
        "stated": "文件所列",
        "counted": "各行之和",
        "order": "订单",
        "order_status": "订单状态",
        "payment_status": "付款状态",
        "disposition": "挂账为",
        "our_payment_no": "我方付款编号",
        "our_provider_transaction": "先前告知的编号",
        "our_day": "我方日期",
        "our_amount": "我方金额",
        "counted_on": "见于该日对账文件",
        "our_payments": "我方付款笔数",
    },
}

_MINUS = "\u2212"
_SEPARATORS = {"en": (",", "."), "vi": (".", ","), "zh": (",", ".")}


def number_text(value: int, language: str) -> str:
    return f"{value:,}".replace(",", _SEPARATORS[language][0]).replace("-", _MINUS)


def amount_text(amount_minor: int, currency: str, language: str) -> str:
    thousands, point = _SEPARATORS[language]
    exponent = EXPONENTS[currency]
    whole, rest = divmod(abs(amount_minor), 10**exponent)
    sign = _MINUS if amount_minor < 0 else ""
    fraction = f"{point}{rest:0{exponent}d}" if exponent else ""
    return f"{sign}{f'{whole:,}'.replace(',', thousands)}{fraction}\u00a0{currency}"


def time_text(instant: datetime, zone: str) -> str:
    return f"{instant.astimezone(ZoneInfo(zone)):%d/%m/%Y %H:%M:%S}"
