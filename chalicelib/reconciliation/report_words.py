"""The stable words in a break's detail, as people say them: codes of bad rows, states, totals."""

from collections.abc import Mapping

from chalicelib.domain.money import EXPONENTS, parse_decimal
from chalicelib.reconciliation.report_texts import DETAILS, amount_text, number_text

# name of the detail → its value → English, Vietnamese, Chinese. A value that is not here is shown
# as it is.
Words = Mapping[str, tuple[str, str, str]]
_PLACES = {"en": 0, "vi": 1, "zh": 2}

REASONS: Words = {
    "file_empty": ("the file is empty", "tệp trống", "文件为空"),
    "layout_faulty": (
        "the account's statement layout is wrong",
        "cấu hình cột của tài khoản bị sai",
        "账户的对账文件格式配置有误",
    ),
    "archive_broken": ("not a whole ZIP file", "tệp ZIP không nguyên vẹn", "ZIP 文件不完整"),
    "archive_without_list": (
        "the ZIP must hold exactly this file",
        "tệp ZIP phải có đúng một tệp này",
        "ZIP 中必须有且只有一个此文件",
    ),
    "header_missing": ("there is no header row", "thiếu dòng tiêu đề", "没有表头"),
    "column_missing": (
        "the header must have exactly one such column",
        "dòng tiêu đề phải có đúng một cột này",
        "表头中必须有且只有一列此名称",
    ),
    "other_account": ("of another account", "của tài khoản khác", "属于另一账户"),
    "other_day": ("of another day", "của ngày khác", "属于另一天"),
    "totals_missing": (
        "totals are missing: the file may be cut off",
        "thiếu dòng tổng: tệp có thể bị cắt",
        "缺少合计：文件可能被截断",
    ),
    "totals_twice": ("totals come twice", "dòng tổng xuất hiện hai lần", "合计出现两次"),
    "totals_incomplete": ("totals are not complete", "dòng tổng không đầy đủ", "合计不完整"),
    "count_unreadable": ("not a number of rows", "không phải số dòng", "不是笔数"),
    "encoding_wrong": (
        "has bytes that are no text in the file's encoding",
        "có ký tự không đúng bảng mã của tệp",
        "含有不符合文件编码的字节",
    ),
    "quotes_broken": ("quotes are broken", "dấu ngoặc kép bị lỗi", "引号有误"),
    "cell_count_wrong": (
        "has more or fewer cells than the header",
        "số ô khác với dòng tiêu đề",
        "单元格数与表头不同",
    ),
    "row_too_long": ("the row is too long", "dòng quá dài", "行过长"),
    "cell_empty": ("empty", "để trống", "为空"),
    "kind_unknown": (
        "neither a payment nor a refund",
        "không phải thanh toán hay hoàn tiền",
        "既非付款也非退款",
    ),
    "other_currency": ("in another currency", "bằng tiền tệ khác", "币种不同"),
    "number_unreadable": ("not a payment's number", "không phải mã giao dịch", "不是交易编号"),
    "number_shortened": (
        "a number that a spreadsheet shortened",
        "số bị bảng tính rút gọn",
        "编号被电子表格截短",
    ),
    "number_too_long": ("the number is too long", "số quá dài", "编号过长"),
    "amount_unreadable": ("not an amount", "không phải số tiền", "不是金额"),
    "amount_misgrouped": (
        "separators of thousands are misplaced",
        "dấu phân cách hàng nghìn sai chỗ",
        "千位分隔符位置有误",
    ),
    "amount_fractional": (
        "a fraction of the smallest unit",
        "lẻ hơn đơn vị tiền nhỏ nhất",
        "小于最小货币单位",
    ),
    "amount_out_of_range": (
        "an amount that no payment or refund can have",
        "số tiền không hợp lệ cho giao dịch này",
        "金额超出付款或退款的范围",
    ),
    "time_unreadable": ("not a time", "không phải thời gian", "不是时间"),
}
ORDER_STATUSES: Words = {
    "none": ("unknown to us", "không có trong hệ thống", "我方没有"),
    "created": ("not paid", "chưa thanh toán", "未付款"),
    "pending": ("waiting for its payment", "đang chờ thanh toán", "等待付款"),
    "paid": ("paid", "đã thanh toán", "已付款"),
    "partially_refunded": ("refunded in part", "đã hoàn một phần", "部分退款"),
    "refunded": ("refunded", "đã hoàn tiền", "已退款"),
    "cancelled": ("cancelled", "đã hủy", "已取消"),
    "expired": ("expired", "đã hết hạn", "已过期"),
}
VALUES: Mapping[str, Words] = {
    "reason": REASONS,
    "order": ORDER_STATUSES,
    "order_status": ORDER_STATUSES,
    "payment_status": {
        "initiated": ("started", "đã bắt đầu", "已发起"),
        "pending": ("not decided", "chưa có kết quả", "未决"),
        "succeeded": ("succeeded", "thành công", "成功"),
        "failed": ("failed", "thất bại", "失败"),
        "unknown": ("unknown", "chưa rõ", "未知"),
        "reversed": ("taken back by the bank", "ngân hàng đã hủy", "银行已冲正"),
    },
    "disposition": {
        "applied": ("paid its order", "đã trả cho khoản thu", "已用于订单"),
        "suspense": ("money of unknown purpose", "tiền chưa rõ nội dung", "用途不明的款项"),
        "wrong_amount": (
            "another amount than was asked",
            "số tiền khác với yêu cầu",
            "与应付金额不同的款项",
        ),
        "surplus": ("paid once too often", "trả thừa một lần", "重复支付的款项"),
        "late_success": (
            "paid after the order was closed",
            "trả sau khi khoản thu đã đóng",
            "订单关闭后才付的款项",
        ),
        "refund_due": ("to be given back", "cần hoàn trả", "待退还"),
        "refunded": ("given back", "đã hoàn trả", "已退还"),
        "reversed": ("taken back by the bank", "ngân hàng đã hủy", "银行已冲正"),
    },
    "total": {
        "payment_count": ("number of payments", "số giao dịch", "付款笔数"),
        "payment_amount": ("sum of payments", "tổng tiền giao dịch", "付款合计"),
        "refund_count": ("number of refunds", "số lần hoàn tiền", "退款笔数"),
        "refund_amount": ("sum of refunds", "tổng tiền hoàn", "退款合计"),
    },
}


def describe_detail(detail: Mapping[str, str], language: str) -> str:
    names = DETAILS[language]
    return " · ".join(
        f"{names.get(name, name)}: {_said(name, value, language)}" for name, value in detail.items()
    )


def _said(name: str, value: str, language: str) -> str:
    words = VALUES.get(name, {}).get(value)
    if words is not None:
        return words[_PLACES[language]]
    if name in ("stated", "counted") and value.isdigit():
        return number_text(int(value), language)
    decimal, _, currency = value.partition(" ")
    if name.endswith("amount") or name in ("stated", "counted"):
        return _said_amount(decimal, currency, language) or value
    return value


def _said_amount(decimal: str, currency: str, language: str) -> str | None:
    if currency not in EXPONENTS:
        return None
    try:
        minor = parse_decimal(decimal, currency).amount_minor
    except ValueError:
        return None
    return amount_text(minor, currency, language)
