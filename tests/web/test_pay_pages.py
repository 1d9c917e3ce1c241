"""The pay page over HTTP, on the whole province in one process."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from chalicelib.channels.contract import Redirect
from chalicelib.domain.identifiers import build_payment_code
from chalicelib.domain.payments import PaymentStatus
from tests.support.local_province import BASE_URL, HttpAnswer, LocalProvince
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, create
from tests.web.pages.page_reader import ReadPage, read_page

OTHER_CODE = build_payment_code("22", 92)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Payer:
    """A browser without scripts: opens a page, presses a button."""

    def __init__(self, province: LocalProvince, **order: Any) -> None:
        self.province = province
        created = create(province, **order)
        assert created.status == 201, created.text
        self.order = created.json
        self.code: str = self.order["payment_code"]
        self.path = urlsplit(self.order["pay_url"]).path

    def open(self, query: str = "") -> ReadPage:
        answer = self.province.http("GET", self.path + query)
        assert answer.status == 200, answer.text
        return read_page(answer.text)

    def press(self, page: ReadPage, channel: str = "vnpay") -> HttpAnswer:
        forms = page.values("form", "action")
        fields = [tag.attributes for tag in page.all("input")]
        index = [each["value"] for each in fields if each["name"] == "channel"].index(channel)
        keys = [each["value"] for each in fields if each["name"] == "key"]
        return self.post(forms[index], {"channel": channel, "key": keys[index] or ""})

    def post(self, target: str, fields: dict[str, str]) -> HttpAnswer:
        return self.province.http("POST", target, urlencode(fields), FORM)

    def attempts(self) -> list[tuple[str, PaymentStatus]]:
        order = self.province.platform.ledger.read_order(self.code)
        assert order is not None
        return [(attempt.channel, attempt.status) for attempt in order.attempts]


@pytest.fixture
def payer(province: LocalProvince) -> Payer:
    return Payer(province)


def provider_number(answer: HttpAnswer) -> str:
    assert answer.status == 303, answer.text
    return parse_qs(urlsplit(answer.headers["Location"]).query)["vnp_TxnRef"][0]


def test_a_payer_opens_the_page_presses_one_button_pays_and_sees_it_paid(payer: Payer) -> None:
    page = payer.open()
    assert "Số tiền cần nộp 50.000 đồng" in page.text
    answer = payer.press(page)
    assert answer.headers["Location"].startswith("http://127.0.0.1:1/vnpay/pay?")
    assert payer.attempts() == [("vnpay", PaymentStatus.INITIATED)]
    waiting = payer.province.http("GET", payer.path)
    assert waiting.headers["Refresh"] == f"3; url={payer.path}?checks=1&lang=vi"
    assert "Đang chờ vnpay xác nhận" in read_page(waiting.text).text
    send_ipn(payer.province, provider_number(answer))
    payer.province.pump()
    paid = payer.open("?lang=en").text
    assert "Paid We received 50,000 VND through vnpay" in paid
    assert "Payer Nguyễn Văn An" in paid


def test_the_payment_that_is_under_way_is_found_again_by_one_button(payer: Payer) -> None:
    """A bank's code is gone from the screen after a reload: it comes back, as the same attempt."""
    first = payer.press(payer.open())
    waiting = payer.open("?lang=en")
    assert waiting.text.index("Go on with vnpay") < waiting.text.index("I have not paid")
    forms, fields = waiting.values("form", "action"), waiting.all("input")
    shown = [tag.attributes["value"] or "" for tag in fields[:2]]
    again = payer.post(forms[0] or "", {"channel": shown[0], "key": shown[1]})
    assert again.headers["Location"] == first.headers["Location"]
    assert payer.attempts() == [("vnpay", PaymentStatus.INITIATED)]


def test_a_payment_whose_time_is_over_is_not_gone_on_with(payer: Payer) -> None:
    payer.press(payer.open())
    payer.province.clock.advance(minutes=14, seconds=59)
    assert "Go on with vnpay" in payer.open("?lang=en").text
    payer.province.clock.advance(seconds=2)
    assert "Go on with vnpay" not in payer.open("?lang=en").text


def test_the_page_may_send_its_form_to_the_channel_and_nowhere_else(payer: Payer) -> None:
    policy = payer.province.http("GET", payer.path).headers["Content-Security-Policy"]
    assert "form-action 'self' http://127.0.0.1:1;" in policy


