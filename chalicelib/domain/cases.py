"""A case: something that a person must decide, with an owner and a clock."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.business_day import add_working_days, business_day_of, start_of
from chalicelib.domain.money import Money
from chalicelib.domain.province import Province


class CaseState(StrEnum):
    """`refund_due`: a person decided that the money goes back; it has not gone yet."""

    OPEN = "open"
    REFUND_DUE = "refund_due"
    CLOSED = "closed"


class CaseEvent(StrEnum):
    ASSIGNED = "assigned"
    REFUND_DECIDED = "refund_decided"
    REFUNDED = "refunded"
    DISMISSED = "dismissed"


# state × event → state. A closed case is never opened again: what happens later is a case anew.
TRANSITIONS: Mapping[tuple[CaseState, CaseEvent], CaseState] = {
    (CaseState.OPEN, CaseEvent.ASSIGNED): CaseState.CLOSED,
    (CaseState.OPEN, CaseEvent.REFUND_DECIDED): CaseState.REFUND_DUE,
    (CaseState.OPEN, CaseEvent.DISMISSED): CaseState.CLOSED,
    (CaseState.REFUND_DUE, CaseEvent.REFUNDED): CaseState.CLOSED,
}


class CaseKind(StrEnum):
    """What a person must decide."""

    SUSPENSE = "suspense"
    WRONG_AMOUNT = "wrong_amount"
    DOUBLE_PAYMENT = "double_payment"
    LATE_SUCCESS = "late_success"
    TRANSACTION_REUSED = "transaction_reused"
    HELD_BY_PROVIDER = "held_by_provider"
    REVERSAL_ASKED = "reversal_asked"
    DRAWER_DIFFERS = "drawer_differs"
    BILL_NOT_PAID = "bill_not_paid"


_MONEY = frozenset({CaseEvent.ASSIGNED, CaseEvent.REFUND_DECIDED, CaseEvent.REFUNDED})
_PART = frozenset({CaseEvent.REFUND_DECIDED, CaseEvent.REFUNDED})
_WORDS = frozenset({CaseEvent.DISMISSED})

# kind → what may be decided. Money that we hold is paid to an order or back, never dismissed; a
# part of a basket's money goes back.
DECISIONS: Mapping[CaseKind, frozenset[CaseEvent]] = {
    CaseKind.SUSPENSE: _MONEY,
    CaseKind.WRONG_AMOUNT: _MONEY,
    CaseKind.DOUBLE_PAYMENT: _MONEY,
    CaseKind.LATE_SUCCESS: _MONEY,
    CaseKind.TRANSACTION_REUSED: _WORDS,
    CaseKind.HELD_BY_PROVIDER: _WORDS,
    CaseKind.REVERSAL_ASKED: _WORDS,
    CaseKind.DRAWER_DIFFERS: _WORDS,
    CaseKind.BILL_NOT_PAID: _PART,
}

# kind → until the end of which working day after it was opened a person should have decided.
WORKING_DAYS: Mapping[CaseKind, int] = {
    CaseKind.SUSPENSE: 3,
    CaseKind.WRONG_AMOUNT: 2,
    CaseKind.DOUBLE_PAYMENT: 5,
    CaseKind.LATE_SUCCESS: 3,
    CaseKind.TRANSACTION_REUSED: 2,
    CaseKind.HELD_BY_PROVIDER: 1,
    CaseKind.REVERSAL_ASKED: 1,
    CaseKind.DRAWER_DIFFERS: 1,
    CaseKind.BILL_NOT_PAID: 5,
}

# Who decides what follows from a provider's word alone.
SYSTEM = "system"
MAX_ID_BYTES = 1_500


@dataclass(frozen=True, slots=True)
class Decision:
    """`by`: the person's name. `assigned_to`: the payment number under which the money paid
    another order. `reference` and `refunded_on`: the bank's or channel's own number of the refund,
    and its day."""

    event: CaseEvent
    by: str
    at: datetime
    reason: str = ""
    assigned_to: str | None = None
    reference: str | None = None
    refunded_on: date | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """`subject`: the transaction or payment number that it is about; with `kind` it is the case's
    identity. `owner`: the person who took it, None while nobody has."""

    kind: CaseKind
    subject: str
    payment_no: str
    amount: Money | None
    opened_at: datetime
    state: CaseState = CaseState.OPEN
    owner: str | None = None
    decisions: tuple[Decision, ...] = ()

    @property
    def case_id(self) -> str:
        return f"{self.kind}:{self.subject}"

    @property
    def is_listed(self) -> bool:
        return self.state is not CaseState.CLOSED

    @property
    def is_about_money(self) -> bool:
        """Its subject is a transaction whose money paid nothing."""
        return DECISIONS[self.kind] is _MONEY

    @property
    def is_about_part(self) -> bool:
        """It is about that part of a basket's money for which there was no bill."""
        return DECISIONS[self.kind] is _PART

    @property
    def has_money(self) -> bool:
        """Whether its subject leads to a transaction."""
        return self.is_about_money or self.is_about_part

    @property
    def transaction_key(self) -> str:
        """Of the money that it is about, where it has any."""
        return self.subject.rpartition("#")[0] if self.is_about_part else self.subject

    def decided(self, decision: Decision) -> "Case":
        """Raises: KeyError when the table forbids it."""
        state = TRANSITIONS[self.state, decision.event]
        return replace(self, state=state, decisions=(*self.decisions, decision))


def held_case_id(payment_no: str) -> str:
    return f"{CaseKind.HELD_BY_PROVIDER}:{payment_no}"


def unplaced_case_id(transaction_key: str, bill_code: str) -> str:
    """Of the part of a basket's money that its bill `bill_code` could not take."""
    return f"{CaseKind.BILL_NOT_PAID}:{transaction_key}#{bill_code}"


def public_case_id(case_id: str) -> str:
    """As it stands in a URL: a case id holds `:` and `#`."""
    return base64.urlsafe_b64encode(case_id.encode()).decode().rstrip("=")


def read_public_case_id(text: str) -> str | None:
    """None unless it is exactly what `public_case_id` writes of a case's id."""
    try:
        decoded = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        case_id = decoded.decode()
    except (binascii.Error, ValueError):
        return None
    kind, _, subject = case_id.partition(":")
    is_case = kind in list(CaseKind) and subject != "" and len(decoded) <= MAX_ID_BYTES
    return case_id if is_case and public_case_id(case_id) == text else None


def case_due_at(case: Case, province: Province) -> datetime:
    """The end of the last working day on which it is decided in time."""
    opened_on = business_day_of(case.opened_at, province.zone)
    days = WORKING_DAYS[case.kind]
    last = add_working_days(opened_on, days, province.holidays, province.worked_weekends)
    return start_of(last + timedelta(days=1), province.zone)
