"""Two persons at once, a provider at the same moment, and rows that the first release wrote."""

import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from threading import Barrier, local
from typing import Any
from unittest import mock

import pytest

from chalicelib.checkout.decide_case import (
    Asked,
    CaseDesk,
    Decided,
    assign_money,
    decide_refund,
    dismiss_case,
    take_case,
)
from chalicelib.domain.cases import Case, public_case_id
from chalicelib.errors import ErrandlessError
from chalicelib.storage.cases import CaseChange, Cases, ChangeRefused
from chalicelib.storage.order_changes import end_held_case
from chalicelib.storage.stored_answers import StoredAnswer
from tests.support import open_cases
from tests.support.local_province import LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.open_cases import MONEY, STRANGER, decide, look, money, new_order
from tests.support.portal_client import call, start
from tests.support.portal_receiver import PortalReceiver
from tests.support.province_tables import read_tables
from tests.support.rows import ledger_rows
from tests.support.seeded import OPERATOR_KEY, seed
from tests.support.settled_invariants import check_settled

CASE_ID = f"suspense:{MONEY}"
REASON = "as the payer said"


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed, PortalReceiver()) as running:
        yield running


def desk(province: LocalProvince) -> CaseDesk:
    parts = province.platform
    return CaseDesk(parts.ledger, parts.cases, parts.setup.read_province())


def asked(province: LocalProvince, by: str) -> Asked:
    return Asked(CASE_ID, by, province.clock())


def race(*acts: Callable[[], Any]) -> list[Any]:
    """Each has read what it decides from before the first of them writes. What each came to: its
    answer, or the code of its refusal."""
    barrier, seen, change = Barrier(len(acts)), local(), Cases.change

    def wait(cases: Cases, asked_for: CaseChange) -> ChangeRefused | None:
        if not hasattr(seen, "waited"):
            seen.waited = True
            barrier.wait(timeout=60)
        return change(cases, asked_for)

    with mock.patch.object(Cases, "change", wait), ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(outcome, acts))


def outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except ErrandlessError as error:
        return error.code


def just_before_writing(happens: Callable[[], Any], act: Callable[[], Any]) -> Any:
    """`happens` after all was read, before the first try to write."""
    left, change = [happens], Cases.change

    def late(cases: Cases, asked_for: CaseChange) -> ChangeRefused | None:
        while left:
            left.pop()()
        return change(cases, asked_for)

    with mock.patch.object(Cases, "change", late):
        return outcome(act)


def settle(province: LocalProvince) -> None:
    province.pump()
    check_settled(read_tables(province))


def status_of(province: LocalProvince, code: str) -> str:
    status: str = call(province, "GET", f"/v1/orders/{code}").json["status"]
    return status


def test_of_two_persons_who_decide_at_once_one_is_told_that_it_was_decided(
    province: LocalProvince,
) -> None:
    open_cases.suspense(province)
    code = new_order(province)
    first, second = race(
        lambda: assign_money(desk(province), asked(province, "An"), code, REASON),
        lambda: decide_refund(desk(province), asked(province, "Bình"), REASON),
    )
    assert [first, second].count("case_decided") == 1
    is_assigned = second == "case_decided"
    assert status_of(province, code) == ("paid" if is_assigned else "created")
    assert money(province)["disposition"] == ("applied" if is_assigned else "refund_due")
    settle(province)


def test_money_pays_one_of_two_orders(province: LocalProvince) -> None:
    open_cases.suspense(province)
    codes = [new_order(province, f"k-{number}") for number in range(4)]
    found = race(
        *(
            partial(assign_money, desk(province), asked(province, f"person {code}"), code, REASON)
            for code in codes
        )
    )
    assert sorted(map(str, found)).count("case_decided") == 3
    assert sorted(status_of(province, code) for code in codes) == ["created"] * 3 + ["paid"]
    settle(province)


def test_an_order_is_paid_by_one_of_two_moneys(province: LocalProvince) -> None:
    send_ipn(province, STRANGER, vnp_TransactionNo="776")
    send_ipn(province, STRANGER, vnp_TransactionNo="777")
    code = new_order(province)
    found = race(
        *(
            partial(
                assign_money,
                desk(province),
                Asked(f"suspense:T#vnpay#quangninh#{number}", "An", province.clock()),
                code,
                REASON,
            )
            for number in ("776", "777")
        )
    )
    assert found.count("order_paid") == 1
    dispositions = [row["disposition"] for row in ledger_rows(province, "T#")]
    assert sorted(dispositions) == ["applied", "suspense"]
    settle(province)


def test_a_case_is_taken_by_one_of_two(province: LocalProvince) -> None:
    open_cases.suspense(province)
    found = race(
        *(partial(take_case, desk(province), asked(province, by)) for by in ("An", "Bình"))
    )
    assert found.count("case_taken") == 1


def test_one_request_twice_at_once_is_decided_once_and_answered_alike(
    province: LocalProvince,
) -> None:
    open_cases.suspense(province)
    counter = count()

    def answer(_: Case) -> StoredAnswer:
        return StoredAnswer("operators", b"key", b"body", 200, f"answer {next(counter)}")

    def decide_it() -> Decided:
        wanted = Asked(CASE_ID, "An", province.clock(), b"key", answer)
        return decide_refund(desk(province), wanted, REASON)

    found = race(decide_it, decide_it)
    assert sorted(each.is_replay for each in found) == [False, True]
    assert len({each.answer.text for each in found}) == 1
    (row,) = ledger_rows(province, "CASE#")
    assert [each["event"] for each in row["decisions"]] == ["refund_decided"]


