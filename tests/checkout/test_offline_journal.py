"""A counter without a network: sold by the stand-alone script, brought in afterwards."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.counters import (
    SECOND_CLERK_KEY,
    SLIP,
    STRANGER_KEY,
    block_of,
    close,
    look,
    new_order,
    opened,
    post,
    seed,
    signed_line,
    take_cash,
    upload,
)
from tests.support.local_province import LocalProvince, local_province
from tests.support.portal_client import call
from tests.support.rows import ledger_rows

SCRIPT = Path(__file__).parents[2] / "infra" / "counter" / "offline.py"
NOBODY_S_CODE = "220000000000000189"


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed) as running:
        yield running


@pytest.fixture
def shift(province: LocalProvince) -> str:
    return opened(province)


class Till:
    """The counter's own machine: no network, no package, nothing of ours but one file."""

    def __init__(self, folder: Path, block: dict[str, Any]) -> None:
        self.folder = folder
        self.block = folder / "block.json"
        self.journal = folder / "journal.jsonl"
        self.block.write_text(json.dumps(block), "utf-8")

    def run(self, command: str, *given: str) -> subprocess.CompletedProcess[str]:
        files = ["--block", str(self.block), "--journal", str(self.journal)]
        return subprocess.run(
            [sys.executable, "-I", "-S", str(SCRIPT), command, *files, *given],
            capture_output=True,
            text=True,
            check=False,
        )

    def sell(self, code: str, amount: int = 50_000, *more: str) -> str:
        given = ("--code", code, "--amount", str(amount), "--clerk", "Lê Thị Thu", *more)
        done = self.run("sell", *given)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[0]

    @property
    def lines(self) -> list[str]:
        return self.journal.read_text("utf-8").splitlines()

    def write(self, lines: list[str]) -> None:
        self.journal.write_text("".join(f"{each}\n" for each in lines), "utf-8")


@pytest.fixture
def till(province: LocalProvince, tmp_path: Path) -> Till:
    return Till(tmp_path, block_of(province))


def results(answer: Any) -> list[tuple[int | None, str, bool]]:
    assert answer.status == 200, answer
    lines = answer.json["lines"]
    return [(each["number"], each["result"], each["repeated"]) for each in lines]


def kinds(province: LocalProvince) -> list[str]:
    return sorted(row["kind"] for row in ledger_rows(province, "CASE#"))


def test_what_was_sold_without_a_network_comes_in_once(
    province: LocalProvince, shift: str, till: Till
) -> None:
    codes = [new_order(province, f"k-{no}") for no in range(3)]
    assert till.sell(codes[0], 50_000, "--received", "100000") == "a-1-2026-off-000001"
    for code in codes[1:]:
        till.sell(code)
    block = json.loads(till.block.read_text())["block"]
    answer = upload(province, shift, block, till.lines)
    assert results(answer) == [(1, "paid", False), (2, "paid", False), (3, "paid", False)]
    for code in codes:
        assert call(province, "GET", f"/v1/orders/{code}").json["status"] == "paid"
    report = answer.json["report"]
    assert (report["used"], report["unexplained"], report["unlinked"]) == ([1, 2, 3], [4, 5], [])
    before = ledger_rows(province)
    assert upload(province, shift, block, till.lines).text == answer.text
    again = upload(province, shift, block, till.lines, "u-2")
    assert results(again) == [(1, "paid", True), (2, "paid", True), (3, "paid", True)]
    after = [row for row in ledger_rows(province) if not row["pk"].startswith("I#")]
    assert after == [row for row in before if not row["pk"].startswith("I#")]
    assert close(province, shift, 500_000 + 150_000).json["difference_minor"] == 0


def test_numbers_that_nobody_used_are_cancelled_with_a_reason(
    province: LocalProvince, shift: str, till: Till
) -> None:
    till.sell(new_order(province))
    block = json.loads(till.block.read_text())["block"]
    upload(province, shift, block, till.lines)
    path = f"receipt-blocks/{block}/cancel"
    report = post(province, path, {"reason": "the network is back"}, "x-1").json
    assert (report["used"], report["cancelled"], report["unexplained"]) == ([1], [2, 3, 4, 5], [])
    assert report["whole"] is True
    till.sell(new_order(province, "k-2"))
    late = upload(province, shift, block, till.lines[1:], "u-2")
    assert results(late) == [(2, "number_cancelled", False)]
    assert late.json["report"]["doubles"] == [2]
    assert len(ledger_rows(province, "T#")) == 1


