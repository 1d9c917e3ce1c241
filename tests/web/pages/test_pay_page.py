from dataclasses import replace

import pytest

from chalicelib.domain.orders import Order
from chalicelib.domain.payments import PaymentStatus
from chalicelib.web.pages.layout import render
from chalicelib.web.pages.pay_page import Updates, pay_page
from tests.web.pages.page_reader import ReadPage, read_page
from tests.web.pages.samples import (
    ADDRESS,
    CASES,
    CHOICES,
    ORDER,
    ORDERS,
    PAID,
    RECEIPTED,
    attempt,
    frame_in,
    view_of,
)

EN = frame_in("en")


def shown(order: Order, language: str = "en", updates: Updates = Updates()) -> ReadPage:  # noqa: B008
    frame = frame_in(language)
    return read_page(render(pay_page(view_of(order), CHOICES, updates, frame), frame))


def buttons(page: ReadPage) -> list[str | None]:
    hidden = [tag.attributes for tag in page.all("input")]
    return [each["value"] for each in hidden if each["name"] == "channel"]


def test_the_page_says_how_much_for_what_to_whom_until_when_and_by_which_code() -> None:
    text = shown(ORDER).text
    for part in (
        "Amount to pay 700,000 VND",
        "Appraisal of a land-use certificate file Fee 500,000 VND",
        "Issue of the certificate Charge · quantity 2 Thửa 12, tờ bản đồ 34 200,000 VND",
        "Paid to Provincial Land Registration Office",
        "Pay by 2 March 2026, 09:20 (local time, UTC+7)",
        "Payment code 220 000 000 000 000 092",
        "File number H49.01-260228-0017",
        "Phone 0203 3000 001",
    ):
        assert part in text, part


def test_vietnamese_writes_it_as_vietnam_does() -> None:
    text = shown(ORDER, "vi").text
    assert "Số tiền cần nộp 700.000 đồng" in text
    assert "Hạn nộp 09:20 ngày 02/03/2026 (giờ địa phương, UTC+7)" in text
    assert "Lệ phí cấp giấy chứng nhận Lệ phí · số lượng 2" in text


def test_a_channel_is_one_form_with_its_key_and_a_closed_one_gives_its_reason() -> None:
    page = shown(ORDER)
    assert page.values("form", "action") == [f"{ADDRESS}/payments?lang=en"]
    assert page.values("form", "method") == ["post"]
    fields = {tag.attributes["name"]: tag.attributes["value"] for tag in page.all("input")}
    assert fields == {"channel": "vnpay", "key": "page-1-vnpay"}
    assert "Pay with VNPAY card, bank, wallet" in page.text
    assert "Not available now : The bank is doing maintenance until 12:00 today" in page.text


def test_two_banks_of_a_channel_differ_in_the_first_words_of_their_buttons() -> None:
    banks = [
        replace(CHOICES[0], account=name.lower(), acquirer={"en": name, "vi": name})
        for name in ("Vietcombank", "VietinBank")
    ]
    frame = frame_in("en")
    page = read_page(render(pay_page(view_of(ORDER), tuple(banks), Updates(), frame), frame))
    assert "Pay with VNPAY · Vietcombank card, bank, wallet" in page.text
    assert "Pay with VNPAY · VietinBank card, bank, wallet" in page.text


def test_a_page_without_an_open_channel_says_so() -> None:
    frame = frame_in("en")
    page = read_page(render(pay_page(view_of(ORDER), CHOICES[1:], Updates(), frame), frame))
    assert "No way to pay this online is available now" in page.text
    assert page.all("form") == []


@pytest.mark.parametrize(
    ("name", "channels"),
    [
        ("ready", ["vnpay"]),
        ("try_again", ["vnpay"]),
        ("set_right", ["vnpay"]),
        ("asking", ["vnpay"]),
        ("unknown", []),
        ("review", []),
        ("paid", []),
        ("paid_awaiting_receipt", []),
        ("paid_review", []),
        ("partly_refunded", []),
        ("refunded", []),
        ("cancelled", []),
        ("expired", []),
    ],
)
def test_a_channel_is_offered_only_where_paying_is_wise(name: str, channels: list[str]) -> None:
    page = shown(ORDERS[name])
    assert buttons(page) == channels
    assert bool(page.values("img", "src")) == bool(channels)


def test_a_payer_whose_wrong_amount_was_sent_back_is_not_told_that_no_money_moved() -> None:
    text = shown(ORDERS["set_right"]).text
    assert "Money came in through VNPAY, but it was not the amount to pay." in text
    assert "no money moved" not in text


def test_paying_another_way_while_one_is_under_way_is_behind_a_warning() -> None:
    page = shown(ORDERS["asking"])
    assert len(page.all("details")) == 1
    assert "I have not paid at VNPAY yet Pay again only if you are sure" in page.text


