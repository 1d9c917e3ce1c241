"""Many at once: the same messages, the same facts, the same day, from racing threads."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from unittest import mock

import pytest

from chalicelib.domain.finance_systems import ResultKind
from chalicelib.errors import TryLater
from chalicelib.finance import apply
from chalicelib.finance.desk import find_system, open_desk
from chalicelib.finance.inbox import receive
from chalicelib.finance.number_results import ResultDesk, number_results
from chalicelib.receipts.request_results import ResultRequest
from chalicelib.storage.finance_inbox import FinanceInbox
from chalicelib.storage.finance_results import FinanceResults
from infra.simulator.finance import FinanceSystem
from tests.support.finance import SENDER, a_notice, calling, exchange, pay, reports, send, sent
from tests.support.local_province import LocalProvince
from tests.support.rows import ledger_rows

WORKERS = 6


def race(works: Sequence[Callable[[], object]]) -> None:
    with ThreadPoolExecutor(len(works)) as pool:
        for each in [pool.submit(work) for work in works]:
            each.result()


@pytest.mark.parametrize("seed", range(2))
def test_racing_senders_of_the_same_messages_apply_each_once_and_in_order(
    province: LocalProvince, system: FinanceSystem, seed: int
) -> None:
    messages = [system.message("bill", a_notice(f"N-{number}")) for number in range(1, 5)]
    messages += [
        system.message("bill_amendment", a_notice("N-1", amount=f"{amount}", REASON="again"))
        for amount in (900_000, 800_000, 700_000)
    ]
    messages.append(system.message("bill_cancellation", a_notice("N-2", REASON="withdrawn")))
    messages.append(system.message("bill", a_notice("N-2", amount="350000")))
    found = find_system(province.platform.setup.read_province(), SENDER)
    assert found is not None
    desk = open_desk(province.platform, found)
    keys = desk.keys()

    def send_all(worker: int) -> Callable[[], None]:
        def work() -> None:
            shuffled = list(messages)
            random.Random(seed * 100 + worker).shuffle(shuffled)
            for message in shuffled:
                while not told(message):
                    pass

        def told(message: dict[str, Any]) -> bool:
            try:
                state = receive(desk, keys, message)["state"]
            except TryLater:
                return False
            assert state in ("accepted", "waiting")
            return True

        return work

    race([send_all(worker) for worker in range(WORKERS)])
    answers = sent(province, *messages)
    assert [each["state"] for each in answers] == ["accepted"] * len(messages)
    bills = sorted(
        (row["reference"], row["status"], row["amount_minor"], row["bill_version"])
        for row in ledger_rows(province, "O#")
    )
    assert bills == [
        ("N-1", "created", 700_000, 4),
        ("N-2", "cancelled", 1_000_000, 2),
        ("N-2", "created", 350_000, 1),
        ("N-3", "created", 1_000_000, 1),
        ("N-4", "created", 1_000_000, 1),
    ]
    assert [each["result"]["amount_minor"] for each in answers[4:7]] == [900_000, 800_000, 700_000]
    (head,) = [row for row in ledger_rows(province, "FINH#") if row["sk"] == "in"]
    assert head["next"] == len(messages) + 1


@pytest.mark.parametrize("kind", ["bill_amendment", "bill_cancellation"])
def test_who_is_overtaken_while_he_applies_a_message_does_not_call_it_refused(
    province: LocalProvince, system: FinanceSystem, kind: str
) -> None:
    """The other one has changed the bill, and died before he said so."""
    sent(province, system.message("bill", a_notice()))
    message = system.message(kind, a_notice(amount="900000", REASON="again"))
    real, turns = apply._find_bill, []

    def overtaken(*given: Any) -> Any:
        turns.append(given)
        if len(turns) == 1:
            with mock.patch.object(FinanceInbox, "finish", side_effect=RuntimeError("died")):
                assert send(province, message).status == 500
        return real(*given)

    with mock.patch.object(apply, "_find_bill", overtaken):
        (answer,) = sent(province, message)
    assert len(turns) == 2
    assert (answer["state"], answer["problem"]) == ("accepted", None)


def test_racing_numberers_count_without_a_gap_or_a_double(
    province: LocalProvince, system: FinanceSystem
) -> None:
    codes = []
    for number in range(1, 13):
        (answer,) = sent(province, system.message("bill", a_notice(f"N-{number}")))
        codes.append(answer["result"]["payment_code"])
        pay(province, codes[-1], 1_000_000, number)
    parts = province.platform
    orders = parts.ledger.read_orders(codes)
    results = FinanceResults(parts.dynamo, parts.settings.ledger_table)
    desk = ResultDesk(parts.ledger, parts.receipt_book, results, "Asia/Ho_Chi_Minh")

    def number_some(worker: int) -> Callable[[], None]:
        def work() -> None:
            chance = random.Random(worker)
            for _ in range(4):
                some = chance.sample(codes, 5)
                requests = [
                    ResultRequest(SENDER, code, ResultKind.PAID, orders[code].paid_by or "")
                    for code in some
                ]
                number_results(desk, requests)

        return work

    race([number_some(worker) for worker in range(WORKERS)])
    province.pump()  # the rest, and what was told already
    told = results.read(SENDER, range(1, 100))
    assert [each.number for each in told] == list(range(1, 25))
    assert results.next_number(SENDER) == 25
    paid = [each.payment_code for each in told if each.kind is ResultKind.PAID]
    assert sorted(paid) == sorted(codes)
    assert system.read_results(calling(province)) == 24


def test_two_runs_of_the_schedule_write_one_revision(
    province: LocalProvince, system: FinanceSystem
) -> None:
    (answer,) = sent(province, system.message("bill", a_notice()))
    pay(province, answer["result"]["payment_code"], 1_000_000)
    province.pump()
    province.clock.advance(hours=20)
    from chalicelib.finance.day_files import write_due_days
    from chalicelib.jobs.finance_files import day_desk

    found = find_system(province.platform.setup.read_province(), SENDER)
    assert found is not None
    desk = day_desk(open_desk(province.platform, found))
    race([partial(write_due_days, desk, province.clock())] * 4)
    exchange(province)
    keys = reports(province, f"finance/{SENDER}/out/")
    assert {key.split("/")[4] for key in keys} == {"001"}
    assert len(ledger_rows(province, "FIND#")) == 1
