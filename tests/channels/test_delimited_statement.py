import copy
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.delimited_statement import read_delimited
from chalicelib.channels.statement_layout import validate_layout
from chalicelib.domain.money import Money
from chalicelib.domain.province import ChannelAccount, Mode
from chalicelib.domain.statements import (
    BadRow,
    BadRowReason,
    ControlTotals,
    LineKind,
    Statement,
    StatementLine,
)
from tests.reconciliation.statement_layouts import SANDBOX, VNPAY

DAY = date(2026, 3, 1)
ZONE = "Asia/Ho_Chi_Minh"
HEADER = "TxnRef,TransactionNo,BankTranNo,BankCode,Amount,PayDate,Type,Status"
ROW = "22000000000000000101,14500001,VNP14500001,NCB,50000,20260301140501,01,00"


def account(currency: str = "VND") -> ChannelAccount:
    return ChannelAccount(
        channel="vnpay",
        account="quangninh",
        mode=Mode.TEST,
        names={"en": "VNPAY"},
        payee_units=None,
        currency=currency,
        min_minor=1,
        max_minor=10**9,
        fields={},
        secret_name="vnpay",
        statement_layout=None,
        closed_reason=None,
    )


def read(text: str | bytes, layout: dict[str, Any] = VNPAY, currency: str = "VND") -> Statement:
    content = text.encode() if isinstance(text, str) else text
    return read_delimited(layout, account(currency), DAY, ZONE, content)


def vnpay(*rows: str, total: str | None = None) -> str:
    return "\r\n".join([HEADER, *rows, total or f"TOTAL,{len(rows)},50000", ""])


def changed(layout: dict[str, Any], **changes: Any) -> dict[str, Any]:
    copied = copy.deepcopy(layout)
    for name, value in changes.items():
        if value is None:
            del copied[name]
        else:
            copied[name] = value
    return copied


def row(**cells: str) -> str:
    return ",".join({**dict(zip(HEADER.split(","), ROW.split(","), strict=True)), **cells}.values())


def test_a_vnpay_file_gives_its_lines_and_its_totals() -> None:
    assert read(vnpay(ROW)) == Statement(
        lines=(
            StatementLine(
                2,
                LineKind.PAYMENT,
                "14500001",
                "22000000000000000101",
                Money(50_000, "VND"),
                datetime(2026, 3, 1, 7, 5, 1, tzinfo=UTC),
            ),
        ),
        bad_rows=(),
        totals=ControlTotals(1, Money(50_000, "VND"), None, None),
    )


def test_a_sandbox_file_gives_decimals_of_its_currency() -> None:
    text = (
        "payment_no,transaction_no,amount,currency,paid_at,kind\n"
        "33000000000000000101,S1,125.50,CNY,2026-03-01T02:30:00Z,payment\n"
        "33000000000000000101,S2,-25.50,CNY,2026-03-01T03:30:00Z,refund\n"
        "33000000000000000101,S3,1.00,VND,2026-03-01T03:30:00Z,payment\n"
        "TOTAL,1,125.50\n"
    )
    statement = read(text, SANDBOX, "CNY")
    assert [(line.kind, line.amount) for line in statement.lines] == [
        (LineKind.PAYMENT, Money(12_550, "CNY")),
        (LineKind.REFUND, Money(2_550, "CNY")),
    ]
    assert [(bad.row_no, bad.column) for bad in statement.bad_rows] == [(4, "currency")]
    assert statement.totals == ControlTotals(1, Money(12_550, "CNY"), None, None)


@pytest.mark.parametrize(
    ("bad", "column", "reason"),
    [
        (row(TxnRef="2.2E+19"), "payment_no", "number_shortened"),
        (row(TxnRef="2,2e19").replace("2,2e19", '"2,2e19"'), "payment_no", "number_shortened"),
        (row(TransactionNo="1.45E+07"), "provider_transaction", "number_shortened"),
        (row(TxnRef="9" * 101), "payment_no", "number_too_long"),
        (row(Amount="12E+4?"), "amount", "amount_unreadable"),
        (row(Amount="50.000"), "amount", "amount_unreadable"),
        (row(Amount=""), "amount", "amount_unreadable"),
        (row(Amount="0"), "amount", "amount_out_of_range"),
        (row(Amount="-50000"), "amount", "amount_out_of_range"),
        (row(Amount="9999999999999"), "amount", "amount_out_of_range"),
        (row(Amount="٥٠٠"), "amount", "amount_unreadable"),
        (row(PayDate="20260231140501"), "paid_at", "time_unreadable"),
        (row(Type="09"), "kind", "kind_unknown"),
        (row(Status=""), "status", "cell_empty"),
        (ROW + ",surplus", "row", "cell_count_wrong"),
        (ROW.removesuffix(",00"), "row", "cell_count_wrong"),
        ('"' + ROW, "row", "quotes_broken"),
    ],
)
def test_a_bad_row_is_named_and_its_neighbours_are_read(bad: str, column: str, reason: str) -> None:
    statement = read(vnpay(row(TransactionNo="1"), bad, row(TransactionNo="2")))
    assert [line.provider_transaction for line in statement.lines] == ["1", "2"]
    (found,) = statement.bad_rows
    assert (found.row_no, found.column) == (3, column)
    assert found.reason == reason
    assert found.text == bad[:200]


