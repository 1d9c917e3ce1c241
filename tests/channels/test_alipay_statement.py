import base64
import io
import tracemalloc
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.channels.alipay.channel import Alipay
from chalicelib.channels.alipay.statement import MAX_LINE_BYTES
from chalicelib.domain.money import Money
from chalicelib.domain.statements import (
    BadRow,
    ControlTotals,
    LineKind,
    Statement,
    StatementLine,
)
from chalicelib.errors import OutcomeUnknown, TryLater
from chalicelib.outbound import Response
from tests.channels.alipay_bill import DETAILS, SAMPLE, SUMMARY, TEXT, bill, packed
from tests.channels.alipay_wire import (
    FORGERS_KEY,
    GATEWAY,
    alipay_credentials,
    answering,
    content_of,
)
from tests.channels.stand_ins import ASKED_AT, StandInHttp, refuse_to_answer, with_field

DAY = date(2024, 5, 21)
TRADE = "2024052122001400000000000001"
PAID = StatementLine(
    6,
    LineKind.PAYMENT,
    TRADE,
    "ZJ202405210001",
    Money(12_500, "CNY"),
    datetime(2024, 5, 21, 2, 0, 30, tzinfo=UTC),
)
REFUNDED = StatementLine(
    7,
    LineKind.REFUND,
    TRADE,
    "ZJ202405210001",
    Money(2_500, "CNY"),
    datetime(2024, 5, 21, 3, 0, 0, tzinfo=UTC),
    "RF202405210001",
)
TOTALS = ControlTotals(1, Money(12_500, "CNY"), 1, Money(2_500, "CNY"))
ROWS = TEXT.split("\r\n")
ROW = ROWS[5]
assert ROW.startswith(TRADE)
METHOD = "alipay.data.dataservice.bill.downloadurl.query"


def read(content: bytes, day: date = DAY) -> Statement:
    account = alipay_credentials().account
    alipay = Alipay(StandInHttp(refuse_to_answer))
    return alipay.read_statement(account, day, "Asia/Shanghai", content)


def with_row(row: str | bytes) -> bytes:
    """The sample with another first row."""
    raw = row.encode("gbk") if isinstance(row, str) else row
    return bill(TEXT.encode("gbk").replace(ROW.encode("gbk"), raw))


def only(statement: Statement) -> BadRow:
    """The refund is still read, and so are the totals."""
    assert statement.lines == (REFUNDED,)
    assert statement.totals == TOTALS
    assert statement.is_readable
    [row] = statement.bad_rows
    assert row.row_no == 6
    return row


def test_the_sample_is_read_with_its_totals() -> None:
    statement = read(base64.b64decode(SAMPLE["zip_base64"]))
    assert statement == Statement((PAID, REFUNDED), (), TOTALS)
    expected = SAMPLE["expect"]
    assert len(statement.lines) == expected["rows"]
    assert PAID.amount.decimal_text() == expected["paid_total"]
    assert f"-{REFUNDED.amount.decimal_text()}" == expected["refund_total"]


def test_our_own_packing_is_that_of_the_sample() -> None:
    sample = zipfile.ZipFile(io.BytesIO(base64.b64decode(SAMPLE["zip_base64"])))
    ours = zipfile.ZipFile(io.BytesIO(bill()))
    assert set(ours.namelist()) == set(sample.namelist())
    assert {entry.flag_bits for entry in ours.infolist()} == {0}
    name = DETAILS.encode("gbk").decode("cp437")
    assert ours.read(name) == sample.read(name)


def test_columns_are_found_by_their_names() -> None:
    """In another order, and with one that we have never seen."""
    lines = []
    for line in ROWS:
        cells = line.split(",")
        lines.append(",".join(["x\t", *reversed(cells)]) if len(cells) == 25 else line)
    assert read(bill("\r\n".join(lines))) == Statement((PAID, REFUNDED), (), TOTALS)


def test_plain_line_ends_and_blank_lines_are_read() -> None:
    statement = read(bill(TEXT.replace("\r\n", "\n").replace(ROW, f"\n\n{ROW}")))
    assert statement.lines == (replace(PAID, row_no=8), replace(REFUNDED, row_no=9))
    assert statement.bad_rows == ()