def test_an_order_that_was_paid_meanwhile_is_a_refund_case(
    province: LocalProvince, shift: str, till: Till
) -> None:
    paid, short, unknown = new_order(province), new_order(province, "k-2"), NOBODY_S_CODE
    till.sell(paid)
    till.sell(short, 40_000)
    till.sell(unknown)
    assert take_cash(province, shift, paid).status == 201
    block = json.loads(till.block.read_text())["block"]
    assert results(upload(province, shift, block, till.lines)) == [
        (1, "surplus", False),
        (2, "wrong_amount", False),
        (3, "no_order", False),
    ]
    assert kinds(province) == ["double_payment", "suspense", "wrong_amount"]
    # All of it is in the drawer.
    assert look(province, f"shifts/{shift}").json["expected_minor"] == 500_000 + 190_000


def test_a_line_that_is_missing_or_altered_is_seen(
    province: LocalProvince, shift: str, till: Till
) -> None:
    for no in range(4):
        till.sell(new_order(province, f"k-{no}"))
    first, second, third, fourth = till.lines
    altered = third.replace('"amount_minor":50000', '"amount_minor":10000')
    till.write([first, altered, fourth])
    checked = till.run("verify")
    assert checked.returncode == 2
    assert checked.stdout.splitlines() == [
        "line 2: the signature does not hold",
        "line 2: it does not follow the line before",
        "line 3: it does not follow the line before",
        "3 lines, 2 numbers left, 3 faults",
    ]
    block = json.loads(till.block.read_text())["block"]
    answer = upload(province, shift, block, [first, altered, fourth, "no JSON"])
    assert results(answer) == [
        (1, "paid", False),
        (None, "signature_wrong", False),
        (4, "paid", False),
        (None, "line_unreadable", False),
    ]
    report = answer.json["report"]
    assert (report["used"], report["unlinked"], report["unexplained"]) == ([1, 4], [4], [2, 3, 5])
    # Found again, the chain is whole.
    whole = upload(province, shift, block, [second, third], "u-2").json["report"]
    assert (whole["unlinked"], whole["unexplained"]) == ([], [5])


def test_a_line_that_nobody_can_record_holds_up_none_behind_it(province: LocalProvince) -> None:
    """Of a counter that takes no cards; and of an instant that is none."""
    shift = opened(province, key="s-2", counter="a-2")
    answer = post(province, "receipt-blocks", {"counter": "a-2", "size": 5}, "n-2")
    block = answer.json
    code = new_order(province)
    lines = [
        signed_line(block, 1, code, means="pos", received_minor=None, slip=SLIP),
        signed_line(block, 2, code, at="0001-01-01T00:00:00+14:00"),
        signed_line(block, 3, code),
    ]
    answer = upload(province, shift, block["block"], lines)
    assert results(answer) == [
        (1, "means_not_taken", False),
        (None, "line_unreadable", False),
        (3, "paid", False),
    ]
    assert answer.json["report"]["unexplained"] == [1, 2, 4, 5]


def test_a_number_that_two_lines_have_pays_once(
    province: LocalProvince, shift: str, till: Till, tmp_path: Path
) -> None:
    """The block was copied to a second machine."""
    one, two = new_order(province), new_order(province, "k-2")
    till.sell(one)
    (tmp_path / "copy").mkdir()
    copy = Till(tmp_path / "copy", json.loads(till.block.read_text()))
    copy.sell(two)
    block = json.loads(till.block.read_text())["block"]
    upload(province, shift, block, till.lines)
    answer = upload(province, shift, block, copy.lines, "u-2")
    assert results(answer) == [(1, "number_used_twice", False)]
    assert answer.json["report"]["doubles"] == [1]
    assert call(province, "GET", f"/v1/orders/{two}").json["status"] == "created"