def test_a_byte_that_is_not_of_the_encoding_spoils_its_own_row_only() -> None:
    content = vnpay(ROW, row(BankCode="X")).encode().replace(b",X,", b",\xff\xfe,")
    statement = read(content)
    assert len(statement.lines) == 1
    assert statement.bad_rows[0].row_no == 3
    assert statement.bad_rows[0].reason == "encoding_wrong"


def test_attempts_that_moved_no_money_are_counted_and_not_judged() -> None:
    refused = row(Status="02", Amount="not read")
    statement = read(vnpay(ROW, refused, refused))
    assert (len(statement.lines), statement.unpaid_count, statement.bad_rows) == (1, 2, ())


def test_marks_padding_blank_lines_comments_and_the_trailing_delimiter_are_taken_off() -> None:
    layout = changed(VNPAY, comment_prefix="#", padding="`", skip_rows=1)
    padded = ",".join(f"` {cell}\t" for cell in ROW.split(","))
    text = f"\ufeffReport of the day\n#{HEADER}\n\n{HEADER},\n{padded},\n \t\nTOTAL,1,50000\n"
    statement = read(text, layout)
    assert statement.bad_rows == ()
    assert [(line.row_no, line.payment_no) for line in statement.lines] == [
        (5, "22000000000000000101")
    ]


def test_a_mark_before_the_header_is_taken_off_in_every_encoding() -> None:
    text = "\ufeff" + vnpay(ROW)
    for encoding in ("utf-8", "utf-8-sig"):
        assert read(text, changed(VNPAY, encoding=encoding)).bad_rows == ()
    assert read(text.encode("gb18030"), changed(VNPAY, encoding="gb18030")).bad_rows == ()


def test_quotes_may_enclose_the_delimiter() -> None:
    statement = read(vnpay(row(BankCode='"N,C ""B"""'), row(BankCode="N,C B")))
    assert [line.row_no for line in statement.lines] == [2]
    assert statement.bad_rows[0].reason == "cell_count_wrong"


def test_a_bad_row_keeps_the_numbers_that_could_be_read() -> None:
    statement = read(vnpay(row(Amount="?"), row(Amount="?", TxnRef="2.2E+19"), ROW + ",surplus"))
    assert [(bad.provider_transaction, bad.payment_no) for bad in statement.bad_rows] == [
        ("14500001", "22000000000000000101"),
        ("14500001", ""),
        ("", ""),
    ]


def test_without_quoting_a_quote_is_a_character_like_others() -> None:
    layout = changed(VNPAY, quoted=False)
    assert len(read(vnpay(row(BankCode='N"CB')), layout).lines) == 1


@pytest.mark.parametrize("delimiter", ["semicolon", "tab", "pipe"])
def test_other_delimiters(delimiter: str) -> None:
    sign = {"semicolon": ";", "tab": "\t", "pipe": "|"}[delimiter]
    statement = read(vnpay(ROW).replace(",", sign), changed(VNPAY, delimiter=delimiter))
    assert (len(statement.lines), statement.bad_rows) == (1, ())


def test_a_chinese_file_is_read_in_its_own_encoding() -> None:
    layout = changed(
        VNPAY,
        encoding="gb18030",
        columns={
            "payment_no": "商户订单号",
            "provider_transaction": "交易号",
            "amount": "金额（元）",
        },
        amount={"scale": "decimal", "thousands_separator": ","},
        paid_at=None,
        kind=None,
        status=None,
        trailer=None,
    )
    text = '交易号,商户订单号,商品名称,金额（元）\r\n1,33A,学费“春”,"1,234.50"\r\n'
    statement = read(text.encode("gb18030"), layout, "CNY")
    assert statement.lines == (
        StatementLine(2, LineKind.PAYMENT, "1", "33A", Money(123_450, "CNY"), None),
    )
    assert read(text.encode("utf-16"), layout, "CNY").is_readable is False


