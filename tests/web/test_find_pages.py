"""Front door, printed code, status and receipt verification over HTTP."""

from urllib.parse import urlencode, urlsplit

import pytest

from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.receipts import Receipt
from tests.support.local_province import BASE_URL, HttpAnswer, LocalProvince
from tests.support.notifications import send_ipn
from tests.support.portal_client import create, start
from tests.web.pages.page_reader import read_page

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def send(province: LocalProvince, target: str, code: str, word: str) -> HttpAnswer:
    return province.http("POST", target, urlencode({"payment_code": code, "word": word}), FORM)


def test_code_and_word_from_paper_lead_to_the_pay_page(province: LocalProvince) -> None:
    order = create(province).json
    grouped = " ".join(order["payment_code"][at : at + 3] for at in range(0, 18, 3))
    answer = send(province, "/pay?lang=en", grouped, order["verification_word"].lower())
    assert answer.status == 303
    assert answer.headers["Location"] == f"{order['pay_url']}?lang=en"


def test_a_mistyped_code_is_told_before_anything_is_looked_up(province: LocalProvince) -> None:
    answer = send(province, "/pay?lang=en", "220000000000000029", "ABCDEF")
    assert answer.status == 422
    assert "Compare it group by group" in read_page(answer.text).text


def test_the_front_door_is_in_the_provinces_first_language_and_has_one_form(
    province: LocalProvince,
) -> None:
    answer = province.http("GET", "/")
    page = read_page(answer.text)
    assert answer.status == 200
    assert page.values("html", "lang") == ["vi"]
    assert page.values("form", "action") == ["/pay?lang=vi"]


def test_a_printed_code_looks_the_same_whether_or_not_there_is_an_order(
    province: LocalProvince,
) -> None:
    code = create(province).json["payment_code"]
    known = province.http("GET", f"/c/{code}")
    unknown = province.http("GET", "/c/220000000000000092")
    assert known.status == unknown.status == 200

    def nameless(answer: HttpAnswer, code: str) -> str:
        groups = "".join(f"<span>{code[at : at + 3]}</span>" for at in range(0, 18, 3))
        return answer.text.replace(groups, "").replace(code, "")

    assert nameless(known, code) == nameless(unknown, "220000000000000092")
    assert province.http("GET", "/c/220000000000000029").status == 404


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("220000000000000093", "a digit is wrong, or two are swapped"),
        ("220000000000000029", "a digit is wrong, or two are swapped"),
        ("22000000000000092", "exactly 18 digits"),
        ("2200000000000000920", "exactly 18 digits"),
        ("22000000000000009O", "exactly 18 digits"),
    ],
)
def test_a_digit_read_wrongly_is_told_as_that_and_not_as_not_found(
    province: LocalProvince, typed: str, said: str
) -> None:
    for target in ("/pay?lang=en", "/status?lang=en"):
        answer = send(province, target, typed, "ABCDEF")
        assert answer.status == 422
        assert said in read_page(answer.text).text
    for target in (f"/c/{typed}?lang=en", f"/pay/{typed}/ABCDEF?lang=en"):
        answer = province.http("GET", target)
        assert answer.status == 404
        assert "A digit in it is wrong, or two are swapped" in read_page(answer.text).text


def test_is_my_money_safe_says_where_it_is_and_what_happens_next(province: LocalProvince) -> None:
    order = create(province).json
    code, word = order["payment_code"], order["verification_word"]
    before = read_page(send(province, "/status?lang=en", code, word).text).text
    assert "This has not been paid No payment has been tried for this code." in before
    number = start(province, code).json["payment_no"]
    during = read_page(send(province, "/status?lang=en", code, word).text).text
    assert "If you have paid, your money is safe. Please do not pay again." in during
    send_ipn(province, number)
    after = read_page(send(province, "/status?lang=en", code, word).text).text
    assert "We received 50,000 VND through vnpay" in after
    assert "vnpay’s transaction number 14422574" in after


def test_is_my_money_safe_tells_a_stranger_nothing(province: LocalProvince) -> None:
    code = create(province).json["payment_code"]
    wrong = send(province, "/status", code, "XXXXXX")
    unknown = send(province, "/status", "220000000000000092", "XXXXXX")
    assert wrong.status == unknown.status == 404
    assert wrong.text == unknown.text
    assert province.http("GET", "/status").status == 200
    assert send(province, "/status", "1", "").status == 422


def issue(province: LocalProvince) -> Receipt:
    """A receipt as the numberer writes it, and its token's row."""
    order = create(province).json
    send_ipn(province, start(province, order["payment_code"]).json["payment_no"])
    parts = province.platform
    paid = parts.ledger.read_order(order["payment_code"])
    assert paid is not None
    assert paid.paid_by is not None
    receipt = Receipt(
        series="test-UNITA-phi-2026",
        number=1,
        token="t0ken-of_a-receipt",
        kind=ReceiptKind.PHI,
        payment_code=paid.payment_code,
        payee_unit="UNITA",
        amount=paid.amount,
        lines=paid.lines,
        paid_by=paid.paid_by,
        paid_on=province.clock.at.date(),
        issued_at=province.clock.at,
        sealed_payer=paid.sealed_payer,
        pattern="01BLP0-001",
        serial="QN-26E",
    )
    assert parts.receipt_book.issue([receipt]) is None
    parts.views.write_token(receipt.token, receipt.series, receipt.number)
    return receipt


def test_a_stranger_verifies_a_receipt_by_its_token(province: LocalProvince) -> None:
    receipt = issue(province)
    answer = province.http("GET", f"/r/{receipt.token}?lang=en")
    text = read_page(answer.text).text
    assert answer.status == 200
    assert "This receipt is genuine" in text
    assert "Test receipt, without value." in text
    assert "Number 0000001 Form 01BLP0-001 Serial QN-26E Paid to Unit UNITA" in text
    assert "Payer N*** V*** A***" in text
    assert receipt.payment_code not in answer.text
    assert "Nguyễn" not in answer.text


def test_a_token_that_points_at_another_receipt_verifies_nothing(
    province: LocalProvince,
) -> None:
    receipt = issue(province)
    province.platform.views.write_token("other-token", receipt.series, receipt.number)
    assert province.http("GET", "/r/other-token").status == 404


@pytest.mark.parametrize("token", ["unknown", "x" * 3000, "%00", "1"])
def test_an_unknown_token_is_no_receipt(province: LocalProvince, token: str) -> None:
    answer = province.http("GET", f"/r/{token}?lang=en")
    assert answer.status == 404
    assert "There is no such receipt" in read_page(answer.text).text


def test_pages_lie_below_the_path_of_the_public_base_url(province: LocalProvince) -> None:
    order = create(province).json
    paths = [urlsplit(order[name]).path for name in ("pay_url",)]
    page = read_page(province.http("GET", paths[0]).text)
    assert BASE_URL == "https://pay.quangninh.example"
    assert all(action.startswith("/pay/") for action in page.values("form", "action"))


def test_an_error_of_ours_is_a_page_that_calms_and_an_alert(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    order = create(province).json

    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(province.platform.ledger, "read_order", fail)
    answer = province.http("GET", f"{urlsplit(order['pay_url']).path}?lang=en")
    assert answer.status == 500
    text = read_page(answer.text).text
    assert "your money is not lost" in text
    assert "secret detail" not in answer.text
    assert '"page_failed"' in capsys.readouterr().out
