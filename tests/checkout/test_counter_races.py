"""Two clerks, a payer's phone and a closing drawer at one order: whatever is between two calls of
the store, one payment stands, and every other is refused before its money or waits for a refund."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from chalicelib.storage.dynamo import Dynamo
from tests.support.counters import (
    close,
    look,
    new_order,
    opened,
    record_slip,
    seed,
    take_cash,
)
from tests.support.local_province import LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, start
from tests.support.rows import ledger_rows

Act = Callable[[], Any]
MOST_CALLS = 20


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed) as running:
        yield running


@contextmanager
def cut_in(at: int, other: Act) -> Iterator[list[str]]:
    """`other` acts before the `at`-th call of the store; the calls are listed."""
    calls: list[str] = []
    plain = Dynamo._call

    def counted(self: Dynamo, operation: str, **parameters: Any) -> dict[str, Any]:
        calls.append(operation)
        if len(calls) == at + 1:
            with mock.patch.object(Dynamo, "_call", plain):
                other()
        return plain(self, operation, **parameters)

    with mock.patch.object(Dynamo, "_call", counted):
        yield calls


def dispositions(province: LocalProvince, code: str) -> list[str]:
    rows = ledger_rows(province, "T#")
    return sorted(row["disposition"] for row in rows if row["payment_no"].startswith(code))


def case_count(province: LocalProvince, code: str) -> int:
    rows = ledger_rows(province, "CASE#")
    return sum(row["payment_no"].startswith(code) for row in rows)


def require_one_payment(province: LocalProvince, code: str, where: object) -> None:
    order = call(province, "GET", f"/v1/orders/{code}").json
    found = dispositions(province, code)
    assert (order["status"], found.count("applied")) == ("paid", 1), (where, found)
    assert case_count(province, code) == len(found) - 1, where


def play(
    province: LocalProvince, first: Callable[[str, int], Any], other: Callable[..., Any]
) -> int:
    """With the second one in each place of the first's calls. Returns how many there were."""
    for at in range(MOST_CALLS):
        code = new_order(province, f"k-{at}")
        phone = start(province, code, "vnpay", f"v-{at}").json["payment_no"]
        with cut_in(at, lambda: other(code, at, phone)) as calls:  # noqa: B023
            first(code, at)
        if len(calls) <= at:
            return at
        require_one_payment(province, code, (at, calls))
    raise AssertionError("it never ended")


def test_two_clerks_at_two_drawers(province: LocalProvince) -> None:
    one, two = opened(province), opened(province, key="s-2", counter="a-2")
    answers: list[int] = []

    def first(code: str, at: int) -> None:
        answers.append(take_cash(province, one, code, f"a-{at}").status)

    def other(code: str, at: int, _phone: str) -> None:
        answers.append(take_cash(province, two, code, f"b-{at}").status)

    assert play(province, first, other) > 8
    # Nobody's cash had to be given back: the second was told before it was taken.
    assert {row["disposition"] for row in ledger_rows(province, "T#")} == {"applied"}
    assert set(answers) == {201, 409}
    sums = [look(province, f"shifts/{each}").json["expected_minor"] for each in (one, two)]
    assert sum(sums) == 2 * 500_000 + 50_000 * len(ledger_rows(province, "T#"))


@pytest.mark.parametrize("means", ["cash", "card"])
def test_a_clerk_and_a_phone(province: LocalProvince, means: str) -> None:
    shift = opened(province)

    def first(code: str, at: int) -> None:
        if means == "cash":
            take_cash(province, shift, code, f"a-{at}")
        else:
            record_slip(province, shift, code, f"a-{at}", trace=str(at + 1))

    def other(_code: str, at: int, phone: str) -> None:
        send_ipn(province, phone, 50_000, vnp_TransactionNo=str(9_000_000 + at))

    assert play(province, first, other) > 8


def test_the_same_clerk_s_second_click(province: LocalProvince) -> None:
    shift = opened(province)
    texts: dict[str, set[str]] = {}

    def click(code: str, at: int, _phone: str = "") -> None:
        answer = take_cash(province, shift, code, f"a-{at}")
        texts.setdefault(code, set()).add(answer.text)

    assert play(province, click, click) > 8
    assert all(len(each) == 1 for each in texts.values())
    assert all("surplus" not in row["disposition"] for row in ledger_rows(province, "T#"))


def test_a_slip_typed_by_two_at_once(province: LocalProvince) -> None:
    shift = opened(province)

    def first(code: str, at: int) -> None:
        record_slip(province, shift, code, f"a-{at}", trace=str(at + 1))

    def other(code: str, at: int, _phone: str) -> None:
        record_slip(province, shift, code, f"b-{at}", trace=str(at + 1))

    count = play(province, first, other)
    assert count > 8
    totals = look(province, f"shifts/{shift}").json["totals"][1]
    assert totals["amount_minor"] == 50_000 * len(ledger_rows(province, "T#pos"))


def test_a_drawer_that_is_counted_while_somebody_pays(province: LocalProvince) -> None:
    """The sale is in the count, or it is refused: never in a closed shift."""
    sold = refused = 0
    for at in range(MOST_CALLS):
        shift = opened(province, key=f"s-{at}")
        code = new_order(province, f"k-{at}")
        body: dict[str, Any] = {
            "counted_minor": 500_000,
            "reason": "counted while a payer stood there",
        }
        act = lambda: close(province, shift, key=f"z-{at}", **body)  # noqa: B023, E731
        with cut_in(at, act) as calls:
            answer = take_cash(province, shift, code, f"a-{at}")
        close(province, shift, key=f"y-{at}", **body)
        told = look(province, f"shifts/{shift}").json
        taken = dispositions(province, code)
        assert told["state"] == "closed"
        assert told["expected_minor"] == 500_000 + 50_000 * len(taken), (at, calls)
        assert (answer.status, taken) in ((201, ["applied"]), (409, [])), (at, answer)
        sold, refused = sold + len(taken), refused + (not taken)
        if len(calls) <= at:
            break
    assert sold
    assert refused
