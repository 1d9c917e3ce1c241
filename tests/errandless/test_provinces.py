"""Provinces' folders are looked at, and seeded into a stack, as often as one likes."""

import json
import shutil
from pathlib import Path

import pytest

from infra.errandless import province_commands, province_overview
from infra.errandless.paths import PROVINCES
from infra.errandless.province_overview import check_province, list_provinces
from tests.errandless.conftest import Typed
from tests.support.local_province import LocalProvince


@pytest.fixture
def provinces(tmp_path: Path) -> Path:
    shutil.copytree(PROVINCES / "quangninh", tmp_path / "quangninh")
    return tmp_path


def spoil(provinces: Path, file: str, old: str, new: str) -> None:
    path = provinces / "quangninh" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_provinces_are_listed_with_what_they_hold(typed: Typed) -> None:
    listed = {each["code"]: each for each in typed("province", "list", "--json").json["provinces"]}
    assert set(listed) == {each.parent.name for each in PROVINCES.glob("*/profile.json")}
    quangninh = listed["quangninh"]
    assert (quangninh["country"], quangninh["currency"], quangninh["marks"]) == ("VN", "VND", 0)
    rows = (PROVINCES / "quangninh" / "payee_units.csv").read_text().splitlines()
    assert quangninh["units"] == len(rows) - 1
    accounts = json.loads((PROVINCES / "quangninh" / "channel_accounts.json").read_text())
    assert quangninh["accounts"] == len(accounts)


@pytest.mark.parametrize("code", sorted(each.name for each in PROVINCES.iterdir()))
def test_every_province_here_is_shown_and_has_no_fault(typed: Typed, code: str) -> None:
    shown = typed("province", "show", code)
    assert shown.code == 0, shown.err
    assert "Payee units" in shown.out
    checked = typed("province", "check", code, "--json")
    assert (checked.code, checked.json["faults"]) == (0, [])


@pytest.mark.parametrize(
    ("file", "old", "new", "row", "told"),
    [
        ("fee_items.csv", ",fixed,8000,", ",fixed,8k,", 2, "amount_minor"),
        ("payee_units.csv", "2005-01-01", "yesterday", 2, "valid_from"),
        ("profile.json", '"22"', '"02"', None, "digits"),
        ("channel_accounts.json", '"vnpay",', '"vnpya",', 1, "unknown channel 'vnpya'"),
        ("deployment.json", "{", "[", None, "not readable"),
        ("portals.sample.json", '"portal_id"', '"portal"', 1, "portal"),
    ],
)
def test_a_fault_is_named_by_file_and_row(
    provinces: Path, file: str, old: str, new: str, row: int | None, told: str
) -> None:
    spoil(provinces, file, old, new)
    faults = check_province("quangninh", sandbox=False, provinces=provinces).faults
    assert (file, row) in {(each.file, each.row) for each in faults}
    assert any(told in each.text for each in faults)


def test_a_mark_is_a_fault_for_aws_and_none_for_a_sandbox(provinces: Path) -> None:
    spoil(provinces, "profile.json", "0203 000 0000", "FILL IN: whom a payer calls")
    (fault,) = check_province("quangninh", sandbox=False, provinces=provinces).faults
    assert (fault.file, fault.text.partition(": ")[2]) == (
        "profile.json",
        "'FILL IN' is still there",
    )
    assert check_province("quangninh", sandbox=True, provinces=provinces).faults == ()
    assert [each.marks for each in list_provinces(provinces)] == [1]


def test_faults_end_with_1_and_are_printed_one_a_line(
    provinces: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(provinces, "fee_items.csv", ",fixed,8000,", ",fixed,8k,")
    spoil(provinces, "payee_units.csv", "2005-01-01", "yesterday")
    monkeypatch.setattr(
        province_commands,
        "check_province",
        lambda code, *, sandbox: check_province(code, sandbox=sandbox, provinces=provinces),
    )
    done = typed("province", "check", "quangninh")
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[-1] == "2 faults."
    assert any(line.startswith("fee_items.csv:2: amount_minor: ") for line in lines)
    assert any(line.startswith("payee_units.csv:2: valid_from: ") for line in lines)
    monkeypatch.setattr(province_overview, "PROVINCES", provinces)
    listed = list_provinces(provinces)
    assert [each.faults for each in listed] == [2]


@pytest.mark.parametrize("code", ["../infra", "", "quangninh/..", "."])
def test_what_is_no_province_is_none(typed: Typed, code: str) -> None:
    for command in ("show", "check"):
        done = typed("province", command, code)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("There is no province")


def test_seeding_tells_what_changed_and_again_that_nothing_did(
    here: LocalProvince, typed: Typed
) -> None:
    """The tests' small catalogue gives way to the province's own files."""
    before = here.platform.setup.read_province().version
    first = typed("seed", "quangninh", "--local", "--json")
    assert first.code == 0, first.err
    changes = {(each["what"], each["kind"]) for each in first.json["changes"]}
    assert ("changed", "version in use") in changes
    assert ("new", "document of the province") in changes
    assert ("new", "portal") in changes
    assert first.json["province_version"] != before
    assert first.json["missing_secrets"] == []
    second = typed("seed", "quangninh", "--local", "--json")
    assert (second.code, second.json["changes"]) == (0, [])
    assert second.json["province_version"] == first.json["province_version"]
    shown = typed("seed", "quangninh", "--local")
    assert "rows stayed as they were" in shown.out


def test_seeding_tells_no_secret(here: LocalProvince, typed: Typed) -> None:
    for options in (("--json",), ()):
        done = typed("seed", "quangninh", "--local", *options)
        for secret in ("ek_test_", "ok_", "whsec_"):
            assert secret not in done.out + done.err