@pytest.mark.parametrize(
    ("scale", "separator", "text", "currency", "minor"),
    [
        ("minor", "", "50000", "VND", 50_000),
        ("minor", "", "50000", "CNY", 50_000),
        ("decimal", "", "50000", "VND", 50_000),
        ("decimal", "", "50000.00", "VND", 50_000),
        ("decimal", "", "500.25", "CNY", 50_025),
        ("hundredths", "", "5000000", "VND", 50_000),
        ("hundredths", "", "50025", "CNY", 50_025),
        ("hundredths", "", "5000001", "VND", None),
        ("minor", ",", '"1,234,567"', "VND", 1_234_567),
        ("minor", ".", "1.234.567", "VND", 1_234_567),
        ("minor", ".", "1.23", "VND", None),
        ("minor", ".", "1234.567", "VND", None),
        ("decimal", ",", '"1,234.5"', "CNY", 123_450),
        ("decimal", "", "0.001", "CNY", None),
        ("decimal", "", "1e5", "CNY", None),
    ],
)
def test_amounts_by_scale(
    scale: str, separator: str, text: str, currency: str, minor: int | None
) -> None:
    amount = {"scale": scale} | ({"thousands_separator": separator} if separator else {})
    layout = changed(VNPAY, amount=amount, trailer=None)
    statement = read(f"{HEADER}\n{row(Amount=text)}\n", layout, currency)
    expected = [] if minor is None else [Money(minor, currency)]
    assert [line.amount for line in statement.lines] == expected
    assert [bad.column for bad in statement.bad_rows] == ([] if expected else ["amount"])


def test_a_time_without_a_date_is_on_the_business_day() -> None:
    layout = changed(VNPAY, paid_at={"format": "%H:%M:%S"})
    statement = read(vnpay(row(PayDate="23:59:30"), row(PayDate="")), layout)
    assert [line.paid_at for line in statement.lines] == [
        datetime(2026, 3, 1, 16, 59, 30, tzinfo=UTC),
        None,
    ]


@pytest.mark.parametrize(
    ("content", "column", "reason"),
    [
        (b"", "file", "file_empty"),
        (b"\r\n \r\n", "file", "file_empty"),
        (vnpay(ROW).encode("utf-16"), "row", "encoding_wrong"),
        (vnpay(ROW).replace("Amount", "Sum").encode(), "Amount", "column_missing"),
        (vnpay(ROW).replace("BankCode", "Amount").encode(), "Amount", "column_missing"),
        (b"PK\x03\x04\x00\xff\x00", "row", "encoding_wrong"),
    ],
)
def test_an_unreadable_file_is_one_bad_row_that_says_so(
    content: bytes, column: str, reason: str
) -> None:
    statement = read(content)
    (bad,) = statement.bad_rows
    assert (statement.lines, statement.is_readable) == ((), False)
    assert (bad.row_no, bad.column) == (1, column)
    assert bad.reason == reason


def test_a_faulty_layout_is_told_and_raises_nothing() -> None:
    statement = read(vnpay(ROW), changed(VNPAY, delimiter="blank"))
    assert statement.is_readable is False
    assert statement.bad_rows[0].column == "layout"
    assert statement.bad_rows[0].reason == "layout_faulty"
    assert "delimiter: must be one of" in statement.bad_rows[0].text


def test_a_file_without_its_closing_row_may_be_cut_off() -> None:
    statement = read(f"{HEADER}\r\n{ROW}\r\n")
    assert len(statement.lines) == 1
    assert statement.bad_rows == (BadRow(3, "trailer", BadRowReason.TOTALS_MISSING, ""),)


@pytest.mark.parametrize("total", ["TOTAL,x,50000", "TOTAL,1", "TOTAL,1,5.5", "TOTAL,-1,50000"])
def test_an_unreadable_closing_row_is_a_bad_row(total: str) -> None:
    statement = read(vnpay(ROW, total=total))
    assert len(statement.lines) == 1
    assert statement.totals is None
    assert {bad.column for bad in statement.bad_rows} == {"trailer"}


def test_a_second_closing_row_is_a_bad_row() -> None:
    statement = read(vnpay(ROW) + "TOTAL,1,50000\r\n")
    assert statement.totals is not None
    assert [bad.reason for bad in statement.bad_rows] == ["totals_twice"]


@given(st.binary(max_size=400))
def test_nothing_raises_whatever_the_bytes(tail: bytes) -> None:
    content = vnpay(ROW).encode() + tail
    rows = [raw for raw in content.split(b"\n") if raw.strip()]
    statement = read(content)
    judged = len(statement.lines) + len(statement.bad_rows) + statement.unpaid_count
    assert judged == len(rows) - 2
    assert read(tail).lines == ()


BANK = {
    "encoding": "utf-8",
    "delimiter": "semicolon",
    "quoted": True,
    "columns": {
        "memo": "Nội dung",
        "provider_transaction": "Số CT",
        "amount": "Ghi có",
        "paid_at": "Ngày GD",
    },
    "amount": {"scale": "decimal", "thousands_separator": ",", "may_be_empty": True},
    "paid_at": {"format": "%d/%m/%Y %H:%M:%S"},
}