def test_forms_may_lead_to_the_offered_channels_pages_only_while_they_are_offered() -> None:
    assert pay_page(view_of(ORDER), CHOICES, Updates(), EN).form_origins == (
        "https://pay.example.vn",
    )
    assert pay_page(view_of(PAID), CHOICES, Updates(), EN).form_origins == ()


def test_the_page_looks_again_by_itself_ever_more_slowly_and_stops() -> None:
    pauses = []
    for checks in range(40):
        page = pay_page(view_of(ORDERS["asking"]), CHOICES, Updates(checks), EN)
        if page.refresh is None:
            break
        seconds, address = page.refresh
        assert address == f"{ADDRESS}?checks={checks + 1}&lang=en"
        pauses.append(seconds)
    assert pauses[0] == 3
    assert pauses == sorted(pauses)
    assert 15 * 60 < sum(pauses) < 20 * 60
    assert len(pauses) < 40


def test_the_payer_can_stop_the_page_from_looking_again() -> None:
    page = shown(ORDERS["asking"])
    assert f"{ADDRESS}?updates=off&lang=en" in page.values("a", "href")
    quiet = pay_page(view_of(ORDERS["asking"]), CHOICES, Updates(are_wanted=False), EN)
    assert quiet.refresh is None
    assert "This page does not update by itself" in quiet.body


@pytest.mark.parametrize(
    "name",
    ["ready", "try_again", "set_right", "review", "paid", "refunded", "cancelled", "expired"],
)
def test_a_page_on_which_nothing_is_awaited_stays_as_it_is(name: str) -> None:
    assert pay_page(view_of(ORDERS[name]), CHOICES, Updates(), EN).refresh is None


def test_a_paid_page_waits_for_its_receipts_and_then_shows_each_with_its_number() -> None:
    waiting = pay_page(view_of(PAID), CHOICES, Updates(), EN)
    assert waiting.refresh is not None
    assert "Your receipt is being issued" in waiting.body
    text = shown(RECEIPTED).text
    assert "Fee receipt Number 0000123 Form 01BLP0-001 Serial QN-26E" in text
    assert "Charge receipt Number 0000077 Form 01BLP0-002 Serial QN-26E" in text
    assert text.index("Fee receipt") < text.index("Charge receipt")
    assert "Total 500,000 VND Paid on 1 March 2026 Issued 1 March 2026" in text


def test_a_printed_receipt_bears_the_whole_address_at_which_it_is_verified() -> None:
    frame = replace(EN, base_url="https://pay.example")
    page = read_page(render(pay_page(view_of(RECEIPTED), CHOICES, Updates(), frame), frame))
    assert f"https://pay.example/r/{RECEIPTED.receipts[0].token}" in page.text


def test_a_paid_page_names_who_took_the_money_and_when() -> None:
    text = shown(replace(PAID, attempts=(attempt(PaymentStatus.FAILED), *PAID.attempts))).text
    assert "Paid We received 700,000 VND through VNPAY on 1 March 2026, 09:29." in text


def test_more_money_for_a_paid_order_is_told_without_alarm() -> None:
    text = shown(replace(RECEIPTED, cases=CASES)).text
    assert "Paid, and more money came in later" in text
    assert "if you paid too much, it is returned" in text


def test_the_way_back_to_the_portal_is_the_main_button_once_it_is_paid() -> None:
    def link(order: Order) -> str | None:
        anchors = shown(order).all("a")
        back = [tag for tag in anchors if tag.attributes.get("href") == ORDER.return_url]
        return back[0].attributes.get("class") if back else "none"

    assert link(ORDER) is None
    assert link(RECEIPTED) == "button"
    assert link(replace(ORDER, return_url=None)) == "none"


def test_a_test_order_says_on_top_that_no_real_money_moves() -> None:
    frame = replace(EN, mode=ORDERS["test_mode"].mode)
    page = read_page(
        render(pay_page(view_of(ORDERS["test_mode"]), CHOICES, Updates(), frame), frame)
    )
    assert "This is a test: no real money moves." in page.text
    assert "This is a test" not in shown(ORDER).text


def test_a_site_below_a_path_links_below_that_path() -> None:
    frame = replace(EN, base_url="https://pay.example/stage")
    page = read_page(render(pay_page(view_of(ORDER), CHOICES, Updates(), frame), frame))
    assert page.values("form", "action") == [f"/stage{ADDRESS}/payments?lang=en"]
    assert page.values("img", "src") == [f"/stage{ADDRESS}/qr.svg"]
    own = [href for href in page.values("a", "href") if href.startswith("/")]
    assert own
    assert all(href.startswith("/stage/") for href in own)
