"""A payment's story is told for whatever number somebody has in hand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.storage.dynamo import Dynamo
from infra.errandless.explain_command import show_story, story_as_json
from infra.errandless.failures import OperatorError
from infra.errandless.journal_story import add_journal
from infra.errandless.story import Rows, Story, tell
from tests.journal.kept import bucket_journal, copy_journal
from tests.support.biller_bank import Bank, add_banks
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn
from tests.support.paid_orders import created, paid
from tests.support.rows import ledger_rows


def rows_of(province: LocalProvince) -> Rows:
    settings = province.settings
    tables = {
        "LedgerTable": settings.ledger_table,
        "ViewsTable": settings.views_table,
        "SetupTable": settings.setup_table,
    }
    accounts = (("sandbox", "quangninh"), ("vnpay", "quangninh"))
    return Rows(Dynamo(client("dynamodb")), tables, accounts)


def sentences(province: LocalProvince, number: str) -> list[str]:
    return [event.what for event in tell(rows_of(province), number).in_order()]


@pytest.fixture
def code(province: LocalProvince) -> str:
    code = paid(province, 1)
    province.pump()
    province.keep_journal()
    return code


def test_a_paid_orders_story_is_told_in_order(province: LocalProvince, code: str) -> None:
    assert [each for each in sentences(province, code) if "delivery" not in each] == [
        "order created",
        "payment started",
        "money recorded: applied",
        "receipt issued",
        "notice order.paid",
        "notice receipt.issued",
        "provider took the money",
        "payment is succeeded",
        "order is paid",
    ]


def test_an_order_comes_before_its_payment_that_is_known_to_the_second_only() -> None:
    story, second = Story("1"), datetime(2026, 3, 2, 9, 0, 21, tzinfo=UTC)
    story.add(second.replace(microsecond=558_000), "order created")
    story.add(second, "payment started")
    story.add(second - timedelta(milliseconds=1), "before")
    assert [each.what for each in story.in_order()] == [
        "before",
        "order created",
        "payment started",
    ]


def test_every_number_leads_to_the_same_story(province: LocalProvince, code: str) -> None:
    told = story_as_json(tell(rows_of(province), code))
    assert told["payment_code"] == code
    receipt = ledger_rows(province, "R#")[0]
    grouped = " ".join(code[start : start + 3] for start in range(0, 18, 3))
    for number in (
        *(grouped, code + "01", "14000001"),
        *(receipt["token"], f"{receipt['series']}/{receipt['number']:07d}"),
    ):
        assert story_as_json(tell(rows_of(province), number)) == told, number


def test_deliveries_stand_with_their_answers(province: LocalProvince, code: str) -> None:
    told = tell(rows_of(province), code).in_order()
    delivered = [each.detail for each in told if each.what == "notice's delivery 1"]
    assert sorted(detail.partition(":")[0] for detail in delivered) == [
        "order.paid to endpoint-a",
        "receipt.issued to endpoint-a",
    ]


def test_money_of_no_order_is_told_with_its_case(province: LocalProvince) -> None:
    send_ipn(province, "220000000000012314" + "01", 9_000, vnp_TransactionNo="777")
    story = tell(rows_of(province), "777")
    assert story.payment_code is None
    assert {each.what for each in story.events} == {
        "provider took the money",
        "money recorded: suspense",
        "case opened: suspense",
    }


def test_a_second_payment_is_told_with_the_first(province: LocalProvince, code: str) -> None:
    send_ipn(province, code + "01", vnp_TransactionNo="888")
    assert {
        "money recorded: applied",
        "money recorded: surplus",
        "case opened: double_payment",
    } <= set(sentences(province, code))


def test_a_payment_that_was_taken_back_stays_in_the_story(province: LocalProvince) -> None:
    add_banks(province.platform)
    bank, code = Bank(province), created(province, 7)
    bank.pay(bank.locked(code))
    province.pump()
    assert bank.reverse().status == 200
    province.pump()
    told = sentences(province, code)
    for sentence in (
        "money recorded: reversed",
        "provider took the payment back",
        "receipt voided",
        "notice order.reversed",
        "notice receipt.voided",
    ):
        assert sentence in told, (sentence, told)


def test_an_unpaid_order_says_when_it_is_looked_at_again(province: LocalProvince) -> None:
    assert sentences(province, created(province)) == [
        "order created",
        "order is created",
        "order is due again",
    ]


def test_an_unknown_number_is_said_in_a_sentence(province: LocalProvince) -> None:
    for number in ("220000000000012314", "nothing", "UNITA/0000001", "12"):
        with pytest.raises(OperatorError, match="Nothing in this province"):
            tell(rows_of(province), number)


def test_the_journal_adds_when_each_status_changed(
    province: LocalProvince, code: str, tmp_path: Path
) -> None:
    for source in (bucket_journal(province), copy_journal(province, tmp_path)):
        story = tell(rows_of(province), code)
        add_journal(story, source)
        added = [each.what for each in story.in_order() if each.what.startswith("journal: ")]
        assert added == [
            "journal: order created",
            "journal: order created to pending",
            "journal: payment 01 initiated",
            "journal: order pending to paid",
            "journal: payment 01 initiated to succeeded",
        ]


def test_it_is_shown_as_a_table(
    province: LocalProvince, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    show_story(tell(rows_of(province), code))
    shown = capsys.readouterr().out
    assert "order created" in shown
    assert "receipt issued" in shown
