"""Rows are rebuilt from the journal alone, and are those of the tables, byte for byte."""

import random
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.storage.expressions import decode, encode
from infra.errandless.derive import is_log
from infra.errandless.replay import ReplayReport
from infra.errandless.replay_command import attributes_of, exit_code, report_as_json, show
from infra.errandless.row_store import VIEWS
from tests.journal.kept import replayed
from tests.journal.reconciled import DAY, statement
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.notifications import ipn_code, send_ipn
from tests.support.paid_orders import created, paid
from tests.support.portal_client import call, start
from tests.support.rows import ledger_rows, scan

CASES = 4


def cancelled(province: LocalProvince, number: int) -> str:
    code = created(province, number)
    target = f"/v1/orders/{code}/cancel"
    assert call(province, "POST", target, idempotency_key=f"c-{number}").status == 200
    return code


def paid_twice(province: LocalProvince, number: int) -> str:
    code = created(province, number)
    for turn in (1, 2):
        started = start(province, code, idempotency_key=f"p-{number}-{turn}")
        if turn == 1:
            first = started.json["payment_no"]
        elif started.status == 201:
            second = started.json["payment_no"]
            assert ipn_code(send_ipn(province, second, vnp_TransactionNo=f"9{number}")) == "00"
    assert ipn_code(send_ipn(province, first, vnp_TransactionNo=f"8{number}")) == "00"
    return code


def unknown_money(province: LocalProvince, number: int) -> str:
    send_ipn(province, "220000000000012314" + "01", 9_000, vnp_TransactionNo=f"7{number}")
    return ""


def statement_of_some(province: LocalProvince, number: int) -> str:
    """A day later, a file that knows some of that day's payments, and one that we do not."""
    province.pump()
    rows = ledger_rows(province, "T#")[::2]
    lines = [(row["payment_no"], row["provider_transaction"], row["amount_minor"]) for row in rows]
    body = statement(*lines, ("2" * 20, f"6{number}", 5_000))
    now = province.clock.at
    province.clock.at = now + timedelta(days=1)
    province.put_statement("vnpay", "quangninh", DAY, f"{number}.csv", body)
    province.clock.at = now
    return ""


def busy_province(province: LocalProvince, seed: int, steps: int = 9) -> None:
    """A history that nobody thought out: the journal is kept now and then, in batches of any
    size, and sometimes a batch comes twice."""
    chance = random.Random(seed)
    acts = (created, paid, paid, cancelled, paid_twice, unknown_money, statement_of_some)
    for number in range(1, steps + 1):
        chance.choice(acts)(province, number)
        if chance.random() < 0.5:
            province.pump()
        if chance.random() < 0.4:
            province.keep_journal(batch_size=chance.choice((1, 2, 5, 500)))
    province.pump()
    again = dict(province._journal_position)
    province.keep_journal()
    if chance.random() < 0.5:
        province._journal_position.update(again)
        province.keep_journal(batch_size=3)


def assert_same(report: ReplayReport) -> None:
    assert report.faults == []
    assert report.differences == [], report_as_json(report)
    assert exit_code(report) == 0


@pytest.mark.parametrize("seed", range(CASES))
def test_any_history_is_rebuilt_byte_for_byte(province: LocalProvince, seed: int) -> None:
    busy_province(province, seed)
    report = replayed(province)
    assert_same(report)
    rows = scan(province.settings.views_table)
    assert report.rows == {
        "ledger": len(ledger_rows(province)),
        "views": sum(1 for row in rows if not is_log(encode(row))),
    }
    assert report.unrecorded == 0


@pytest.fixture
def settled(province: LocalProvince) -> LocalProvince:
    paid(province, 1)
    paid(province, 2, ("FEE-1", "CHARGE"))
    unknown_money(province, 3)
    province.pump()
    province.keep_journal()
    return province


def views_row(province: LocalProvince, prefix: str) -> dict[str, Any]:
    return scan(province.settings.views_table, prefix)[0]


def put_view(province: LocalProvince, row: dict[str, Any]) -> None:
    client("dynamodb").put_item(TableName=province.settings.views_table, Item=encode(row))


