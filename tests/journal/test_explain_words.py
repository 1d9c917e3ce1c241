"""A payment's story tells what its provider said, and the words themselves to who asks for them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.channels.contract import Answered
from chalicelib.domain.payments import Failed, Pending
from chalicelib.errors import DataFault, OutcomeUnknown
from infra.errandless.explain_command import show_story, story_as_json
from infra.errandless.failures import OperatorError
from infra.errandless.story import Rows, Story, tell
from tests.checkout.test_kept_answers import ask
from tests.journal.test_explain import rows_of
from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn, send_sandbox
from tests.support.portal_client import create, start

HTML = b"<html>Service \xff unavailable</html>"


def opening(province: LocalProvince) -> Rows:
    return replace(rows_of(province), evidence=province.platform.ledger.evidence)


def said(story: Story) -> list[tuple[str, str]]:
    told = (" said: ", " answered ")
    return [
        (event.what, event.detail)
        for event in story.in_order()
        if any(word in event.what for word in told)
    ]


@pytest.fixture
def payment_no(province: LocalProvince) -> str:
    """Three questions: an answer, a page of HTML, a refusal."""
    return ask(
        province,
        Answered(Pending("waiting"), b"first"),
        OutcomeUnknown("channel_answer_unreadable", "HTML", answer=HTML),
        Answered(Failed("refused"), b"last"),
    )


def test_questions_are_numbered_and_their_answers_told_in_order(
    province: LocalProvince, payment_no: str
) -> None:
    assert said(tell(rows_of(province), payment_no)) == [
        ("sandbox answered question 1: pending waiting", f"{payment_no}, 5 bytes"),
        (
            "sandbox answered question 2: unknown channel_answer_unreadable",
            f"{payment_no}, {len(HTML)} bytes",
        ),
        ("sandbox answered question 3: failed refused", f"{payment_no}, 4 bytes"),
    ]


def test_the_words_themselves_are_told_when_they_are_asked_for(
    province: LocalProvince, payment_no: str
) -> None:
    told = said(tell(opening(province), payment_no, with_words=True))
    assert [detail.split("\n")[1] for _, detail in told] == [
        "first",
        r"<html>Service \xff unavailable</html>",
        "last",
    ]
    assert all("Service" not in detail for _, detail in said(tell(rows_of(province), payment_no)))


def test_notifications_stand_among_the_rest_and_money_has_its_words(
    province: LocalProvince,
) -> None:
    code = create(province).json["payment_code"]
    number = start(province, code).json["payment_no"]
    send_ipn(province, number, vnp_TransactionStatus="01", vnp_TransactionNo="0")
    province.clock.advance(minutes=1)
    send_ipn(province, number)
    story = tell(opening(province), code, with_words=True)
    whats = [event.what for event in story.in_order()]
    assert "vnpay said: pending 01" in whats
    assert whats.index("vnpay said: pending 01") < whats.index("money recorded: applied")
    (money,) = [each for each in story.in_order() if each.what == "money recorded: applied"]
    assert "vnp_TransactionNo=14422574" in money.detail


def test_words_about_no_payment_are_found_by_their_account(province: LocalProvince) -> None:
    with pytest.raises(OperatorError):
        tell(rows_of(province), "sandbox#quangninh")
    send_sandbox(province, "", status="succeeded")
    ((what, detail),) = said(tell(rows_of(province), "sandbox#quangninh"))
    assert what == "sandbox said: unreadable notification_unreadable"
    assert detail.startswith("quangninh, ")


def test_words_about_a_payment_of_no_order_are_found_by_its_number(
    province: LocalProvince,
) -> None:
    number = "220000000000012314" + "01"
    send_ipn(province, number, vnp_TransactionStatus="01", vnp_TransactionNo="0")
    story = tell(rows_of(province), f" {number} ")
    assert [what for what, _ in said(story)] == ["vnpay said: pending 01"]
    assert story.payment_code is None
    show_story(story)
    assert (
        story_as_json(story)["events"][0]["at"]
        == datetime(2026, 3, 2, 2, 0, tzinfo=UTC).isoformat()
    )


def test_sealed_words_need_somebody_who_may_open_them(province: LocalProvince) -> None:
    platform = province.platform
    sealed = platform.ledger.evidence.pack(b"NGUYEN VAN A", "vietqr", "row")
    with pytest.raises(DataFault):
        rows_of(province).ledger.evidence.open(sealed, "row")
    assert opening(province).ledger.evidence.open(sealed, "row") == b"NGUYEN VAN A"
