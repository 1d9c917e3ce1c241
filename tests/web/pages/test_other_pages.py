"""Receipt verification, forms to find an order, status, the step to a channel, errors."""

from dataclasses import replace

import pytest

from chalicelib.channels.contract import AppParams, FormPost, Instructions
from chalicelib.domain.province import Mode
from chalicelib.web.pages.action_page import action_page
from chalicelib.web.pages.error_page import Problem, error_page
from chalicelib.web.pages.find_page import Typed, front_page, printed_code_page
from chalicelib.web.pages.layout import Page, render
from chalicelib.web.pages.receipt_page import mask_name, receipt_page
from chalicelib.web.pages.status_page import status_page
from tests.web.pages.page_reader import ReadPage, read_page
from tests.web.pages.samples import (
    ADDRESS,
    CHOICES,
    CODE,
    ORDER,
    ORDERS,
    RECEIPT,
    RECEIPTED,
    UNIT,
    frame_in,
    view_of,
)

EN = frame_in("en")


def read(page: Page) -> ReadPage:
    return read_page(render(page, EN))


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("Nguyễn Văn A", "N*** V*** A***"),
        ("  Trần   Thị Bích Ngọc ", "T*** T*** B*** N***"),
        ("王小明", "王***"),
        ("O\u0302ng", "\u00d4***"),
        ("<b>", "<***"),
    ],
)
def test_a_masked_name_keeps_first_letters_and_not_even_the_length(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_a_stranger_sees_of_a_receipt_what_it_takes_to_compare_it_and_no_more() -> None:
    page = read(receipt_page(RECEIPT, UNIT, "Nguyễn Văn A", EN))
    for part in (
        "This receipt is genuine",
        "Fee receipt Number 0000123 Form 01BLP0-001 Serial QN-26E",
        "Paid to Provincial Land Registration Office Tax code 5700000001",
        "Payer N*** V*** A***",
        "Amount 500,000 VND Paid on 1 March 2026",
    ):
        assert part in page.text, part
    for private in ("Nguyễn", CODE, "14400996", "Appraisal", "H49.01-260228-0017"):
        assert private not in page.text


def test_a_receipt_says_for_whom_it_was_paid() -> None:
    name = "Nguyễn Văn A"
    text = read(receipt_page(RECEIPT, UNIT, name, EN, debtor_name="Trần Minh")).text
    assert "Payer N*** V*** A*** On behalf of T*** M***" in text


def test_a_receipt_whose_payers_name_cannot_be_opened_is_verified_without_it() -> None:
    text = read(receipt_page(RECEIPT, UNIT, None, EN)).text
    assert "This receipt is genuine" in text
    assert "Payer" not in text


def test_a_test_receipt_is_said_to_be_worthless() -> None:
    frame = replace(EN, mode=Mode.TEST)
    text = read_page(render(receipt_page(RECEIPT, UNIT, None, frame), frame)).text
    assert "Test receipt, without value." in text


@pytest.mark.parametrize(
    ("code", "word", "problems"),
    [
        ("220 000 000 000 000 092", "cdfghj", (None, None)),
        ("220-000-000-000-000-092", " CDFGHJ ", (None, None)),
        ("220000000000000029", "CDFGHJ", ("find.code_wrong", None)),
        ("22000000000000009", "CDFGH", ("find.code_length", "find.word_wrong")),
        ("", "", ("find.code_missing", "find.word_missing")),
        (CODE, "CDF/HJ", (None, "find.word_wrong")),
    ],
)
def test_what_is_typed_is_checked_before_anything_is_looked_up(
    code: str, word: str, problems: tuple[str | None, str | None]
) -> None:
    typed = Typed.read(code, word)
    assert (typed.code_problem, typed.word_problem) == problems
    assert typed.is_well_formed == (problems == (None, None))


def test_a_form_that_was_not_sent_yet_has_no_problem_and_is_not_well_formed() -> None:
    assert Typed().code_problem is None
    assert Typed().word_problem is None
    assert not Typed().is_well_formed


def test_problems_are_told_on_top_and_at_the_field_and_what_was_typed_stays() -> None:
    page = front_page(Typed.read("220000000000000029", '"><b>'), EN)
    assert page.status == 422
    shown = read(page)
    assert shown.title.startswith("Something needs correcting: ")
    assert {"#payment_code", "#word"} <= set(shown.values("a", "href"))
    assert shown.values("input", "aria-invalid") == ["true", "true"]
    assert shown.values("input", "value") == ["220000000000000029", '"><B>']
    assert shown.all("b") == []


def test_a_scanned_code_asks_for_the_word_only() -> None:
    page = read(printed_code_page(CODE, EN))
    fields = {tag.attributes["name"]: tag.attributes.get("type") for tag in page.all("input")}
    assert fields == {"payment_code": "hidden", "word": "text"}
    assert page.values("form", "action") == ["/pay?lang=en"]
    assert "You scanned payment code 220 000 000 000 000 092" in page.text


def test_the_money_page_gives_the_sentence_what_happens_next_and_the_evidence() -> None:
    text = read(status_page(view_of(RECEIPTED), EN)).text
    for part in (
        "We received 700,000 VND through VNPAY on 1 March 2026, 09:29.",
        "What happens next You need not do anything else.",
        "Payment code 220 000 000 000 000 092",
        "VNPAY’s transaction number 14400996",
        "Electronic receipts Charge receipt 0000077, Fee receipt 0000123",
        "Checked 1 March 2026, 09:30",
    ):
        assert part in text, part


def test_the_money_page_names_the_hour_by_which_an_unknown_outcome_is_known_or_taken_up() -> None:
    text = read(status_page(view_of(ORDERS["unknown"]), EN)).text
    # The order's end, 09:20 the next day, and half an hour of grace.
    assert "by 2 March 2026, 09:50 there is a result, or a person looks into it" in text
    assert "Payment started 1 March 2026, 09:28" in text


def test_a_form_for_a_channel_carries_its_fields_unchanged_and_names_its_target() -> None:
    action = FormPost("https://pay.example.vn/x?a=1&b=2", {"sign": 'a"<&>+/=', "amount": "700000"})
    page = action_page(action, CHOICES[0].names, view_of(ORDER), EN)
    shown = read(page)
    assert page.form_origins == ("https://pay.example.vn",)
    assert shown.values("form", "action") == ["https://pay.example.vn/x?a=1&b=2"]
    sent = {tag.attributes["name"]: tag.attributes["value"] for tag in shown.all("input")}
    assert sent == dict(action.fields)
    assert "Go to VNPAY" in shown.text


def test_instructions_are_paragraphs_beside_the_code() -> None:
    page = action_page(
        Instructions("Pay at <any> counter.\n\nSay the code."), {"en": "Cash"}, view_of(ORDER), EN
    )
    text = read(page).text
    assert "Pay at <any> counter. Say the code. Payment code 220 000 000 000 000 092" in text


def test_what_only_an_app_can_do_leads_back() -> None:
    page = read(action_page(AppParams({"a": "b"}), {"en": "X Pay"}, view_of(ORDER), EN))
    assert "opens only inside an app" in page.text
    assert f"{ADDRESS}?lang=en" in page.values("a", "href")


@pytest.mark.parametrize(
    ("problem", "status"),
    [
        (Problem.NOT_FOUND, 404),
        (Problem.NO_RECEIPT, 404),
        (Problem.NOT_STARTED, 502),
        (Problem.BUSY, 503),
        (Problem.REFUSED, 400),
        (Problem.INTERNAL, 500),
    ],
)
def test_an_error_page_has_its_status_and_the_number_to_quote(
    problem: Problem, status: int
) -> None:
    page = error_page(problem, EN, trace_id="1-67c2", channel="VNPAY", back=ADDRESS)
    assert page.status == status
    assert "Incident number 1-67c2" in read(page).text
