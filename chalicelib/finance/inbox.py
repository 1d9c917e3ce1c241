"""Takes a message in: believed, kept once, and applied when all before it were.

A sender numbers its messages 1, 2, 3. What comes too early waits in its row and is applied by
whoever brings the missing one; `drain` may run in any number of processes, and does nothing twice.
"""

from collections.abc import Mapping
from typing import Any

from chalicelib.errors import BadRequest, Conflict, RequestRefused, SignatureRefused, Unauthorized
from chalicelib.finance.apply import Applied, apply_message, describe_problem
from chalicelib.finance.desk import FinanceDesk
from chalicelib.finance.messages import Message, check_signature, read_message
from chalicelib.observability import Metric, count, record_change, warn
from chalicelib.storage.finance_inbox import WAITING, KeptMessage

# How far ahead of the one that is awaited: more would be a sender that has lost count.
MAX_AHEAD = 100_000
# Of what waited for a message, in the call that brought it: the schedule does the rest.
DRAINED_AT_ONCE = 200


def receive(desk: FinanceDesk, keys: tuple[str, ...], value: Mapping[str, Any]) -> dict[str, Any]:
    """What the sender is answered. A refusal of its form or signature keeps nothing: the message
    may come again, mended, under its id and number.

    Raises: TryLater, DataFault; what was kept is applied later."""
    try:
        message = _believe(desk, keys, value)
        kept = _keep(desk, message)
    except RequestRefused as refusal:
        warn("finance_message_refused", sender=desk.system.sender, code=refusal.code)
        return describe_unkept(desk, value, refusal)
    if kept.state == WAITING:
        drain(desk, DRAINED_AT_ONCE)
        kept = desk.inbox.read(kept.sender, kept.sequence_no) or kept
    return describe(desk, kept)


def drain(desk: FinanceDesk, most: int | None = None) -> int:
    """Applies what can be applied, at most `most`, in order; returns how many messages it did."""
    done, sequence_no = 0, desk.inbox.next_no(desk.system.sender)
    while most is None or done < most:
        message = desk.inbox.read(desk.system.sender, sequence_no)
        if message is None:
            return done
        if message.state == WAITING:
            applied = apply_message(desk, message, desk.inbox.text_of(message))
            if desk.inbox.finish(message, applied.state, _answer(applied), applied.proposal):
                done += 1
                _tell(message, applied)
        sequence_no += 1
    return done


def describe(desk: FinanceDesk, message: KeptMessage) -> dict[str, Any]:
    """`waits_for`: the sequence number that has to come first."""
    answer = message.answer or {}
    told = {
        "message_id": message.message_id,
        "sequence_no": message.sequence_no,
        "state": message.state,
        "waits_for": None,
        "result": answer.get("result"),
        "problem": answer.get("problem"),
    }
    if message.state == WAITING:
        told["waits_for"] = desk.inbox.next_no(message.sender)
    return told


def describe_unkept(
    desk: FinanceDesk, value: Mapping[str, Any], refusal: RequestRefused
) -> dict[str, Any]:
    message_id, sequence_no = value.get("message_id"), value.get("sequence_no")
    return {
        "message_id": message_id if isinstance(message_id, str) else None,
        "sequence_no": sequence_no if type(sequence_no) is int else None,
        "state": "not_kept",
        "waits_for": None,
        "result": None,
        "problem": describe_problem(desk, refusal),
    }


def _believe(desk: FinanceDesk, keys: tuple[str, ...], value: Mapping[str, Any]) -> Message:
    """Another sender and a wrong signature are not told apart. Raises: RequestRefused."""
    message = read_message(value)
    try:
        if message.sender != desk.system.sender:
            raise SignatureRefused("signature_wrong", "not this sender")
        check_signature(message, keys)
    except SignatureRefused:
        count(Metric.SIGNATURES_REFUSED, channel="finance")
        raise Unauthorized("signature_wrong", "the signature does not hold") from None
    return message


def _keep(desk: FinanceDesk, message: Message) -> KeptMessage:
    """The row under this number, written now or before. Raises: Conflict, BadRequest."""
    known = desk.inbox.read(message.sender, message.sequence_no)
    if known is not None:
        return _require_same(known, message)
    if message.sequence_no > desk.inbox.next_no(message.sender) + MAX_AHEAD:
        raise BadRequest("sequence_too_far", f"at most {MAX_AHEAD} ahead of what is awaited")
    kept = KeptMessage(
        sender=message.sender,
        message_id=message.message_id,
        sequence_no=message.sequence_no,
        kind=message.kind.value,
        fingerprint=message.fingerprint,
        received_at=desk.now(),
    )
    refused = desk.inbox.keep(kept, message.text)
    if refused is None:
        # With what it says: the row is read again before it is applied.
        return kept
    if refused.known is not None and refused.known != message.fingerprint:
        raise _id_reused()
    if refused.taken_by not in (None, message.message_id):
        raise _number_taken()
    return desk.inbox.read(message.sender, message.sequence_no) or kept


def _require_same(known: KeptMessage, message: Message) -> KeptMessage:
    """Raises: Conflict."""
    if known.message_id != message.message_id:
        raise _number_taken()
    if known.fingerprint != message.fingerprint:
        raise _id_reused()
    return known


def _id_reused() -> Conflict:
    return Conflict("message_id_reused", "this message id came before with other content")


def _number_taken() -> Conflict:
    return Conflict("sequence_no_taken", "another message has this sequence number")


def _answer(applied: Applied) -> dict[str, Any]:
    return {
        "about": dict(applied.about),
        "result": applied.result,
        "problem": applied.problem,
    }


def _tell(message: KeptMessage, applied: Applied) -> None:
    code = applied.problem["code"] if applied.problem else ""
    record_change(
        "finance_message_applied",
        sender=message.sender,
        message_id=message.message_id,
        kind=message.kind,
        state=applied.state,
        code=code,
    )