def listing(*rows: str) -> str:
    return "\n".join(["Ngày GD;Số CT;Ghi nợ;Ghi có;Nội dung", *rows, ""])


def test_a_banks_listing_names_payments_in_its_memos() -> None:
    long = f"MBVCB.1.{'A' * 200}.22000000000000018901.CT tu NGUYEN VAN A"
    text = listing(
        f"01/03/2026 13:30:15;FT1;;50,000;{long}",
        '01/03/2026 13:31:00;FT2;;1,250,000;"NOP PHI 220 000 000 000 000 189"',
        "01/03/2026 13:32:00;FT3;;7,000;tien dien",
        "01/03/2026 13:33:00;FT4;9,000;;phi chuyen tien",
        "01/03/2026 13:34:00;FT5;9,000;0;phi chuyen tien",
        "01/03/2026 13:35:00;FT6;;7x;22000000000000018901",
    )
    statement = read(text, BANK)
    assert [(line.provider_transaction, line.payment_no) for line in statement.lines] == [
        ("FT1", "22000000000000018901"),
        ("FT2", "220000000000000189"),
        ("FT3", ""),
    ]
    assert statement.lines[1].amount == Money(1_250_000, "VND")
    assert statement.unpaid_count == 2
    (bad,) = statement.bad_rows
    assert (bad.row_no, bad.provider_transaction) == (7, "FT6")
    assert bad.payment_no == "22000000000000018901"


def test_an_empty_amount_is_a_bad_row_where_the_layout_does_not_expect_it() -> None:
    layout = changed(BANK, amount={"scale": "decimal", "thousands_separator": ","})
    statement = read(listing("01/03/2026 13:33:00;FT4;9,000;;phi"), layout)
    assert [(bad.row_no, bad.column) for bad in statement.bad_rows] == [(2, "amount")]


def test_both_layouts_of_the_simulator_are_valid() -> None:
    assert validate_layout(VNPAY) == []
    assert validate_layout(SANDBOX) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"encoding": "latin-1"}, "encoding: must be one of utf-8, utf-8-sig, gb18030"),
        ({"delimiter": ","}, "delimiter: must be one of comma"),
        ({"quoted": "yes"}, "quoted: must be true or false"),
        ({"skip_rows": -1}, "skip_rows: must be 0 to 1000"),
        ({"columns": {"payment_no": "TxnRef"}}, "columns/amount: is missing"),
        ({"columns": {**VNPAY["columns"], "memo": "X"}}, "columns: needs either payment_no or"),
        ({"columns": {"provider_transaction": "X", "amount": "Y"}}, "needs either payment_no"),
        ({"amount": {"scale": "minor", "may_be_empty": 1}}, "amount/may_be_empty: must be true"),
        ({"columns": {**VNPAY["columns"], "payer": "X"}}, "columns/payer: is not known here"),
        ({"columns": {**VNPAY["columns"], "amount": "TxnRef"}}, "columns: names the same column"),
        ({"amount": {"scale": "cents"}}, "amount/scale: must be one of"),
        ({"amount": {"scale": "minor", "thousands_separator": " "}}, "amount/thousands_separator"),
        ({"amount": {"scale": "decimal", "thousands_separator": "."}}, "decimal point too"),
        ({"paid_at": {"format": "%Y%m%d%I%M%S"}}, "paid_at/format: does not give a day's 14:05"),
        ({"paid_at": {"format": "%m%d%H%M%S"}}, "paid_at/format: does not give a day's 14:05"),
        ({"paid_at": {"format": "%Y%m%d%H%M%S", "zone": "Hanoi"}}, "paid_at/zone: is no zone"),
        ({"paid_at": None}, "paid_at: must be an object"),
        ({"kind": None}, "kind: needs both its column and its values"),
        ({"kind": {"payment": ["01"], "refund": ["01"]}}, "kind: has a value for both"),
        ({"kind": {"payment": [], "refund": ["01"]}}, "kind/payment: names no value"),
        ({"status": {"accepted": []}}, "status/accepted: names no value"),
        ({"trailer": {"marker": "T", "payment_count": 1}}, "trailer/payment_count: must be 2"),
        ({"trailer": {"marker": "T", "payment_count": 2, "payment_amount": 2}}, "two totals"),
        ({"colour": "red"}, "colour: is not known here"),
    ],
)
def test_a_faulty_layout_is_described(changes: dict[str, Any], problem: str) -> None:
    problems = validate_layout(changed(VNPAY, **changes))
    assert any(problem in each for each in problems), problems
