"""`errandless finance`: what an operator sees of the finance department's own system."""

import csv
import io
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.errandless.finance_proposals import diff_of
from infra.errandless.paths import PROVINCES
from infra.simulator.finance import FinanceSystem, as_file
from tests.errandless.conftest import Typed
from tests.support.finance import (
    COPIES,
    SENDER,
    UNIT,
    a_notice,
    a_system,
    answers_of,
    pay,
    report,
    seed_with_finance,
    sent,
    tell,
)
from tests.support.local_province import LocalProvince, local_province

PLACE = ("quangninh", SENDER)


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_with_finance) as running:
        yield running


@pytest.fixture
def system() -> FinanceSystem:
    return a_system()


def test_a_file_is_sent_and_answered(
    here: LocalProvince, typed: Typed, system: FinanceSystem, tmp_path: Path
) -> None:
    file = tmp_path / "day.jsonl"
    file.write_bytes(as_file([system.message("bill", a_notice())]))
    done = typed("finance", "send", *PLACE, str(file), "--local", "--json")
    assert done.code == 0, done
    tell(here, done.json["key"])
    assert [each["state"] for each in answers_of(here, "day.jsonl")] == ["accepted"]


def test_the_status_names_what_is_awaited_and_what_waits(
    here: LocalProvince, typed: Typed, system: FinanceSystem
) -> None:
    first, second, third = (system.message("bill", a_notice(f"N-{no}")) for no in (1, 2, 3))
    sent(here, first, third)
    done = typed("finance", "status", *PLACE, "--local", "--json")
    assert (done.json["next_sequence_no"], done.json["waiting"]) == (2, [3])
    assert second["sequence_no"] == 2


def test_results_are_shown_in_the_systems_own_words(
    here: LocalProvince, typed: Typed, system: FinanceSystem
) -> None:
    (answer,) = sent(here, system.message("bill", a_notice()))
    pay(here, answer["result"]["payment_code"], 1_000_000)
    here.pump()
    done = typed("finance", "results", *PLACE, "--local", "--json")
    assert [each["kind"] for each in done.json["items"]] == ["paid", "receipt"]
    assert done.json["items"][0]["body"]["NOTICENO"] == "N-1"
    done = typed("finance", "results", *PLACE, "--local", "--after", "1")
    assert "receipt" in done.out
    assert "paid" not in done.out


def test_what_differs_ends_with_3_and_leaves_a_report(
    here: LocalProvince, typed: Typed, system: FinanceSystem, tmp_path: Path
) -> None:
    sent(here, system.message("bill", a_notice()))
    here.pump()
    file = tmp_path / "held.jsonl"
    held = {"NOTICENO": "N-1", "ENTERCODE": UNIT, "TOTALMONEY": "1000000", "BILLSTATS": "0"}
    file.write_bytes(as_file([held]))
    asked = ("finance", "discrepancies", *PLACE, "2026-03-02", str(file), "--local")
    done = typed(*asked, "--json")
    assert (done.code, done.json["agreeing"], done.json["differences"]) == (0, 1, [])
    file.write_bytes(as_file([held | {"BILLSTATS": "1"}]))
    done = typed(*asked)
    assert done.code == 3
    assert "N-1" in done.out
    done = typed(*asked, "--json")
    assert b"Another status" in report(here, f"{done.json['folder']}/report.en.html")


def test_a_new_key_is_shown_once_and_the_old_one_stands_beside_it(
    here: LocalProvince, typed: Typed, system: FinanceSystem
) -> None:
    before = system.message("bill", a_notice())
    done = typed("finance", "key", *PLACE, "--local", "--yes", "--json")
    assert done.json["replaces_one"] is True
    system.key = done.json["signing_key"]
    after = system.message("bill", a_notice("N-2"))
    assert [each["state"] for each in sent(here, before, after)] == ["accepted"] * 2


def test_an_unknown_sender_is_one_sentence(here: LocalProvince, typed: Typed) -> None:
    done = typed("finance", "status", "quangninh", "nobody", "--local")
    assert done.code == 1
    assert done.err.strip() == f"There is no finance system 'nobody'; there are: {SENDER}."


def proposals_of(here: LocalProvince, system: FinanceSystem) -> None:
    unit = {"ENTERCODE": "330199", "ENTERNAME": "Đơn vị mới, số 1", "TAXCODE": "0100109106"}
    item = {"ENTERCODE": UNIT, "CHITCODE": COPIES, "CHITNAME": "Item COPIES"}
    item |= {"METRICUNIT": "page", "CHARGESTANDARD": "2500", "VALIDFROM": "20260401"}
    sent(here, system.message("unit", unit), system.message("fee_item", item))


def test_proposals_are_a_diff_of_the_files_and_change_nothing(
    here: LocalProvince, typed: Typed, system: FinanceSystem, tmp_path: Path
) -> None:
    proposals_of(here, system)
    files = {file: file.read_bytes() for file in (PROVINCES / "quangninh").iterdir()}
    to = tmp_path / "proposals.diff"
    done = typed("finance", "proposals", *PLACE, "--to", str(to), "--local", "--json")
    assert [each["catalogue"] for each in done.json["proposals"]] == ["differs", "new"]
    assert to.read_text() == done.json["diff"]
    assert {file: file.read_bytes() for file in files} == files


def test_a_diff_is_applied_by_git_and_a_tariff_is_never_overwritten(
    here: LocalProvince, system: FinanceSystem, tmp_path: Path
) -> None:
    folder = tmp_path / "infra" / "provinces" / "small"
    folder.mkdir(parents=True)
    for name in ("payee_units.csv", "fee_items.csv"):
        shutil.copy(PROVINCES / "quangninh" / name, folder / name)
    items = folder / "fee_items.csv"
    row = (
        'COPIES,UNITA|UNITB,"Bản sao, trích lục",Item COPIES,副本,phi,per_unit,2000,,,page,100,'
        "Circular 1/2025,2025-07-01,,true,true,,,\n"
    )
    items.write_text(items.read_text() + row)
    proposals_of(here, system)
    from chalicelib.finance.desk import find_system, open_desk

    found = find_system(here.platform.setup.read_province(), SENDER)
    assert found is not None
    proposals = list(open_desk(here.platform, found).inbox.list_proposals(SENDER))
    diff = diff_of(folder, proposals, "vi")
    (tmp_path / "proposals.diff").write_text(diff)
    subprocess.run(["git", "apply", "proposals.diff"], cwd=tmp_path, check=True)
    rows = list(csv.DictReader(io.StringIO(items.read_text())))
    versions = [each for each in rows if each["code"] == "COPIES"]
    told = [(each["amount_minor"], each["valid_from"], each["valid_to"]) for each in versions]
    assert told == [("2000", "2025-07-01", "2026-03-31"), ("2500", "2026-04-01", "")]
    assert versions[1]["payee_units"] == "UNITA|UNITB"
    units = list(csv.DictReader(io.StringIO((folder / "payee_units.csv").read_text())))
    assert (units[-1]["code"], units[-1]["name_vi"]) == ("330199", "Đơn vị mới, số 1")
    assert (units[-1]["name_en"], units[-1]["address"]) == ("FILL IN", "FILL IN")
    stages = [(each["stage"], each["joint_test_report"]) for each in units]
    assert stages == [("", "")] * (len(units) - 1) + [("surveyed", "")]
