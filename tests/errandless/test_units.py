"""A unit's joint test: told from what its test orders have really been through."""

import json
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest

from infra.errandless import unit_commands
from infra.errandless.joint_test import report_fault
from infra.errandless.paths import PROVINCES
from infra.errandless.province_overview import check_province, read_folder
from tests.errandless.conftest import Typed
from tests.support.local_province import LocalProvince
from tests.support.paid_orders import paid
from tests.support.portal_client import create
from tests.support.portal_receiver import PortalReceiver

STATEMENT = (
    "TxnRef,TransactionNo,BankTranNo,BankCode,Amount,PayDate,Type,Status\r\n"
    "{},14000001,B1,NCB,50000,20260302090130,01,00\r\n"
    "TOTAL,1,50000\r\n"
)
REPORT = ("units", "report", "quangninh", "UNITA", "--local", "--json")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(unit_commands, "province_folder", lambda _: tmp_path)
    return tmp_path


def passed(told: Any) -> dict[str, bool]:
    return {step["step"]: step["passed"] for step in told["steps"]}


def test_without_a_test_order_nothing_passed(
    here: LocalProvince, typed: Typed, folder: Path
) -> None:
    done = typed(*REPORT)
    assert (done.code, done.json["passed"]) == (3, False)
    assert passed(done.json) == {"order_made": False}
    assert json.loads((folder / "joint-tests" / "UNITA.json").read_text())["unit"] == "UNITA"


def test_each_step_passes_when_it_happened(
    here: LocalProvince, typed: Typed, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(here, "k-other")
    here.pump()
    assert [name for name, is_done in passed(typed(*REPORT).json).items() if is_done] == [
        "order_made"
    ]
    monkeypatch.setattr(here.platform, "_http", PortalReceiver())
    code = paid(here, 1)
    here.pump()
    so_far = passed(typed(*REPORT).json)
    assert [name for name, is_done in so_far.items() if not is_done] == ["statement_matched"]
    here.clock.advance(hours=24)
    day = STATEMENT.format(f"{code}01").encode()
    here.put_statement("vnpay", "quangninh", "2026-03-02", "day.csv", day)
    done = typed(*REPORT)
    assert (done.code, done.json["passed"], done.json["payment_code"]) == (0, True, code)
    assert done.json["steps"][-1]["what"] == "vnpay quangninh 2026-03-02"


def test_an_unknown_unit_is_one_sentence(here: LocalProvince, typed: Typed) -> None:
    done = typed("units", "report", "quangninh", "NONE", "--local")
    assert (done.code, done.err) == (1, "There is no payee unit 'NONE' in quangninh.\n")


def with_stage(
    folder: Path, stage: str, report: str = "QNSTP.json", province: str = "quangninh"
) -> Path:
    """The province's files, with its first unit on its way in."""
    copied = folder / province
    copytree(PROVINCES / province, copied, dirs_exist_ok=True)
    path = copied / "payee_units.csv"
    heading, first, *rest = path.read_text("utf-8").splitlines()
    new = [f"{heading},stage,stage_since,joint_test_report", f"{first},{stage},2026-01-05,{report}"]
    path.write_text("\n".join([*new, *(f"{line},,," for line in rest), ""]), "utf-8")
    return copied


def faults(folder: Path) -> list[str]:
    return [
        each.text for each in check_province("quangninh", sandbox=True, provinces=folder).faults
    ]


def test_a_unit_that_names_a_report_is_live_only_with_one_that_passed(tmp_path: Path) -> None:
    copied = with_stage(tmp_path, "joint_test")
    assert faults(tmp_path) == []
    stages = {
        each["code"]: each.get("stage")
        for each in read_folder("quangninh", tmp_path)["payee_units"]
    }
    assert stages["QNSTP"] == "joint_test"
    assert set(stages.values()) == {"joint_test", None}
    with_stage(tmp_path, "live")
    place = "payee_units.csv:2: joint_test_report: joint-tests/QNSTP.json"
    assert faults(tmp_path) == [f"{place} is no report: `errandless units report` writes it"]
    report = {"province": "quangninh", "unit": "QNSTP", "passed": False}
    for changes, told in (
        ({"unit": "QNSTC"}, [f"{place} is about another unit"]),
        ({}, [f"{place} says that the joint test did not pass"]),
        ({"passed": True}, []),
    ):
        path = copied / "joint-tests" / "QNSTP.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(report | changes))
        assert faults(tmp_path) == told


def test_a_unit_that_names_none_needs_none(tmp_path: Path) -> None:
    assert report_fault(tmp_path, "quangninh", {"code": "A", "stage": "live"}) is None
    assert report_fault(tmp_path, "quangninh", {"code": "A"}) is None


def test_the_stage_is_shown(typed: Typed) -> None:
    shown = typed("province", "show", "quangninh")
    assert "Stage" in shown.out
    assert "live" in shown.out


@pytest.mark.parametrize("province", ["quangninh", "binhduong", "zhejiang"])
def test_every_province_takes_stages(province: str, tmp_path: Path) -> None:
    before = read_folder(province)["payee_units"]
    with_stage(tmp_path, "reserved", "", province)
    after = read_folder(province, tmp_path)["payee_units"]
    stage = {"stage": "reserved", "stage_since": "2026-01-05"}
    assert after == [before[0] | stage, *before[1:]]