def test_an_order_that_its_channel_pays_at_the_same_moment_takes_no_other_money(
    province: LocalProvince,
) -> None:
    open_cases.suspense(province)
    code = new_order(province)
    payment_no = start(province, code).json["payment_no"]
    found = just_before_writing(
        lambda: send_ipn(province, payment_no),
        lambda: assign_money(desk(province), asked(province, "An"), code, REASON),
    )
    assert found == "order_paid"
    assert money(province)["disposition"] == "suspense"
    settle(province)


def test_a_payment_that_starts_at_the_same_moment_only_takes_the_next_number(
    province: LocalProvince,
) -> None:
    open_cases.suspense(province)
    code = new_order(province)
    found = just_before_writing(
        lambda: start(province, code),
        lambda: assign_money(desk(province), asked(province, "An"), code, REASON),
    )
    assert found.case.decisions[0].assigned_to == code + "02"
    settle(province)


def test_an_order_that_is_cancelled_at_the_same_moment_is_not_paid(
    province: LocalProvince,
) -> None:
    open_cases.suspense(province)
    code = new_order(province)
    target = f"/v1/orders/{code}/cancel"
    found = just_before_writing(
        lambda: call(province, "POST", target, {}, idempotency_key="c-1"),
        lambda: assign_money(desk(province), asked(province, "An"), code, REASON),
    )
    assert found == "order_cancelled"
    settle(province)


def test_a_case_that_is_taken_at_the_same_moment_is_decided_all_the_same(
    province: LocalProvince,
) -> None:
    open_cases.suspense(province)
    found = just_before_writing(
        lambda: take_case(desk(province), asked(province, "Bình")),
        lambda: decide_refund(desk(province), asked(province, "An"), REASON),
    )
    assert (found.case.owner, found.case.state) == ("Bình", "refund_due")
    (row,) = ledger_rows(province, "CASE#")
    assert (row["owner"], row["state"]) == ("Bình", "refund_due")


@pytest.mark.parametrize("amount", [50_000, 49_999])
def test_a_hold_that_a_person_dismisses_while_its_money_comes_loses_nothing(
    province: LocalProvince, amount: int
) -> None:
    """The provider is told to come again, and is taken then."""
    case_id = open_cases.held(province)
    payment_no = look(province, case_id)["payment_no"]
    wanted = Asked(f"held_by_provider:{payment_no}", "An", province.clock())
    left = [lambda: dismiss_case(desk(province), wanted, REASON)]

    def late(*given: Any) -> Any:
        if given[-1] is not None and left:
            left.pop()()
        return end_held_case(*given)

    with mock.patch("chalicelib.storage.ledger.end_held_case", late):
        assert send_ipn(province, payment_no, amount).json["RspCode"] == "99"
    assert not left
    assert ledger_rows(province, "T#") == []
    assert send_ipn(province, payment_no, amount).json["RspCode"] == (
        "00" if amount == 50_000 else "04"
    )
    assert len(ledger_rows(province, "T#")) == 1
    settle(province)


# Rows as commit 0bc1c5a wrote them.

OLD_CASE = {
    "pk": f"CASE#{CASE_ID}",
    "sk": "-",
    "kind": "suspense",
    "subject": MONEY,
    "payment_no": STRANGER,
    "amount_minor": 50_000,
    "currency": "VND",
    "opened_at": 1_772_416_800_000,
    "state": "open",
}
OLD_MONEY = {
    "pk": MONEY,
    "sk": "-",
    "channel": "vnpay",
    "account": "quangninh",
    "provider_transaction": "777",
    "payment_no": STRANGER,
    "amount_minor": 50_000,
    "currency": "VND",
    "paid_at": 1_772_416_890_000,
    "recorded_at": 1_772_416_800_000,
    "disposition": "suspense",
    "raw": zlib.compress(b"vnp_TxnRef=220000000000012314"),
}


@pytest.fixture
def old_rows(province: LocalProvince) -> LocalProvince:
    for row in (OLD_CASE, OLD_MONEY):
        province.platform.dynamo.put(province.settings.ledger_table, row)
    province.pump()
    return province


@pytest.mark.parametrize("verb", ["take", "assign", "refund"])
def test_a_case_of_the_first_release_is_read_and_decided(
    old_rows: LocalProvince, verb: str
) -> None:
    case_id = public_case_id(CASE_ID)
    assert [each["case_id"] for each in list_cases(old_rows)] == [case_id]
    assert (look(old_rows, case_id)["state"], look(old_rows, case_id)["owner"]) == ("open", None)
    bodies: dict[str, dict[str, str]] = {
        "take": {},
        "refund": {"reason": REASON},
        "assign": {"reason": REASON, "payment_code": new_order(old_rows)},
    }
    assert decide(old_rows, case_id, verb, **bodies[verb]).status == 200
    settle(old_rows)
    row = money(old_rows)
    kept = {"raw", "provider_transaction", "amount_minor", "paid_at", "recorded_at"}
    assert {name: row[name] for name in kept} == {name: OLD_MONEY[name] for name in kept}


def list_cases(province: LocalProvince) -> Any:
    return call(province, "GET", "/v1/cases", key=OPERATOR_KEY).json["items"]
