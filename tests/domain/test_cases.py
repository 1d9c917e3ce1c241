"""Cases: the transition table a second time by hand, ids for URLs, clocks and texts."""

from datetime import UTC, date, datetime
from itertools import product

import pytest

from chalicelib.domain import cases
from chalicelib.domain.case_guide import GUIDE, suggested_action
from chalicelib.domain.cases import (
    DECISIONS,
    WORKING_DAYS,
    Case,
    CaseEvent,
    CaseKind,
    CaseState,
    Decision,
    case_due_at,
    public_case_id,
    read_public_case_id,
)
from chalicelib.domain.province import Province
from chalicelib.domain.province_document import parse_province
from tests.domain.province_documents import small_document
from tests.domain.test_transitions import read_table

# Rows: state. Columns: assigned, refund decided, refunded, dismissed.
TABLE = read_table(
    """
open        closed  refund_due  -       closed
refund_due  -       -           closed  -
closed      -       -           -       -
""",
    "assigned refund_decided refunded dismissed",
)
MONEY = {"assigned", "refund_decided", "refunded"}
OPENED = datetime(2026, 3, 6, 9, 0, tzinfo=UTC)  # a Friday, four in the afternoon in Vietnam


def case(kind: CaseKind = CaseKind.SUSPENSE, state: CaseState = CaseState.OPEN) -> Case:
    return Case(kind, "T#vnpay#quangninh#1", "p", None, OPENED, state)


def test_the_table_here_covers_every_state_and_event() -> None:
    assert set(TABLE) == set(product(CaseState, CaseEvent))


@pytest.mark.parametrize(("state", "event"), list(product(CaseState, CaseEvent)))
def test_a_case_moves_only_along_the_table(state: CaseState, event: CaseEvent) -> None:
    after = cases.TRANSITIONS.get((state, event))
    assert (after or "-") == TABLE[state, event]
    decision = Decision(event, "An Nguyen", OPENED)
    if after is None:
        with pytest.raises(KeyError):
            case(state=state).decided(decision)
    else:
        decided = case(state=state).decided(decision)
        assert (decided.state, decided.decisions) == (after, (decision,))


@pytest.mark.parametrize("kind", CaseKind)
def test_money_that_we_hold_is_never_dismissed_and_a_word_is_never_refunded(kind: CaseKind) -> None:
    is_money = kind in {"suspense", "wrong_amount", "double_payment", "late_success"}
    is_part = kind == "bill_not_paid"
    allowed = MONEY if is_money else {"dismissed"}
    assert DECISIONS[kind] == (MONEY - {"assigned"} if is_part else allowed)
    assert case(kind).is_about_money is is_money
    assert case(kind).has_money is (is_money or is_part)


def test_a_part_of_a_baskets_money_leads_to_the_whole() -> None:
    part = Case(CaseKind.BILL_NOT_PAID, "T#vnpay#quangninh#1#2#220", "p", None, OPENED)
    assert part.transaction_key == "T#vnpay#quangninh#1#2"
    assert case().transaction_key == "T#vnpay#quangninh#1"


@pytest.mark.parametrize(("state", "listed"), [("open", 1), ("refund_due", 1), ("closed", 0)])
def test_a_case_is_listed_until_it_is_closed(state: str, listed: int) -> None:
    assert case(state=CaseState(state)).is_listed is bool(listed)


CASE_ID = "suspense:T#vietqr#hospital#FT26/061?é"
PUBLIC = "c3VzcGVuc2U6VCN2aWV0cXIjaG9zcGl0YWwjRlQyNi8wNjE_w6k"


def test_a_case_id_goes_into_a_url_and_back() -> None:
    assert public_case_id(CASE_ID) == PUBLIC
    assert read_public_case_id(PUBLIC) == CASE_ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        PUBLIC + "=",
        PUBLIC + " ",
        PUBLIC[:-1] + "l",  # other bits that decode to the same bytes
        PUBLIC.replace("_", "/"),
        PUBLIC[:10] + "%" + PUBLIC[10:],
        PUBLIC[:10] + "\n" + PUBLIC[10:],
        "é" + PUBLIC,
        public_case_id("suspense:"),
        public_case_id("suspense"),
        public_case_id("unheard_of:T#1"),
        public_case_id("SUSPENSE:T#1"),
        public_case_id("suspense:" + "x" * 1_500),
        "c3VzcGVuc2U6_w",  # not UTF-8
    ],
)
def test_only_what_we_wrote_is_read_as_a_case_id(text: str) -> None:
    assert read_public_case_id(text) is None


@pytest.fixture
def province() -> Province:
    document = small_document()
    document["profile"] |= {"holidays": ["2026-03-10"], "worked_weekends": ["2026-03-14"]}
    return parse_province(document)


@pytest.mark.parametrize(
    ("kind", "last_day"),
    [
        ("held_by_provider", date(2026, 3, 9)),  # the Monday after
        ("wrong_amount", date(2026, 3, 11)),  # Tuesday is a holiday
        ("transaction_reused", date(2026, 3, 11)),
        ("suspense", date(2026, 3, 12)),
        ("late_success", date(2026, 3, 12)),
        ("double_payment", date(2026, 3, 14)),  # a Saturday that is worked
    ],
)
def test_a_person_has_working_days_to_decide(province: Province, kind: str, last_day: date) -> None:
    due_at = case_due_at(case(CaseKind(kind)), province)
    assert due_at == datetime(last_day.year, 3, last_day.day, 17, 0, tzinfo=UTC)


def test_every_kind_has_a_clock_and_texts_in_three_languages() -> None:
    assert set(WORKING_DAYS) == set(GUIDE) == set(DECISIONS) == set(CaseKind)
    for guidance in GUIDE.values():
        for texts in (guidance.title, guidance.meaning, guidance.action):
            assert set(texts) == {"en", "vi", "zh"}
            assert all(texts.values())


def test_what_to_do_follows_the_state() -> None:
    texts = {suggested_action(case(state=state))["en"] for state in CaseState}
    assert len(texts) == 3
    assert suggested_action(case())["vi"].startswith("Xác minh người nộp")