def test_a_slip_comes_in_by_its_own_number(province: LocalProvince, shift: str, till: Till) -> None:
    slip = ("terminal=TID00001", "batch=7", "trace=101", "reference=6060", "brand=NAPAS")
    code = new_order(province)
    till.sell(code, 50_000, "--slip", *slip, "masked_pan=970436******1234")
    block = json.loads(till.block.read_text())["block"]
    assert results(upload(province, shift, block, till.lines)) == [(1, "paid", False)]
    (money,) = ledger_rows(province, "T#")
    assert money["pk"] == "T#pos#a#TID00001|000007|000101"
    whole = ("--slip", *slip, "masked_pan=9704361234561234")
    refused = till.run("sell", "--code", code, "--amount", "1", "--clerk", "x", *whole)
    assert (refused.returncode, refused.stdout) == (1, "")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("--code", "220000000000000188"), "the check digits of the code do not fit"),
        (("--code", "220000000000003099"), "the check digits of the code do not fit"),
        (("--code", NOBODY_S_CODE, "--received", "1"), "less than is owed was handed over"),
    ],
)
def test_the_till_refuses_what_it_can_know(till: Till, given: tuple[str, ...], why: str) -> None:
    refused = till.run("sell", "--amount", "50000", "--clerk", "x", *given)
    assert refused.returncode == 1
    assert why in refused.stderr
    assert not till.journal.exists()


def test_cash_is_not_taken_twice_for_one_code_and_a_charged_card_is_recorded(till: Till) -> None:
    till.sell(NOBODY_S_CODE)
    again = ("--code", NOBODY_S_CODE, "--amount", "50000", "--clerk", "x")
    refused = till.run("sell", *again)
    assert (refused.returncode, "sold before" in refused.stderr) == (1, True)
    slip = [f"{name}=1" for name in ("terminal", "batch", "trace", "reference", "brand")]
    charged = till.run("sell", *again, "--slip", *slip, "masked_pan=970436******1234")
    assert (charged.returncode, len(till.lines)) == (0, 2)


def test_the_till_stops_when_its_numbers_are_used_up(province: LocalProvince, till: Till) -> None:
    for number in range(1, 6):
        till.sell(str(int(NOBODY_S_CODE) + 97 * number))
    refused = till.run("sell", "--code", NOBODY_S_CODE, "--amount", "1", "--clerk", "x")
    assert (refused.returncode, "no number left" in refused.stderr) == (1, True)


def test_its_export_is_what_the_api_takes(
    province: LocalProvince, shift: str, till: Till, tmp_path: Path
) -> None:
    till.sell(new_order(province))
    out = tmp_path / "pieces"
    done = till.run("export", "--shift", shift, "--out", str(out))
    assert done.returncode == 0
    (piece,) = out.iterdir()
    answer = post(province, "offline-journals", json.loads(piece.read_text("utf-8")), "u-1")
    assert results(answer) == [(1, "paid", False)]


def test_blocks_follow_one_another_without_a_gap(province: LocalProvince) -> None:
    first, second = block_of(province, 5), block_of(province, 3, "n-2")
    assert (first["first"], first["last"], second["first"], second["last"]) == (1, 5, 6, 8)
    assert block_of(province, 5) == first
    other = post(province, "receipt-blocks", {"counter": "a-1", "size": 4}, "n-1")
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert first["key"] != second["key"]
    assert first["key"] not in str(ledger_rows(province))


def test_a_journal_goes_into_an_open_shift_of_its_own_counter(
    province: LocalProvince, shift: str, till: Till
) -> None:
    till.sell(new_order(province))
    block = json.loads(till.block.read_text())["block"]
    body = {"shift": shift, "block": block, "lines": till.lines}
    for key, status in ((STRANGER_KEY, 404), (SECOND_CLERK_KEY, 409)):
        assert post(province, "offline-journals", body, "u-1", key).status == status
    close(province, shift, 500_000)
    closed = upload(province, shift, block, till.lines, "u-2")
    assert (closed.status, closed.json["code"]) == (409, "shift_closed")
    assert ledger_rows(province, "T#") == []