def test_a_broken_gbk_byte_is_a_bad_row_that_still_names_its_payment() -> None:
    spoiled = ROW.encode("gbk").replace("护照工本费".encode("gbk"), b"\xbb\xa4\xd5\xff\xb1", 1)
    row = only(read(with_row(spoiled)))
    assert (row.column, row.reason) == ("row", "encoding_wrong")
    assert (row.provider_transaction, row.payment_no) == (TRADE, "ZJ202405210001")
    assert row.text.startswith(TRADE)


@pytest.mark.parametrize(
    ("old", "new", "column"),
    [
        ("125.00,125.00", "125.00,125.0O", "商家实收（元）"),
        ("125.00,125.00", "125.00,1,25.00", "row"),
        ("125.00,125.00", "125.00,125.001", "商家实收（元）"),
        ("125.00,125.00", "125.00,0.00", "商家实收（元）"),
        ("125.00,125.00", "125.00,-125.00", "商家实收（元）"),
        ("125.00,125.00", "125.00,100000000.01", "商家实收（元）"),
        ("125.00,125.00", "125.00,", "商家实收（元）"),
        ("交易\t", "转账\t", "业务类型"),
        ("交易\t", "退款\t", "商家实收（元）"),
        ("2024-05-21 10:00:30", "2024-05-21 25:00:30", "完成时间"),
        ("2024-05-21 10:00:30", "", "完成时间"),
        (TRADE, "2.02405E+27", "支付宝交易号"),
        ("ZJ202405210001", "ZJ 1", "商户订单号"),
        (",护照工本费,", ",护照,工本费,", "row"),
        (",0.00,护照工本费", "", "row"),
    ],
)
def test_what_cannot_be_read_is_a_bad_row_and_stops_nothing(
    old: str, new: str, column: str
) -> None:
    assert old in ROW
    assert only(read(with_row(ROW.replace(old, new, 1)))).column == column


def test_a_refund_must_be_negative() -> None:
    positive = ROWS[6].replace("-25.00,-25.00", "25.00,25.00")
    statement = read(bill(TEXT.replace(ROWS[6], positive)))
    assert statement.lines == (PAID,)
    assert [row.column for row in statement.bad_rows] == ["商家实收（元）"]


def test_what_was_received_counts_where_a_discount_was_ours() -> None:
    discounted = ROW.replace("125.00,125.00", "125.00,120.00")
    assert read(with_row(discounted)).lines[0].amount == Money(12_000, "CNY")


def test_a_row_without_an_end_is_cut_and_is_a_bad_row() -> None:
    row = only(read(with_row(ROW + "x" * 5 * MAX_LINE_BYTES)))
    assert row.reason == "row_too_long"
    assert len(row.text) == 200


@pytest.mark.parametrize("kept", [6, 7, 8, 9])
def test_a_file_that_ends_before_its_totals_says_so(kept: int) -> None:
    statement = read(bill("\r\n".join(ROWS[:kept])))
    assert [(row.column, row.row_no) for row in statement.bad_rows] == [("totals", kept + 1)]
    assert statement.lines == (PAID, REFUNDED)[: kept - 5]


def test_totals_that_are_not_those_of_the_rows_are_told_as_they_are() -> None:
    text = TEXT.replace("交易合计：1笔，商家实收共125.00元", "交易合计：12笔，商家实收共1250.50元")
    assert read(bill(text)).totals == replace(
        TOTALS, payment_count=12, payment_amount=Money(125_050, "CNY")
    )


def test_a_day_without_a_trade_has_totals_of_nothing() -> None:
    text = TEXT.replace(f"{ROW}\r\n", "").replace(f"{ROWS[6]}\r\n", "")
    text = text.replace("1笔，商家实收共125.00", "0笔，商家实收共0.00")
    text = text.replace("1笔，商家实收退款共-25.00", "0笔，商家实收退款共0.00")
    nothing = Money(0, "CNY")
    assert read(bill(text)) == Statement((), (), ControlTotals(0, nothing, 0, nothing))