@pytest.mark.parametrize("prefix", ["ORDERS#", "REFERENCE#", "DAY#", "TOKEN#", "CASES#"])
def test_a_wrong_derived_row_is_shown_and_repaired(settled: LocalProvince, prefix: str) -> None:
    right = views_row(settled, prefix)
    name = next(name for name in sorted(right) if name not in ("pk", "sk"))
    put_view(settled, {**right, name: "planted"})
    shown = replayed(settled)
    (difference,) = shown.differences
    assert (difference.side, difference.pk, difference.sk) == (VIEWS, right["pk"], right["sk"])
    assert attributes_of(difference) == [(name, plain(right[name]), "planted")]
    assert exit_code(shown) == 3
    mended = replayed(settled, repair=True)
    assert (mended.repaired, mended.left, exit_code(mended)) == (1, 0, 0)
    assert views_row(settled, prefix) == right
    assert_same(replayed(settled))


def plain(value: Any) -> Any:
    return str(value) if isinstance(value, int) else value


def test_a_missing_and_a_made_up_row_are_repaired(settled: LocalProvince) -> None:
    before = scan(settled.settings.views_table)
    day = views_row(settled, "DAY#")
    key = {name: day[name] for name in ("pk", "sk")}
    client("dynamodb").delete_item(TableName=settled.settings.views_table, Key=encode(key))
    put_view(settled, {**day, "sk": "99999999"})
    report = replayed(settled, repair=True)
    assert (report.different[VIEWS], report.repaired) == (2, 2)
    assert scan(settled.settings.views_table) == before


def test_a_changed_money_row_is_shown_and_never_written(settled: LocalProvince) -> None:
    order = ledger_rows(settled, "O#")[0]
    table = settled.settings.ledger_table
    client("dynamodb").put_item(TableName=table, Item=encode({**order, "amount_minor": 1}))
    report = replayed(settled, repair=True)
    (difference,) = report.differences
    assert (difference.side, difference.pk) == ("ledger", order["pk"])
    assert attributes_of(difference) == [("amount_minor", str(order["amount_minor"]), "1")]
    assert (report.repaired, exit_code(report)) == (0, 3)
    assert ledger_rows(settled, order["pk"])[0]["amount_minor"] == 1


def test_what_the_journal_has_not_got_yet_is_not_repaired_backwards(
    settled: LocalProvince,
) -> None:
    paid(settled, 5)
    settled.pump()
    rows = scan(settled.settings.views_table)
    report = replayed(settled, repair=True)
    assert report.different.total() > 3
    assert report.repaired == 0
    assert scan(settled.settings.views_table) == rows


def test_a_row_that_changes_while_it_is_compared_is_left_as_it_is(
    settled: LocalProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = views_row(settled, "TOKEN#")
    put_view(settled, {**right, "number": 77})
    from infra.errandless.live_tables import LiveTables

    repair = LiveTables.repair

    def raced(live: LiveTables, difference: Any) -> bool:
        put_view(settled, {**right, "number": 78})
        return repair(live, difference)

    monkeypatch.setattr(LiveTables, "repair", raced)
    report = replayed(settled, repair=True)
    assert (report.repaired, report.left) == (0, 1)
    assert views_row(settled, "TOKEN#")["number"] == 78


def test_one_day_compares_what_changed_on_that_day(settled: LocalProvince) -> None:
    days = {name.split("/")[1] for name in client_names(settled)}
    (day,) = days
    report = replayed(settled, day=day)
    assert_same(report)
    assert report.rows["ledger"] == len(ledger_rows(settled))
    other = replayed(settled, day="2020-01-01")
    assert_same(other)
    assert other.rows == {"ledger": 0, "views": 0}


def client_names(province: LocalProvince) -> list[str]:
    found = client("s3").list_objects_v2(Bucket=province.settings.journal_bucket)
    return [each["Key"] for each in found["Contents"]]


def test_it_is_said_readably(settled: LocalProvince, capsys: pytest.CaptureFixture[str]) -> None:
    right = views_row(settled, "TOKEN#")
    put_view(settled, {**right, "number": 77})
    show(replayed(settled))
    said = " ".join(capsys.readouterr().err.split())
    assert "Journal says" in said
    assert "77" in said
    assert "1 differ, 0 repaired" in said


def test_rows_are_the_tables_own(settled: LocalProvince) -> None:
    """The comparison is of all attributes: an empty table would differ everywhere."""
    views = client("dynamodb").scan(TableName=settled.settings.views_table)["Items"]
    for item in views:
        row = decode(item)
        if row["pk"].startswith("ORDERS#"):
            key = {name: item[name] for name in ("pk", "sk")}
            client("dynamodb").delete_item(TableName=settled.settings.views_table, Key=key)
    assert replayed(settled).different[VIEWS] == 2
