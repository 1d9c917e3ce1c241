"""Money that its bank took back on the same day, and the statements that may come for it."""

from collections.abc import Iterator

import pytest

from chalicelib.domain.break_guide import GUIDE
from chalicelib.domain.breaks import BreakKind
from chalicelib.domain.payments import Disposition
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.domain.statements import LineKind, StatementLine
from chalicelib.outbound import Response
from chalicelib.reconciliation.match import match_day
from chalicelib.reconciliation.partition import DayMatch
from chalicelib.reconciliation.verdicts import Held
from tests.channels.stand_ins import StandInHttp
from tests.reconciliation.days import OF, ZONE, line, nothing_held, payment, statement
from tests.support.biller_bank import Bank, seed_with_banks
from tests.support.local_province import LocalProvince, local_province
from tests.support.portal_client import call, create
from tests.support.province_tables import read_tables
from tests.support.seeded import OPERATOR_KEY
from tests.support.settled_invariants import check_settled

STANDING = payment(1)
GONE = payment(2, disposition=Disposition.REVERSED)


def held(asked: StatementLine) -> Held:
    """The ledger knows both."""
    found = {each.provider_transaction: each for each in (STANDING, GONE)}
    return Held(found.get(asked.provider_transaction), None, None)


def match(*lines: StatementLine) -> DayMatch:
    return match_day(OF, [STANDING, GONE], statement(*lines), held, zone=ZONE)


def kinds(result: DayMatch) -> list[BreakKind]:
    return [each.kind for each in result.breaks]


def given_back(row_no: int, of: DayPayment) -> StatementLine:
    return line(row_no, of, kind=LineKind.REFUND, refund_no="RV-1")


def test_a_statement_without_it_agrees_and_counts_it_nowhere() -> None:
    result = match(line(1, STANDING))
    assert (result.breaks, result.reversed) == ((), (GONE,))
    assert [each for _, each in result.matches] == [STANDING]


def test_a_statement_with_it_and_its_reversal_agrees() -> None:
    result = match(line(1, STANDING), line(2, GONE), given_back(3, GONE))
    assert (result.breaks, result.reversed) == ((), ())
    assert len(result.matches) == 3
    assert result.refunded == (GONE,)


def test_a_statement_that_still_counts_it_is_a_break_with_what_to_do() -> None:
    result = match(line(1, STANDING), line(2, GONE))
    assert kinds(result) == [BreakKind.REVERSAL_NOT_BOOKED]
    found = result.breaks[0]
    assert (found.ours, found.theirs, found.row_no) == (GONE.amount, GONE.amount, 2)
    assert found.detail == {"disposition": "reversed"}
    assert "book the reversal" in GUIDE[found.kind].action["en"]
    assert set(GUIDE[found.kind].action) == {"en", "vi", "zh"}


def test_a_reversal_without_its_payment_is_a_break() -> None:
    result = match(line(1, STANDING), given_back(2, GONE))
    assert kinds(result) == [BreakKind.MISSING_IN_CHANNEL]


def test_a_reversal_of_a_part_is_a_break_and_the_payment_is_counted() -> None:
    part = line(3, GONE, kind=LineKind.REFUND, amount=payment(2, 1).amount)
    result = match(line(1, STANDING), line(2, GONE), part)
    assert sorted(kinds(result)) == sorted(
        [BreakKind.REVERSAL_NOT_BOOKED, BreakKind.REFUND_UNMATCHED]
    )


def test_the_reversal_of_a_payment_that_stands_is_a_break() -> None:
    result = match(line(1, STANDING), given_back(2, STANDING))
    assert kinds(result) == [BreakKind.REFUND_UNMATCHED]


def test_nothing_waits_for_a_statement_when_all_was_taken_back() -> None:
    result = match_day(OF, [GONE], None, nothing_held, zone=ZONE)
    assert result.waiting == ()
    assert [each.detail for each in result.breaks] == [{"our_payments": "0"}]


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed_with_banks, StandInHttp(lambda _: Response(200, {}, b""))) as running:
        yield running


def file_of(payment_nos: dict[str, str], rows: list[str]) -> bytes:
    lines = ["payment_no|transaction_no|amount|paid_at"]
    lines += [f"{payment_nos[row]}|{row}|50000|2026-03-02T02:00:00Z" for row in rows]
    return "\r\n".join([*lines, f"TOTAL|{len(rows)}|{50_000 * len(rows)}|", ""]).encode()


@pytest.mark.parametrize(
    ("rows", "status", "breaks"),
    [
        (["FT-1"], "matched", {}),
        (["FT-1", "FT-2"], "breaks", {"reversal_not_booked": 1}),
    ],
    ids=["left out", "still counted"],
)
def test_the_day_of_a_bank_that_took_one_of_two_payments_back(
    province: LocalProvince, rows: list[str], status: str, breaks: dict[str, int]
) -> None:
    bank, payment_nos = Bank(province), {}
    for number in ("1", "2"):
        made = create(province, f"k-{number}", reference=f"HS-{number}").json
        payment_nos[f"FT-{number}"] = bank.locked(made["payment_code"], request_no=f"L-{number}")
        bank.pay(payment_nos[f"FT-{number}"], f"FT-{number}")
    assert bank.reverse("FT-2").status == 200
    province.pump()
    province.clock.advance(days=1)
    province.put_statement("biller", "a", "2026-03-02", "1.txt", file_of(payment_nos, rows))
    check_settled(read_tables(province))
    target = "/v1/reconciliations?channel=biller&business_day=2026-03-02"
    items = call(province, "GET", target, key=OPERATOR_KEY).json["items"]
    (shown,) = [each for each in items if each["account"] == "a"]
    assert (shown["status"], shown["breaks_by_kind"]) == (status, breaks)
    assert shown["ours"]["count"] == len(rows)
