"""What a message asks, done: by the actions by which every bill is issued, amended and cancelled.

It may be done twice at once and again after a death: a bill is found by its reference, an amendment
and a cancellation by the answer that was kept with them.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.bodies.bill_bodies import read_bill, read_changes, summarize_issued
from chalicelib.bodies.order_bodies import describe_alone
from chalicelib.bodies.validation import validate
from chalicelib.checkout.amend_bill import AnswerOf, BillAct, amend_bill, cancel_bill
from chalicelib.checkout.cancel_order import close_payments
from chalicelib.checkout.issue_bill import IssueCommand, issue_bill
from chalicelib.domain.finance_systems import MessageKind
from chalicelib.domain.orders import Order
from chalicelib.errors import FieldError, NotFound, RequestRefused
from chalicelib.finance.desk import FinanceDesk
from chalicelib.finance.proposals import propose
from chalicelib.finance.read_bill import (
    in_their_words,
    read_amendment,
    read_cancellation,
    read_issue,
)
from chalicelib.storage.finance_inbox import ACCEPTED, REFUSED, KeptMessage, Proposal
from chalicelib.storage.stored_answers import StoredAnswer

MAX_ERRORS = 10


@dataclass(frozen=True, slots=True)
class Applied:
    """`about`: which bill, as far as it can be read. `result`: what came of it, None where it was
    refused; `problem`: why it was."""

    state: str
    about: Mapping[str, str]
    result: Mapping[str, Any] | None = None
    problem: Mapping[str, Any] | None = None
    proposal: Proposal | None = None


def apply_message(desk: FinanceDesk, message: KeptMessage, text: str) -> Applied:
    """Raises: whatever is not a refusal; nothing is decided then, and it may be tried again."""
    body: dict[str, Any] = json.loads(text)
    about = _about(desk, body)
    try:
        match MessageKind(message.kind):
            case MessageKind.BILL:
                return Applied(ACCEPTED, about, _issue(desk, message, body, text))
            case MessageKind.BILL_AMENDMENT:
                return Applied(ACCEPTED, about, _amend(desk, message, body))
            case MessageKind.BILL_CANCELLATION:
                return Applied(ACCEPTED, about, _cancel(desk, message, body))
            case MessageKind.UNIT | MessageKind.FEE_ITEM:
                proposal = propose(desk.reading(), message, body)
                told = {"code": proposal.code, "catalogue": proposal.verdict}
                return Applied(ACCEPTED, {}, told, proposal=proposal)
    except RequestRefused as refusal:
        return Applied(REFUSED, about, problem=describe_problem(desk, refusal))


def _about(desk: FinanceDesk, body: Mapping[str, Any]) -> dict[str, str]:
    names = desk.system.names["bill"]
    unit, reference = body.get(names["unit"]), body.get(names["reference"])
    if not (isinstance(unit, str) and isinstance(reference, str)):
        return {}
    return {"payee_unit": desk.system.unit_of(unit.strip())[:64], "reference": reference[:64]}


def describe_problem(desk: FinanceDesk, refusal: RequestRefused) -> dict[str, Any]:
    errors = in_their_words(desk.system, refusal.errors[:MAX_ERRORS])
    return {
        "code": refusal.code,
        "detail": refusal.detail,
        "errors": [_describe_error(each) for each in errors],
    }


def _describe_error(error: FieldError) -> dict[str, str]:
    return {"field": error.field, "code": error.code, "detail": error.detail}


def _issue(
    desk: FinanceDesk, message: KeptMessage, body: Mapping[str, Any], text: str
) -> dict[str, Any]:
    from chalicelib.bodies.models.bills import BillIssueRequest

    asked = validate(BillIssueRequest, read_issue(desk.reading(), body))
    command = IssueCommand(
        portal=desk.portal,
        request=read_bill(asked),
        key_hash=_key_hash(message),
        # Of their words: the same bill is the same when a mapping or a calendar has changed since.
        fingerprint=hashlib.sha256(f"finance|{text}".encode()).digest(),
        now=desk.now(),
    )
    issued = issue_bill(desk.parts.desk(), command)
    if issued.is_own:
        return {"bill": "issued", **summarize_issued(json.loads(issued.order.answer))}
    told = describe_alone(desk.portal, issued.order)
    return {"bill": "already_issued", **summarize_issued(told)}


def _amend(desk: FinanceDesk, message: KeptMessage, body: Mapping[str, Any]) -> dict[str, Any]:
    from chalicelib.bodies.models.bills import BillAmendRequest

    unit, reference, changes = read_amendment(desk.reading(), body)
    asked = validate(BillAmendRequest, changes)

    def amend() -> StoredAnswer:
        order = _find_bill(desk, unit, reference)
        act = BillAct(desk.portal, asked.reason, desk.now())
        answer_of = _answer_of(desk, message, "amended")
        return amend_bill(desk.parts.desk(), order, read_changes(asked), act, answer_of)

    return _once(desk, message, amend)


def _cancel(desk: FinanceDesk, message: KeptMessage, body: Mapping[str, Any]) -> dict[str, Any]:
    from chalicelib.bodies.models.bills import BillCancelRequest

    unit, reference, reason = read_cancellation(desk.reading(), body)
    asked = validate(BillCancelRequest, {"reason": reason})

    def cancel() -> StoredAnswer:
        order = _find_bill(desk, unit, reference)
        order = close_payments(desk.parts.desk(), order, desk.now(), desk.parts.new_id)
        act = BillAct(desk.portal, asked.reason, desk.now())
        return cancel_bill(desk.parts.ledger, order, act, _answer_of(desk, message, "cancelled"))

    return _once(desk, message, cancel)


def _once(
    desk: FinanceDesk, message: KeptMessage, act: Callable[[], StoredAnswer]
) -> dict[str, Any]:
    """A refusal may come of this very message, which somebody else applied meanwhile: its answer
    was written together with its change, so that is looked for before it is believed."""
    kept = _find_answer(desk, message)
    if kept is not None:
        return kept
    try:
        return _read_answer(act())
    except RequestRefused:
        kept = _find_answer(desk, message)
        if kept is None:
            raise
        return kept


def _find_bill(desk: FinanceDesk, unit: str, reference: str) -> Order:
    """The last one of this reference. Raises: NotFound."""
    codes = desk.parts.obligations.find_last(desk.portal.mode, [(unit, reference)])
    for code in codes.values():
        order = desk.parts.ledger.read_order(code)
        if order and order.bill is not None and order.portal == desk.portal.portal_id:
            return order
    raise NotFound("bill_not_found", "no such bill")


def _answer_of(desk: FinanceDesk, message: KeptMessage, what: str) -> AnswerOf:
    def answer_of(order: Order) -> StoredAnswer:
        told = {"bill": what, **summarize_issued(describe_alone(desk.portal, order))}
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        key_hash = _key_hash(message)
        return StoredAnswer(desk.portal.portal_id, key_hash, message.fingerprint, 200, text)

    return answer_of


def _find_answer(desk: FinanceDesk, message: KeptMessage) -> dict[str, Any] | None:
    kept = desk.parts.ledger.read_answer(desk.portal.portal_id, _key_hash(message))
    return None if kept is None else _read_answer(kept)


def _read_answer(answer: StoredAnswer) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(answer.text)
    return told


def _key_hash(message: KeptMessage) -> bytes:
    """In place of an Idempotency-Key's: no portal's own key has a NUL."""
    return hashlib.sha256(f"finance\0{message.sender}\0{message.message_id}".encode()).digest()
