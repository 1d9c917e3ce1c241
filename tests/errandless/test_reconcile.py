"""A day is reconciled and a file put in its place from the command line."""

from pathlib import Path

import pytest

from chalicelib.storage.reconciliations import DaySearch
from tests.errandless.conftest import Typed
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.paid_orders import paid

PLACE = ("quangninh", "vnpay", "quangninh", "2026-03-02")
RECONCILE = ("reconcile", *PLACE, "--local")
HEADER = "TxnRef,TransactionNo,Amount,PayDate,Type,Status"


def statement(folder: Path, code: str, amount: str = "50000") -> Path:
    file = folder / "vnpay-20260302.csv"
    row = f"{code}01,14000001,{amount},20260302090130,01,00"
    file.write_text(f"{HEADER}\n{row}\nTOTAL,1,{amount}\n")
    return file


@pytest.fixture
def code(here: LocalProvince) -> str:
    code = paid(here, 1)
    here.pump()
    here.clock.advance(days=1)
    return code


def order_amount(here: LocalProvince, code: str) -> str:
    order = here.platform.ledger.read_order(code)
    assert order is not None
    return order.amount.decimal_text()


def test_a_missing_statement_ends_with_3_and_says_what_to_do(code: str, typed: Typed) -> None:
    done = typed(*RECONCILE, "--json")
    assert done.code == 3
    (day,), (found,) = done.json["days"], done.json["breaks"]
    assert (day["status"], day["ours"]["count"], day["theirs"]["count"]) == ("not_arrived", 1, 0)
    assert found["kind"] == "statement_missing"
    assert found["suggested_action"].startswith("Yêu cầu kênh thanh toán")
    english = typed(*RECONCILE, "--lang", "en").out
    assert "Ask the channel for the file" in english
    assert "请向渠道索取文件" in typed(*RECONCILE, "--lang", "zh").out


def test_a_file_that_is_put_makes_the_day_agree(
    here: LocalProvince, code: str, typed: Typed, tmp_path: Path
) -> None:
    file = statement(tmp_path, code, order_amount(here, code))
    done = typed("statements", "put", *PLACE, str(file), "--local", "--json")
    assert done.code == 0, done.err
    assert done.json["key"] == "statements/vnpay/quangninh/2026-03-02/vnpay-20260302.csv"
    stored = client("s3").get_object(Bucket=done.json["bucket"], Key=done.json["key"])
    assert stored["Body"].read() == file.read_bytes()
    reconciled = typed(*RECONCILE, "--json")
    assert (reconciled.code, reconciled.json["breaks"]) == (0, [])
    assert reconciled.json["days"][0]["matched"]["count"] == 1
    files = typed("statements", "list", *PLACE, "--local", "--json").json["files"]
    assert [each["state"] for each in files] == ["reconciled"]


def test_the_same_file_again_is_not_sent_and_another_is(
    here: LocalProvince, code: str, typed: Typed, tmp_path: Path
) -> None:
    file = statement(tmp_path, code)
    put = ("statements", "put", *PLACE, str(file), "--local", "--json")
    assert [typed(*put).json["was_there"] for _ in range(2)] == [False, True]
    file.write_text(file.read_text().replace("50000", "60000"))
    assert typed(*put).json["was_there"] is False


def test_a_rerun_changes_nothing(code: str, typed: Typed) -> None:
    first = typed(*RECONCILE, "--json").json["days"][0]
    assert typed(*RECONCILE, "--json").json["days"][0] == first
    assert first["revision"] == 1


def test_a_wrong_amount_is_listed_with_its_row_and_action(
    here: LocalProvince, code: str, typed: Typed, tmp_path: Path
) -> None:
    typed("statements", "put", *PLACE, str(statement(tmp_path, code, "1")), "--local")
    assert typed(*RECONCILE).code == 3
    listed = typed("reconcile", *PLACE, "--breaks", "--local", "--json", "--lang", "en")
    assert listed.code == 0
    (found,) = listed.json["breaks"]
    assert (found["kind"], found["payment_no"]) == ("amount_mismatch", f"{code}01")
    assert found["theirs"] == {"amount_minor": 1, "currency": "VND"}
    everywhere = typed("reconcile", "quangninh", "--breaks", "--local", "--json").json["breaks"]
    assert [each["break_id"] for each in everywhere] == [found["break_id"]]


def test_what_is_due_is_what_the_schedule_takes(
    here: LocalProvince, code: str, typed: Typed
) -> None:
    done = typed("reconcile", "quangninh", "--local", "--json")
    assert done.code == 3
    days = {(each["channel"], each["business_day"]) for each in done.json["days"]}
    here.reconcile_due()
    kept, _ = here.platform.reconciliations.list_summaries(DaySearch(), 100, None)
    assert days == {(each.of.channel, each.of.business_day.isoformat()) for each in kept}
    assert all(each.revision == 1 for each in kept)


def test_nothing_but_json_is_on_standard_output(code: str, typed: Typed) -> None:
    done = typed("reconcile", "quangninh", "--local", "--json")
    assert done.out.startswith("{\n")
    assert isinstance(done.json, dict)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("quangninh", "vnpay"), "Say CHANNEL, ACCOUNT and DAY"),
        (("quangninh", "vnpay", "hanoi", "2026-03-02"), "there are: vnpay quangninh, sandbox"),
        (("quangninh", "vnpay", "quangninh", "yesterday"), "'yesterday' is not a day"),
        (("quangninh", "vnpay", "quangninh", "2026-03-09"), "has not come yet"),
        (("quangninh", "--lang", "fr"), "There is no language 'fr'"),
    ],
)
def test_what_cannot_be_reconciled_is_one_sentence(
    here: LocalProvince, typed: Typed, arguments: tuple[str, ...], told: str
) -> None:
    done = typed("reconcile", *arguments, "--local", "--json")
    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert len(done.err.splitlines()) == 1


def test_a_file_that_is_not_there_ends_with_2(here: LocalProvince, typed: Typed) -> None:
    done = typed("statements", "put", *PLACE, "/nowhere/at/all.csv", "--local")
    assert done.code == 2
    assert "does not exist" in done.err


def test_our_own_file_of_a_day_is_written_for_the_bank(
    code: str, typed: Typed, tmp_path: Path
) -> None:
    file = tmp_path / "ours.txt"
    done = typed("statements", "write", *PLACE, "--to", str(file), "--local", "--json")
    assert (done.code, done.json["payments"]) == (0, 1)
    _, row, total = file.read_text().splitlines()
    assert row.startswith(f"{code}01|14000001|50000|VND|")
    assert total == "TOTAL|1|50000|VND|0|2026-03-02|0"