@pytest.mark.parametrize("kept", [0, 1, 4, 100, 0.5, -1, -22, -30])
def test_a_truncated_zip_is_a_statement_with_one_bad_row(kept: float) -> None:
    whole = bill()
    length = round(len(whole) * kept) if isinstance(kept, float) else kept
    statement = read(whole[:length])
    assert (statement.lines, statement.totals, statement.is_readable) == ((), None, False)
    [row] = statement.bad_rows
    assert row.column == "file"


def test_a_zip_whose_checksum_does_not_hold_is_not_believed() -> None:
    whole = bytearray(bill())
    place = bytes(whole).rindex(b"PK\x03\x04") + 30 + len(DETAILS.encode("gbk")) + 200
    whole[place] ^= 0x40
    statement = read(bytes(whole))
    assert (statement.lines, len(statement.bad_rows), statement.is_readable) == ((), 1, False)


@pytest.mark.parametrize(
    "content",
    [
        packed((SUMMARY, b"")),
        packed((DETAILS, TEXT.encode("gbk")), (f"2{DETAILS}", TEXT.encode("gbk"))),
        packed((DETAILS, b"")),
        packed((DETAILS, b"#\r\n")),
        bill(TEXT.replace("商户订单号", "商户订单")),
        bill(TEXT.replace("商品名称", "商户订单号")),
        bill(TEXT.encode()),
        bill(TEXT.encode("utf-16")),
        bill("<html>登录</html>"),
        packed(),
        b"",
        b"<html></html>",
        TEXT.encode("gbk"),
    ],
)
def test_what_is_no_trade_bill_is_a_statement_with_one_bad_row(content: bytes) -> None:
    statement = read(content)
    assert (statement.lines, len(statement.bad_rows), statement.is_readable) == ((), 1, False)


def test_a_bill_of_another_day_or_account_is_not_this_one() -> None:
    assert read(bill(), date(2024, 5, 22)).bad_rows[0].column == "day"
    other = TEXT.replace("[20880000000000010156]", "[20880000000000020156]")
    assert read(bill(other)).bad_rows[0].column == "account"


@settings(max_examples=300, deadline=None)
@example(b"\x00", 872)
@given(st.binary(max_size=400), st.integers(0, 2000))
def test_no_bytes_raise(noise: bytes, place: int) -> None:
    """As the whole, in the middle of the archive, and in the middle of the file."""
    text, whole = TEXT.encode("gbk"), bill()
    for content in (
        noise,
        whole[: place % len(whole)] + noise + whole[place % len(whole) :],
        bill(text[: place % len(text)] + noise + text[place % len(text) :]),
    ):
        statement = read(content)
        assert all(line.amount.amount_minor >= 1 for line in statement.lines)
        assert statement.is_readable or len(statement.bad_rows) == 1


