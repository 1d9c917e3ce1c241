"""`errandless open-codes` as an operator types it."""

import csv
import io
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

from infra.errandless import open_code_commands, open_code_papers
from infra.errandless.failures import OperatorError
from infra.errandless.portal_api import ApiAnswer, PortalApi
from infra.open_codes.emergency_plan import read_people, write_plan
from tests.errandless.conftest import Typed
from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn
from tests.support.open_codes import bind, codes_of
from tests.support.portal_client import call, start
from tests.support.province_tables import read_tables

ISSUE = (
    *("open-codes", "issue", "quangninh", "--unit", "UNITA", "--item", "FEE-1"),
    *("--purpose", "Exam", "--json"),
)


@pytest.fixture
def connected(here: LocalProvince, monkeypatch: pytest.MonkeyPatch) -> LocalProvince:
    """Commands call the province of this process."""

    def ask(method: str, path: str, body: dict[str, Any] | None, key: str) -> ApiAnswer:
        with redirect_stdout(io.StringIO()):  # where the province's own log goes
            answer = call(here, method, path, body, idempotency_key=key or None)
        return ApiAnswer(answer.status, answer.text)

    def open_api(province: str, *, local: bool, scope: str) -> PortalApi:
        assert province == "quangninh"
        return PortalApi(ask)

    for module in (open_code_commands, open_code_papers):
        monkeypatch.setattr(module, "open_api", open_api)
    return here


def issued(typed: Typed, *more: str) -> str:
    done = typed(*ISSUE, "--count", "3", *more)
    assert done.code == 0, done
    batch: str = done.json["batches"][0]["batch"]
    return batch


def test_more_than_a_batch_holds_is_issued_in_several(
    connected: LocalProvince, typed: Typed
) -> None:
    done = typed(*ISSUE, "--count", "450", "--run", "autumn")
    assert [each["count"] for each in done.json["batches"]] == [200, 200, 50]
    assert len(read_tables(connected).orders) == 450
    again = typed(*ISSUE, "--count", "450", "--run", "autumn")
    assert again.json == done.json
    assert len(read_tables(connected).orders) == 450


def test_what_the_api_refuses_is_one_sentence(connected: LocalProvince, typed: Typed) -> None:
    done = typed(*ISSUE, "--count", "1", "--item", "NONE")
    assert (done.code, done.out) == (1, "")
    assert "fee_item_unknown" in done.err
    assert "/lines/0/fee_item" in done.err


def test_sheets_and_files_are_written(
    connected: LocalProvince, typed: Typed, tmp_path: Path
) -> None:
    done = typed(*ISSUE, "--count", "60")
    batch = done.json["batches"][0]["batch"]
    common = ("quangninh", batch, "--out", str(tmp_path), "--json")
    sheets = [Path(each) for each in typed("open-codes", "sheet", *common).json["files"]]
    assert [each.name for each in sheets] == [f"{batch}-001.html", f"{batch}-049.html"]
    assert [each.read_text("utf-8").count('class="slip"') for each in sheets] == [48, 12]
    file = Path(typed("open-codes", "csv", *common).json["file"])
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 60
    connected.pump()
    listed = typed("open-codes", "list", "quangninh", "--json")
    assert [each["batch"] for each in listed.json["batches"]] == [batch]
    assert batch in typed("open-codes", "list", "quangninh").out


def test_a_day_ends_when_every_paid_code_is_bound(connected: LocalProvince, typed: Typed) -> None:
    batch = issued(typed)
    with redirect_stdout(io.StringIO()):
        code = codes_of(connected, batch)[0]["payment_code"]
        send_ipn(connected, start(connected, code).json["payment_no"])
        connected.pump()
    day_end = ("open-codes", "day-end", "quangninh", "--unit", "UNITA", "--day", "2026-03-02")
    done = typed(*day_end, "--json")
    assert (done.code, [each["payment_code"] for each in done.json["unbound"]]) == (3, [code])
    groups = " ".join(code[start : start + 3] for start in range(0, 18, 3))
    assert groups in typed(*day_end).out
    bound = typed(
        *("open-codes", "bind", "quangninh", groups, "--reference", "HS-1"),
        *("--payer", "Trần Thị Bình"),
    )
    assert (bound.code, bound.out) == (0, f"{groups}: paid, bound to HS-1.\n")
    with redirect_stdout(io.StringIO()):
        connected.pump()
    done = typed(*day_end)
    assert (done.code, done.out) == (0, "Every paid code of UNITA is bound.\n")


def test_a_wrong_digit_is_told_before_anybody_is_asked(
    connected: LocalProvince, typed: Typed
) -> None:
    done = typed(
        *("open-codes", "bind", "quangninh", "2" * 18, "--reference", "HS-1", "--payer", "A")
    )
    assert (done.code, done.err) == (1, f"'{'2' * 18}' is no payment code: a digit is wrong.\n")


def test_one_code_or_a_batch_is_taken_back(connected: LocalProvince, typed: Typed) -> None:
    batch = issued(typed)
    with redirect_stdout(io.StringIO()):
        codes = [each["payment_code"] for each in codes_of(connected, batch)]
        assert bind(connected, codes[1]).status == 200
    void = ("open-codes", "void", "quangninh")
    one = typed(*void, codes[0], "--reason", "wet", "--json")
    assert (one.code, one.json["status"]) == (0, "cancelled")
    refused = typed(*void, batch, "--reason", "over")
    assert (refused.code, refused.err) == (
        1,
        "Nothing was changed: nobody is there to be asked (--yes does it).\n",
    )
    done = typed(*void, batch, "--reason", "over", "--yes")
    assert done.code == 0
    assert f"2 codes of {batch} cannot be paid any more." in done.out
    assert "open_code_bound" in done.out


