from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from chalicelib.domain.break_guide import GUIDE
from chalicelib.domain.breaks import Break, BreakKind
from chalicelib.domain.money import Money
from chalicelib.domain.orders import OrderStatus
from chalicelib.domain.payments import Disposition, PaymentStatus
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.domain.statements import (
    BadRow,
    BadRowReason,
    ControlTotals,
    LineKind,
    Statement,
    StatementLine,
    unreadable,
)
from chalicelib.errors import DataFault
from chalicelib.reconciliation.match import Neighbours, match_day
from chalicelib.reconciliation.partition import DayMatch, check_partition
from chalicelib.reconciliation.verdicts import Held, LookUp
from tests.reconciliation.days import (
    NEAR_MIDNIGHT,
    NOON,
    OF,
    TROUBLES,
    ZONE,
    PlantedDay,
    line,
    nothing_held,
    payment,
    payment_no,
    plant_day,
    statement,
)

SEEDS = range(150)


def run(day: PlantedDay) -> DayMatch:
    return match_day(
        OF,
        day.payments,
        day.statement(),
        day.look_up,
        zone=ZONE,
        neighbours=Neighbours(tuple(day.counted_elsewhere)),
    )


def match(
    payments: list[DayPayment], lines: Statement | None, look_up: LookUp = nothing_held
) -> DayMatch:
    return match_day(OF, payments, lines, look_up, zone=ZONE)


def kinds(result: DayMatch) -> list[BreakKind]:
    return [each.kind for each in result.breaks]