def test_a_channel_whose_page_is_where_no_form_may_lead_is_reached_by_a_link(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Redirect("https://elsewhere.example/pay?no=1")
    channel = payer.province.platform.channels["vnpay"]
    monkeypatch.setattr(channel, "start_payment", lambda *_: elsewhere)
    answer = payer.press(payer.open("?lang=en"))
    assert answer.status == 200
    page = read_page(answer.text)
    assert elsewhere.url in page.values("a", "href")
    assert "Go to vnpay" in page.text


def test_the_page_comes_in_the_orders_language_until_the_payer_chooses_another(
    province: LocalProvince,
) -> None:
    payer = Payer(province, language="en")
    assert payer.open().values("html", "lang") == ["en"]
    assert payer.open("?lang=vi").values("html", "lang") == ["vi"]
    assert payer.open("?lang=klingon").values("html", "lang") == ["en"]


def test_the_word_may_be_typed_in_small_letters(payer: Payer) -> None:
    answer = payer.province.http("GET", payer.path.lower())
    assert answer.status == 200
    assert f"{payer.path}/payments?lang=vi" in read_page(answer.text).values("form", "action")


def test_an_unknown_code_and_a_wrong_word_get_the_same_answer_to_the_byte(payer: Payer) -> None:
    word = payer.path.rpartition("/")[2]
    targets = (f"/pay/{payer.code}/XXXXXX", f"/pay/{OTHER_CODE}/{word}", f"/pay/{OTHER_CODE}/y")
    answers = [payer.province.http("GET", target) for target in targets]
    posted = [
        payer.post(f"{target}/payments", {"channel": "vnpay", "key": "k"}) for target in targets
    ]
    assert {answer.status for answer in answers + posted} == {404}
    assert len({answer.text for answer in answers + posted}) == 1
    headers = [dict(answer.headers) for answer in answers]
    assert len({header.pop("X-Request-Id") for header in headers}) == 3
    assert all(header == headers[0] for header in headers)
    for target in targets:
        assert payer.province.http("GET", f"{target}/qr.svg").status == 404
    assert payer.attempts() == []


def test_what_can_be_nobodys_code_is_told_as_mistyped(payer: Payer) -> None:
    word = payer.path.rpartition("/")[2]
    for target in (f"/pay/{payer.code[:-1]}/{word}", "/pay/x/y"):
        asked = payer.province.http("GET", target)
        posted = payer.post(f"{target}/payments", {"channel": "vnpay", "key": "k"})
        for answer in (asked, posted):
            assert answer.status == 404
            assert "hai chữ số bị đổi chỗ" in answer.text


def test_pressing_twice_starts_one_payment(payer: Payer) -> None:
    page = payer.open()
    first, second = payer.press(page), payer.press(page)
    assert provider_number(first) == provider_number(second)
    assert len(payer.attempts()) == 1


def test_two_open_pages_start_one_payment(payer: Payer) -> None:
    here, there = payer.open(), payer.open()
    assert provider_number(payer.press(here)) == provider_number(payer.press(there))
    assert len(payer.attempts()) == 1


def test_a_payer_who_left_the_channel_half_way_goes_on_with_the_same_payment(payer: Payer) -> None:
    first = provider_number(payer.press(payer.open()))
    payer.province.clock.advance(minutes=14)
    assert provider_number(payer.press(payer.open())) == first


def test_after_its_quarter_of_an_hour_a_payment_is_not_gone_on_with(
    province: LocalProvince,
) -> None:
    payer = Payer(province, expires_in_seconds=86_400)
    page = payer.open()
    assert provider_number(payer.press(page)).endswith("01")
    province.clock.advance(minutes=16)
    stale = payer.press(page)
    assert stale.headers["Location"] == f"{BASE_URL}{payer.path}?lang=vi"
    assert len(payer.attempts()) == 1
    assert provider_number(payer.press(payer.open())).endswith("02")


def test_a_page_from_before_the_payment_failed_leads_to_the_page_as_it_is_now(
    payer: Payer,
) -> None:
    page = payer.open()
    number = provider_number(payer.press(page))
    send_ipn(
        payer.province,
        number,
        vnp_ResponseCode="24",
        vnp_TransactionStatus="02",
        vnp_TransactionNo="0",
    )
    assert payer.press(page).headers["Location"] == f"{BASE_URL}{payer.path}?lang=vi"
    fresh = payer.open("?lang=en")
    assert "The last payment did not go through" in fresh.text
    assert provider_number(payer.press(fresh)).endswith("02")


def test_a_paid_order_leads_back_to_its_page_and_starts_nothing(payer: Payer) -> None:
    page = payer.open()
    send_ipn(payer.province, provider_number(payer.press(page)))
    answer = payer.post(f"{payer.path}/payments?lang=en", {"channel": "sandbox", "key": "new"})
    assert answer.status == 303
    assert answer.headers["Location"] == f"{BASE_URL}{payer.path}?lang=en"
    assert len(payer.attempts()) == 1


def test_a_cancelled_order_asks_not_to_pay(payer: Payer) -> None:
    target = f"/v1/orders/{payer.code}/cancel"
    assert call(payer.province, "POST", target, {}, idempotency_key="c").status == 200
    page = payer.open("?lang=en")
    assert "This was cancelled This code takes no more money. Please do not pay." in page.text
    assert page.all("form") == []


def test_an_order_whose_time_is_over_offers_no_channel(payer: Payer) -> None:
    page = payer.open()
    payer.province.clock.advance(minutes=15)
    assert "The time to pay is over" in payer.open("?lang=en").text
    assert payer.press(page).headers["Location"].startswith(BASE_URL)
    assert payer.attempts() == []


@pytest.mark.parametrize(
    ("fields", "headers", "status"),
    [
        ({"channel": "vnpay", "key": ""}, FORM, 400),
        ({"channel": "vnpay", "key": "k" * 81}, FORM, 400),
        ({"channel": "vnpay", "key": "đ"}, FORM, 400),
        ({"channel": "cash", "key": "k"}, FORM, 422),
        ({"key": "k"}, FORM, 422),
        ({"channel": "vnpay", "key": "k"}, {"Content-Type": "application/json"}, 415),
        ({"channel": "vnpay", "key": "k" * 70_000}, FORM, 413),
    ],
)
def test_an_altered_form_gets_a_readable_page_with_a_number_and_starts_nothing(
    payer: Payer, fields: dict[str, str], headers: dict[str, str], status: int
) -> None:
    target = f"{payer.path}/payments?lang=en"
    answer = payer.province.http("POST", target, urlencode(fields), headers)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    text = read_page(answer.text).text
    assert "This did not work" in text
    assert "Incident number request-" in text
    assert payer.attempts() == []


def test_a_form_that_is_not_text_is_refused(payer: Payer) -> None:
    answer = payer.province.http("POST", f"{payer.path}/payments", b"channel=\xff&key=\xfe", FORM)
    assert answer.status == 400


def test_a_channel_that_closed_meanwhile_is_told_with_a_way_back(payer: Payer) -> None:
    page = payer.open("?lang=en")
    document = _closed_document()
    payer.province.platform.setup.write_province(document)
    answer = payer.press(page)
    assert answer.status == 422
    shown = read_page(answer.text)
    assert "vnpay could not be opened" in shown.text
    assert f"{payer.path}?lang=en" in shown.values("a", "href")
    assert "Not available now : Maintenance" in payer.open("?lang=en").text
    assert payer.attempts() == []


def _closed_document() -> dict[str, object]:
    from tests.support.seeded import province_document

    document = province_document()
    document["channel_accounts"][0]["closed_reason"] = {"vi": "Bảo trì", "en": "Maintenance"}
    return document


def test_the_qr_code_holds_the_pages_own_address(payer: Payer) -> None:
    from tests.web.test_qr_image import read_svg

    answer = payer.province.http("GET", urlsplit(payer.order["qr"]["image_url"]).path)
    assert answer.headers["Content-Type"] == "image/svg+xml"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
    assert read_svg(answer.text) == [payer.order["qr"]["payload"]] == [payer.order["pay_url"]]


def test_nothing_of_the_payer_is_on_the_page_before_it_is_paid_nor_ever_in_the_log(
    payer: Payer, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = payer.province.http("GET", payer.path)
    assert "Nguyễn" not in answer.text
    payer.press(read_page(answer.text))
    word = payer.path.rpartition("/")[2]
    assert word not in capsys.readouterr().out