def test_keys_are_added_and_retired(connected: LocalProvince, typed: Typed) -> None:
    keys = ("open-codes", "keys", "quangninh", "--mode", "test", "--local")
    assert typed(*keys).out == "The first key is made with the first batch.\n"
    issued(typed)
    assert [each["key_id"] for each in typed(*keys, "--json").json["items"]] == ["t1"]
    added = typed(*keys, "--add", "--json").json["items"]
    assert [each["key_id"] for each in added] == ["t2", "t1"]
    retired = typed(*keys, "--retire", "t1", "--yes", "--json").json["items"]
    assert [each["key_id"] for each in retired] == ["t2"]
    last = typed(*keys, "--retire", "t2", "--yes")
    assert (last.code, last.err) == (1, "Add another key first (signing_key_last).\n")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", ("Phương án khẩn cấp", "Tổng đài nền tảng thanh toán")),
        ("en", ("Emergency plan", "Payment platform, help line")),
        ("zh", ("应急预案", "缴款平台服务电话")),
    ],
)
def test_a_plan_names_the_unit_its_batches_and_whom_to_call(
    connected: LocalProvince,
    typed: Typed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    words: tuple[str, ...],
) -> None:
    monkeypatch.delenv("ERRANDLESS_PORTAL_KEY", raising=False)
    done = typed(
        *("open-codes", "emergency-plan", "quangninh", "--unit", "QNPHG", "--lang", language),
        *("--out", str(tmp_path), "--json"),
    )
    assert Path(done.json["file"]).name == f"emergency-plan-QNPHG-{language}.html"
    text = Path(done.json["file"]).read_text("utf-8")
    assert [word for word in (*words, "QNPHG", "0203 000 0000") if word not in text] == []
    assert f'<html lang="{language}">' in text
    assert "{" not in text.partition("</style>")[2]


def test_every_plan_has_the_same_parts() -> None:
    folder = Path(__file__).parents[2] / "infra" / "open_codes" / "plan_texts"
    found = {file.stem: json.loads(file.read_text("utf-8")) for file in folder.glob("*.json")}
    assert found.keys() == {"vi", "en", "zh"}
    for texts in found.values():
        assert list(texts) == list(found["en"])
        for name, value in texts.items():
            assert len(value) == len(found["en"][name]) or isinstance(value, str)


def test_a_plan_has_its_people_and_batches(tmp_path: Path) -> None:
    from datetime import date

    batch = {
        "payee_unit": "QNPHG",
        "state": "issued",
        "batch": "K7QD4M9P",
        "lines": [{"names": {"vi": "Lệ phí", "en": "A fee"}}],
        "amount_minor": 50_000,
        "currency": "VND",
        "count": 200,
        "valid_until": "2026-04-01",
        "purpose": "Exam",
    }
    other = {**batch, "payee_unit": "QNPBC", "batch": "OTHER"}
    void = {**batch, "state": "void", "batch": "GONE"}
    drill = {**batch, "purpose": "Drill", "batch": "PLAYED"}
    used = {**batch, "unused": 0, "batch": "SOLDOUT"}
    day = date(2026, 3, 2)
    text = write_plan("quangninh", "QNPHG", "en", [batch, other, void, drill, used], today=day)
    assert "K7QD4M9P" in text
    assert "OTHER" not in text
    assert [name for name in ("GONE", "PLAYED", "SOLDOUT") if name in text] == []
    assert "1 April 2026" in text
    file = tmp_path / "emergency.json"
    contact = {"role": {"en": "Head of the counter"}, "name": "Lê Thị Cúc", "phone": "0203 1"}
    file.write_text(json.dumps({"*": {"contacts": [contact], "sheets_at": {"en": "Safe 2"}}}))
    people = read_people(file, "QNPHG")
    assert (people.contacts[0].name, people.sheets_at) == ("Lê Thị Cúc", {"en": "Safe 2"})
    file.write_text('{"*": {"contacts": [{}]}}')
    with pytest.raises(OperatorError, match=r"emergency\.json"):
        read_people(file, "QNPHG")


def test_an_unknown_unit_or_language_is_one_sentence(typed: Typed, tmp_path: Path) -> None:
    plan = ("open-codes", "emergency-plan", "quangninh", "--out", str(tmp_path), "--unit")
    assert "There is no unit 'NONE'" in typed(*plan, "NONE").err
    assert "There is no plan in 'xx'" in typed(*plan, "QNPHG", "--lang", "xx").err


def test_a_drill_wants_a_simulator(typed: Typed) -> None:
    done = typed("open-codes", "drill", "quangninh")
    assert (done.code, done.err) == (
        1,
        "A drill needs the channel simulator: `make run`, then --local.\n",
    )


def test_without_a_key_nothing_is_asked(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ERRANDLESS_PORTAL_KEY", raising=False)
    done = typed("open-codes", "list", "quangninh")
    assert done.err == ("Set ERRANDLESS_PORTAL_KEY to a portal's key with open-codes:write.\n")