def found(result: DayMatch) -> Counter[tuple[BreakKind, str]]:
    return Counter(
        (each.kind, each.provider_transaction or each.detail["total"]) for each in result.breaks
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_exactly_the_planted_breaks_are_found(seed: int) -> None:
    day = plant_day(seed)
    result = run(day)
    assert found(result) == day.expected
    assert len(result.matches) == day.matched


def test_every_trouble_is_planted_and_every_kind_is_found_at_least_once() -> None:
    seen = Counter(kind for seed in SEEDS for kind, _ in plant_day(seed).expected)
    assert set(seen) == set(BreakKind) - {BreakKind.STATEMENT_MISSING}
    assert len(TROUBLES) == 22


@pytest.mark.parametrize("seed", SEEDS)
def test_a_multiset_comparison_agrees_on_what_matches(seed: int) -> None:
    """Another algorithm: equal triples on both sides, without the undecided money; then what goes
    back against the refunds."""
    day = plant_day(seed)
    result = run(day)
    decided = (Disposition.APPLIED, Disposition.REFUND_DUE)
    ours = Counter(
        (each.provider_transaction, each.payment_no, each.amount.amount_minor)
        for each in [*day.payments, *result.added]
        if each.disposition in decided
    )
    theirs = Counter(
        (each.provider_transaction, each.payment_no, each.amount.amount_minor)
        for each in day.lines
        if each.kind is LineKind.PAYMENT
    )
    going = [each.payment for each in day.held.values() if each.payment]
    to_go = Counter(
        (each.provider_transaction, each.amount.amount_minor)
        for each in going
        if each.disposition in (Disposition.REFUND_DUE, Disposition.REFUNDED)
    )
    gone = Counter(
        (each.provider_transaction, each.amount.amount_minor)
        for each in day.lines
        if each.kind is LineKind.REFUND
    )
    assert len(result.refunded) == (to_go & gone).total()
    assert len(result.matches) == (ours & theirs).total() + len(result.refunded)
    all_known = [*day.payments, *result.added, *result.refunded]
    known = [each for each in all_known if each not in result.reversed]
    difference = sum(each.amount.amount_minor for each in known) - sum(
        each.amount.amount_minor for each in day.lines
    )
    explained = sum(
        (each.ours.amount_minor if each.ours else 0)
        - (each.theirs.amount_minor if each.theirs else 0)
        for each in result.breaks
    )
    assert explained == difference


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_lines_and_payments_changes_nothing(seed: int) -> None:
    day = plant_day(seed)
    expected = run(day)
    random = Random(seed)
    for _ in range(3):
        random.shuffle(day.payments)
        random.shuffle(day.lines)
        assert run(day) == expected


@pytest.mark.parametrize("seed", range(40))
def test_ids_stay_when_the_file_is_issued_again_in_another_order(seed: int) -> None:
    day = plant_day(seed)
    before = {each.break_id for each in run(day).breaks}
    Random(seed).shuffle(day.lines)
    day.lines = [replace(each, row_no=place) for place, each in enumerate(day.lines, 2)]
    assert {each.break_id for each in run(day).breaks} == before


@pytest.mark.parametrize("seed", SEEDS)
def test_ids_are_unique_within_a_day(seed: int) -> None:
    result = run(plant_day(seed))
    assert len({each.break_id for each in result.breaks}) == len(result.breaks)


def test_an_id_is_of_the_account_and_the_day_too() -> None:
    one = Break(of=OF, kind=BreakKind.BAD_ROW, key="k")
    ids = {
        one.break_id,
        replace(one, kind=BreakKind.WRONG_DAY).break_id,
        replace(one, key="l").break_id,
        replace(one, of=replace(OF, account="other")).break_id,
        replace(one, of=replace(OF, business_day=date(2026, 3, 2))).break_id,
    }
    assert len(ids) == 5
    assert one.break_id == "c8525a7bd737ece146e1633b"


def test_without_a_file_every_payment_waits_and_one_break_says_so() -> None:
    payments = [payment(2), payment(1)]
    result = match(payments, None)
    assert kinds(result) == [BreakKind.STATEMENT_MISSING]
    assert result.waiting == (payments[1], payments[0])


def test_with_an_unreadable_file_every_payment_waits() -> None:
    result = match([payment(1)], unreadable("file", BadRowReason.FILE_EMPTY))
    assert kinds(result) == [BreakKind.BAD_ROW]
    assert result.waiting == (payment(1),)


def test_an_empty_file_lacks_every_payment() -> None:
    assert kinds(match([payment(1)], statement())) == [BreakKind.MISSING_IN_CHANNEL]


def test_of_two_equal_lines_the_second_is_the_duplicate() -> None:
    result = match([payment(1)], statement(line(9, payment(1)), line(3, payment(1))))
    assert [pair[0].row_no for pair in result.matches] == [3]
    assert [(each.kind, each.row_no) for each in result.breaks] == [
        (BreakKind.DUPLICATE_IN_CHANNEL, 9)
    ]


def test_of_two_lines_of_a_transaction_the_one_that_agrees_matches() -> None:
    wrong = line(2, payment(1), amount=Money(1, "VND"))
    result = match([payment(1)], statement(wrong, line(3, payment(1))))
    assert [pair[0].row_no for pair in result.matches] == [3]
    assert [(each.kind, each.row_no) for each in result.breaks] == [
        (BreakKind.DUPLICATE_IN_CHANNEL, 2)
    ]


def test_a_payment_number_twice_with_another_transaction_is_a_duplicate() -> None:
    again = line(3, payment(1), provider_transaction="OTHER")
    result = match([payment(1)], statement(line(2, payment(1)), again))
    assert len(result.matches) == 1
    assert kinds(result) == [BreakKind.DUPLICATE_IN_CHANNEL]


def test_a_known_payment_number_whose_transaction_is_held_on_another_day_is_told_so() -> None:
    older = payment(1, provider_transaction="OTHER", paid_at=NEAR_MIDNIGHT - timedelta(days=1))
    held = Held(older, OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    again = line(3, payment(1), provider_transaction="OTHER")
    result = match([payment(1)], statement(line(2, payment(1)), again), lambda _: held)
    assert kinds(result) == [BreakKind.LATE_CUTOFF]


def test_of_two_lines_with_foreign_transactions_the_one_with_our_amount_is_ours() -> None:
    first = line(2, payment(1), provider_transaction="A", amount=Money(7, "VND"))
    second = line(3, payment(1), provider_transaction="B")
    result = match([payment(1)], statement(first, second))
    assert [(each.kind, each.row_no) for each in result.breaks] == [
        (BreakKind.REFERENCE_MISMATCH, 3),
        (BreakKind.DUPLICATE_IN_CHANNEL, 2),
    ]


def test_one_transaction_for_two_payments_of_ours_takes_only_one() -> None:
    reused = line(3, payment(2), provider_transaction="T1")
    result = match([payment(1), payment(2)], statement(line(2, payment(1)), reused))
    assert len(result.matches) == 1
    assert kinds(result) == [BreakKind.DUPLICATE_IN_CHANNEL, BreakKind.MISSING_IN_CHANNEL]


def test_a_line_without_a_transaction_number_matches_by_payment_number() -> None:
    result = match([payment(1)], statement(line(2, payment(1), provider_transaction="")))
    assert (len(result.matches), result.breaks) == (1, ())


def test_a_line_without_a_payment_number_matches_by_transaction() -> None:
    result = match([payment(1)], statement(line(2, payment(1), payment_no="")))
    assert (len(result.matches), result.breaks) == (1, ())


def test_a_line_whose_memo_has_the_payment_code_alone_matches_by_transaction() -> None:
    ours = payment(1)
    assert kinds(match([ours], statement(line(2, ours, payment_no=ours.payment_no[:18])))) == []
    other = line(2, ours, payment_no=payment(2).payment_no[:18])
    assert kinds(match([ours], statement(other))) == [BreakKind.REFERENCE_MISMATCH]


def test_a_transaction_under_another_payment_number_is_a_reference_mismatch() -> None:
    result = match([payment(1)], statement(line(2, payment(1), payment_no=payment_no(2))))
    (only,) = result.breaks
    assert only.kind is BreakKind.REFERENCE_MISMATCH
    assert only.detail == {"our_payment_no": payment_no(1)}


def test_another_currency_is_another_amount() -> None:
    result = match([payment(1)], statement(line(2, payment(1), amount=Money(50_000, "CNY"))))
    assert kinds(result) == [BreakKind.AMOUNT_MISMATCH]


@pytest.mark.parametrize(
    ("disposition", "kind"),
    [
        (Disposition.SURPLUS, BreakKind.DOUBLE_PAYMENT),
        (Disposition.SUSPENSE, BreakKind.UNIDENTIFIED_CREDIT),
        (Disposition.WRONG_AMOUNT, BreakKind.AMOUNT_MISMATCH),
        (Disposition.LATE_SUCCESS, BreakKind.STATE_MISMATCH),
    ],
)
def test_money_that_agrees_and_waits_for_a_person_is_a_break(
    disposition: Disposition, kind: BreakKind
) -> None:
    paid = payment(1, disposition=disposition)
    (only,) = match([paid], statement(line(2, paid))).breaks
    assert (only.kind, only.ours, only.theirs) == (kind, paid.amount, paid.amount)


def test_another_amount_than_was_asked_says_what_was_asked() -> None:
    paid = payment(1, 30_000, disposition=Disposition.WRONG_AMOUNT)
    asked: list[StatementLine] = []

    def look_up(each: StatementLine) -> Held:
        asked.append(each)
        return Held(paid, OrderStatus.PENDING, PaymentStatus.PENDING, Money(50_000, "VND"))

    (only,) = match([paid], statement(line(2, paid, payment_no="")), look_up).breaks
    assert (only.kind, only.ours, only.theirs) == (
        BreakKind.AMOUNT_MISMATCH,
        paid.amount,
        paid.amount,
    )
    assert only.detail == {"disposition": "wrong_amount", "order_amount": "50000 VND"}
    assert [each.payment_no for each in asked] == [paid.payment_no]


@pytest.mark.parametrize("disposition", [Disposition.REFUND_DUE, Disposition.REFUNDED])
def test_money_that_a_person_gives_back_agrees_with_its_line(disposition: Disposition) -> None:
    paid = payment(1, disposition=disposition)
    result = match([paid], statement(line(2, paid)))
    assert (len(result.matches), result.breaks, result.looked_up) == (1, (), 0)


def refund(row_no: int, of: DayPayment, **changes: object) -> StatementLine:
    return line(row_no, of, **{"kind": LineKind.REFUND, "refund_no": "R1", **changes})


@pytest.mark.parametrize("disposition", Disposition)
def test_a_refund_agrees_only_with_money_that_went_back(disposition: Disposition) -> None:
    paid = payment(1, disposition=disposition, paid_at=NOON - timedelta(days=40))
    held = Held(paid, OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    result = match([], statement(refund(2, paid)), lambda _: held)
    assert result.looked_up == 1
    if disposition in (Disposition.REFUND_DUE, Disposition.REFUNDED, Disposition.REVERSED):
        assert (result.matches, result.breaks) == (((refund(2, paid), paid),), ())
        assert result.refunded == (paid,)
    else:
        (only,) = result.breaks
        assert (only.kind, only.ours, only.theirs) == (
            BreakKind.REFUND_UNMATCHED,
            None,
            paid.amount,
        )
        assert only.detail == {
            "refund_no": "R1",
            "disposition": disposition,
            "our_amount": "50000 VND",
        }


def test_a_refund_that_nobody_knows_says_its_number() -> None:
    (only,) = match([], statement(refund(2, payment(1)))).breaks
    assert (only.kind, only.detail) == (BreakKind.REFUND_UNMATCHED, {"refund_no": "R1"})


def test_a_refund_under_a_number_of_its_own_is_known_by_the_payments_number() -> None:
    paid = payment(1, disposition=Disposition.REFUND_DUE)
    result = match([paid], statement(line(2, paid), refund(3, paid, provider_transaction="OWN")))
    assert (len(result.matches), result.breaks, result.refunded) == (2, (), (paid,))


def test_a_payment_is_given_back_once() -> None:
    paid = payment(1, disposition=Disposition.REFUNDED)
    held = Held(paid, OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    again, other = refund(3, paid), refund(4, paid, refund_no="R2")
    result = match([], statement(refund(2, paid), again, other), lambda _: held)
    assert [pair[0].row_no for pair in result.matches] == [2]
    assert [(each.kind, each.row_no) for each in result.breaks] == [
        (BreakKind.DUPLICATE_IN_CHANNEL, 3),
        (BreakKind.REFUND_UNMATCHED, 4),
    ]


@pytest.mark.parametrize("status", OrderStatus)
@pytest.mark.parametrize("attempt", [None, *PaymentStatus])
def test_what_the_ledger_says_decides_what_an_unpaired_line_is(
    status: OrderStatus, attempt: PaymentStatus | None
) -> None:
    held = Held(None, status, attempt)
    (only,) = match([], statement(line(2, payment(1))), lambda _: held).breaks
    if status in (OrderStatus.PAID, OrderStatus.PARTIALLY_REFUNDED, OrderStatus.REFUNDED):
        assert only.kind is BreakKind.DOUBLE_PAYMENT
    elif attempt is None:
        assert only.kind is BreakKind.MISSING_IN_PLATFORM
    else:
        assert only.kind is BreakKind.STATE_MISMATCH
        assert only.detail == {"order_status": status, "payment_status": attempt}


@pytest.mark.parametrize(
    ("minutes_before_midnight", "kind"),
    [
        (30, BreakKind.LATE_CUTOFF),
        (31, BreakKind.WRONG_DAY),
        (1, BreakKind.LATE_CUTOFF),
    ],
)
def test_only_around_midnight_a_neighbouring_day_is_expected(
    minutes_before_midnight: int, kind: BreakKind
) -> None:
    paid_at = NEAR_MIDNIGHT + timedelta(minutes=10 - minutes_before_midnight) - timedelta(days=1)
    held = Held(payment(1, paid_at=paid_at), OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    (only,) = match([], statement(line(2, payment(1))), lambda _: held).breaks
    assert only.kind is kind
    assert only.detail == {"our_day": "2026-02-28"}


@pytest.mark.parametrize(
    ("lacked", "kind"),
    [
        ({}, BreakKind.LATE_CUTOFF),
        ({date(2026, 2, 28): frozenset({"T1"})}, BreakKind.LATE_CUTOFF),
        ({date(2026, 2, 28): frozenset({"T2"})}, BreakKind.DUPLICATE_IN_CHANNEL),
        ({date(2026, 3, 2): frozenset()}, BreakKind.LATE_CUTOFF),
    ],
)
def test_what_the_statement_of_its_own_day_has_as_well_is_there_twice(
    lacked: dict[date, frozenset[str]], kind: BreakKind
) -> None:
    paid = payment(1, paid_at=NEAR_MIDNIGHT - timedelta(days=1))
    held = Held(paid, OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    neighbours = Neighbours(lacked=lacked)
    result = match_day(
        OF, [], statement(line(2, paid)), lambda _: held, zone=ZONE, neighbours=neighbours
    )
    assert kinds(result) == [kind]


def test_paid_after_midnight_and_counted_the_day_before() -> None:
    paid_at = NEAR_MIDNIGHT + timedelta(minutes=15)
    held = Held(payment(1, paid_at=paid_at), OrderStatus.PAID, PaymentStatus.SUCCEEDED)
    (only,) = match([], statement(line(2, payment(1))), lambda _: held).breaks
    assert (only.kind, only.detail) == (BreakKind.LATE_CUTOFF, {"our_day": "2026-03-02"})


def test_another_amount_on_another_day_is_an_amount_mismatch() -> None:
    held = Held(payment(1, 7, paid_at=NEAR_MIDNIGHT - timedelta(days=1)), None, None)
    (only,) = match([], statement(line(2, payment(1))), lambda _: held).breaks
    assert only.kind is BreakKind.AMOUNT_MISMATCH
    assert only.detail == {"our_day": "2026-02-28", "our_amount": "7 VND"}


def test_a_bad_row_holds_the_payment_that_it_names() -> None:
    bad = BadRow(3, "amount", BadRowReason.AMOUNT_UNREADABLE, "text", payment_no=payment_no(1))
    result = match([payment(1), payment(2)], statement(line(2, payment(2)), bad_rows=(bad,)))
    (only,) = result.breaks
    assert (only.kind, only.ours, only.theirs) == (BreakKind.BAD_ROW, payment(1).amount, None)


def test_a_bad_row_does_not_take_a_payment_that_has_its_line() -> None:
    bad = BadRow(3, "amount", BadRowReason.AMOUNT_UNREADABLE, "text", "T1", payment_no(1))
    result = match([payment(1)], statement(line(2, payment(1)), bad_rows=(bad,)))
    assert len(result.matches) == 1
    assert result.breaks[0].ours is None


@pytest.mark.parametrize(
    ("totals", "bad_rows", "wrong"),
    [
        (ControlTotals(1, Money(50_000, "VND"), 0, Money(0, "VND")), 0, []),
        (ControlTotals(None, None, None, None), 0, []),
        (ControlTotals(2, None, None, None), 0, ["payment_count"]),
        (ControlTotals(2, Money(70_000, "VND"), None, None), 1, []),
        (ControlTotals(3, None, None, None), 1, ["payment_count"]),
        (ControlTotals(0, Money(49_999, "VND"), 1, None), 1, ["payment_amount", "payment_count"]),
        (ControlTotals(None, None, 1, Money(1, "VND")), 0, ["refund_amount", "refund_count"]),
    ],
)
def test_the_files_own_totals(totals: ControlTotals, bad_rows: int, wrong: list[str]) -> None:
    bad = tuple(
        BadRow(9 + number, "row", BadRowReason.AMOUNT_UNREADABLE, str(number))
        for number in range(bad_rows)
    )
    made = Statement((line(2, payment(1)),), bad, totals)
    result = match([payment(1)], made)
    found_wrong = [
        each.key for each in result.breaks if each.kind is BreakKind.CONTROL_TOTAL_MISMATCH
    ]
    assert found_wrong == wrong


def test_lines_are_looked_up_only_when_no_payment_of_the_day_is_theirs() -> None:
    asked: list[StatementLine] = []

    def look_up(each: StatementLine) -> Held:
        asked.append(each)
        return Held(None, None, None)

    result = match([payment(1)], statement(line(2, payment(1)), line(3, payment(2))), look_up)
    assert [each.row_no for each in asked] == [3]
    assert result.looked_up == 1


def test_two_payments_with_one_transaction_are_refused() -> None:
    with pytest.raises(DataFault) as refused:
        match([payment(1), payment(1)], statement())
    assert refused.value.code == "transaction_twice"


def test_a_result_that_does_not_add_up_is_refused() -> None:
    result = match([payment(1)], statement(line(2, payment(1))))
    with pytest.raises(DataFault) as lost:
        check_partition(result, statement(line(2, payment(1)), line(3, payment(2))), [payment(1)])
    assert lost.value.code == "lines_not_partitioned"
    with pytest.raises(DataFault) as counted:
        check_partition(result, statement(line(2, payment(1))), [payment(1, 51_000)])
    assert counted.value.code == "payments_not_partitioned"
    bad = statement(
        line(2, payment(1)), bad_rows=(BadRow(3, "row", BadRowReason.AMOUNT_UNREADABLE, ""),)
    )
    with pytest.raises(DataFault) as skipped:
        check_partition(result, bad, [payment(1)])
    assert skipped.value.code == "bad_rows_not_partitioned"


def test_every_kind_has_its_guidance_in_every_language() -> None:
    assert set(GUIDE) == set(BreakKind)
    for guidance in GUIDE.values():
        for texts in (guidance.title, guidance.meaning, guidance.action):
            assert set(texts) == {"en", "vi", "zh"}
            assert all(texts.values())