def test_a_file_is_never_in_memory_as_a_whole() -> None:
    """60 MB of rows, of which only the lines are kept."""
    row = ROW.replace("护照工本费", "x" * 15_000, 1)
    content = bill(TEXT.replace(ROW, "\r\n".join([row] * 4_000)))
    tracemalloc.start()
    statement = read(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(statement.lines) == 4_001
    assert peak < 8_000_000


LINK = "https://dwbillcenter.alipay.com/downloadBillFile.resource?bizType=trade&userId=1&fileId=%2F"


def fetch(
    link: Any = LINK,
    file: Callable[[str], Response] | None = None,
    reply: Callable[[bytes], Response] | None = None,
    **fields: str,
) -> tuple[bytes | None, StandInHttp]:
    answer = {"code": "10000", "msg": "Success", "bill_download_url": link}
    http = StandInHttp(
        reply or answering(METHOD, answer), file or (lambda _url: Response(200, {}, b"PK..."))
    )
    credentials = alipay_credentials()
    for name, value in fields.items():
        credentials = with_field(credentials, name, value)
    return Alipay(http).fetch_statement(credentials, DAY, ASKED_AT), http


def test_a_statement_is_fetched_from_the_link_that_alipay_gives() -> None:
    content, http = fetch()
    assert content == b"PK..."
    assert content_of(http.posted[0][1]) == {"bill_type": "trade", "bill_date": "2024-05-21"}
    assert "timestamp=2026-03-01%2014%3A35%3A09&" in http.posted[0][0]
    assert http.got == [LINK]


def test_a_plain_link_of_alipays_is_fetched_over_tls() -> None:
    assert fetch(LINK.replace("https:", "http:"))[1].got == [LINK]


@pytest.mark.parametrize("sub_code", ["isp.bill_not_exist", "BILL_NOT_EXIST"])
def test_a_bill_that_does_not_exist_is_none(sub_code: str) -> None:
    none_yet = {"code": "40004", "msg": "Business Failed", "sub_code": sub_code}
    content, http = fetch(reply=answering(METHOD, none_yet))
    assert (content, http.got) == (None, [])
    with pytest.raises(OutcomeUnknown):
        fetch(reply=answering(METHOD, none_yet, FORGERS_KEY))


@pytest.mark.parametrize(
    "link",
    [
        "https://dwbillcenter.alipay.com.evil.example/x",
        "https://evilalipay.com/x",
        "https://evil.example/alipay.com",
        "https://evil.example/?.alipay.com",
        "https://alipay.com@evil.example/x",
        "https://evil.example#.alipay.com",
        "https://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:8100/alipay/bill",
        "ftp://dwbillcenter.alipay.com/x",
        "file:///etc/passwd",
        "https://dwbillcenter.alipay.com/a b",
        "https://dwbillcenter.alipay.com/\r\nX: y",
        "",
        None,
        7,
        ["https://dwbillcenter.alipay.com/x"],
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(link: Any) -> None:
    http = StandInHttp(
        answering(METHOD, {"code": "10000", "bill_download_url": link}),
        lambda _url: Response(200, {}, b"PK..."),
    )
    with pytest.raises(OutcomeUnknown):
        Alipay(http).fetch_statement(alipay_credentials(), DAY, ASKED_AT)
    assert http.got == []


def test_the_domain_of_the_links_is_the_accounts() -> None:
    link = "https://files.alipay.example/x"
    assert fetch(link, bill_domain="alipay.example")[1].got == [link]
    with pytest.raises(OutcomeUnknown):
        fetch(LINK, bill_domain="alipay.example")


def test_a_simulators_own_origin_may_be_plain() -> None:
    gateway = "http://127.0.0.1:8100/alipay/gateway.do"
    link = "http://127.0.0.1:8100/alipay/bills/1"
    assert fetch(link, gateway_url=gateway)[1].got == [link]
    for other in ("http://127.0.0.1:8101/x", "http://localhost:8100/x"):
        with pytest.raises(OutcomeUnknown):
            fetch(other, gateway_url=gateway)
    same = f"{GATEWAY.rpartition('/')[0]}/bills/1"
    assert fetch(same)[1].got == [same]


def lose(_url: str) -> Response:
    raise OutcomeUnknown("answer_too_long", "sent")


def reach_nobody(_url: str) -> Response:
    raise TryLater("not_connected", "nothing sent")


@pytest.mark.parametrize(
    "file",
    [
        lose,
        reach_nobody,
        lambda _url: Response(404, {}, b"the link is over"),
        lambda _url: Response(302, {"location": "https://evil.example"}, b""),
        lambda _url: Response(500, {}, b"PK..."),
        lambda _url: Response(200, {}, b""),
    ],
)
def test_a_file_that_did_not_come_is_asked_for_again_later(
    file: Callable[[str], Response],
) -> None:
    with pytest.raises(OutcomeUnknown):
        fetch(file=file)


@pytest.mark.parametrize(
    "answer",
    [
        {"code": "40004", "sub_code": "isv.invalid-arguments"},
        {"code": "20000", "sub_code": "isp.unknow-error"},
        {"code": "40006", "sub_code": "isv.insufficient-isv-permissions"},
        {"code": "40004", "sub_code": "isv.busy", "bill_download_url": LINK},
        {"code": "10000"},
        {},
    ],
)
def test_a_question_that_was_refused_is_not_a_day_without_a_statement(answer: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        fetch(reply=answering(METHOD, answer))
