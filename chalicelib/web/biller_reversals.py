"""A bank takes its payment of the day back: at once where nothing else stands on the order, else a
person decides."""

import hashlib
from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.bodies.validation import validate
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.checkout.reverse_payment import (
    AskedReversal,
    require_not_reversed,
    reverse_payment,
)
from chalicelib.domain.identifiers import split_payment_no
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Transaction
from chalicelib.errors import Conflict
from chalicelib.observability import record_change
from chalicelib.storage.stored_answers import StoredAnswer
from chalicelib.web.biller_bodies import (
    describe_status,
    find_money,
    order_of,
    require_reversible,
    reversal_case,
)
from chalicelib.web.biller_calls import CHANNEL, Call, biller_operation
from chalicelib.web.operations import Operation, json_response, json_text
from chalicelib.web.request_reading import read_json
from chalicelib.wiring import platform

biller_reversals = Blueprint(__name__)

REVERSED, ASKED = 200, 202


@biller_operation(
    biller_reversals,
    Operation(
        "POST",
        "/biller/v1/payments/{transaction_no}/reversal",
        "Take a payment of today back: the bill is owed again. 202: a person decides",
        request="ReversalRequest",
        answer="BillerPaymentStatus",
        status=REVERSED,
        also=(ASKED,),
        errors=(400, 404, 409, 413, 415, 422),
        is_signed=True,
    ),
)
def reverse(call: Call, transaction_no: str) -> Response:
    """Asked again: the same answer, whatever the time. It is read after the money: where that is
    reversed, the answer is there."""
    from chalicelib.web.models.biller import ReversalRequest

    body, _ = read_json(call.request)
    asked = validate(ReversalRequest, body)
    reversal_no = asked.reversal_no or transaction_no
    amount = Money(asked.amount_minor, asked.currency)
    key = _AnswerKey(call, reversal_no, transaction_no, amount)
    money = find_money(call, transaction_no)
    before = platform().ledger.read_answer(key.portal, key.hash)
    if before is not None:
        return _answer(before, key)
    if amount != money.amount:
        raise Conflict("reversal_amount_differs", "a reversal is of exactly the payment's amount")
    require_not_reversed(money)
    described = describe_status(money, order_of(money), call.province.zone)
    if described["reversal"] is not None:
        return json_response(described, ASKED)
    require_reversible(call, money)
    wanted = AskedReversal(
        reversal_no, asked.reason, call.signed.raw_body, call.now, key.stored_answer
    )
    parts = platform()
    answer = reverse_payment(parts.ledger, parts.reversals, money, wanted)
    if answer is None:
        return _ask_person(call, money, described)
    record_change("payment_reversed", payment_no=money.payment_no, account=money.account)
    return _answer(answer, key)


class _AnswerKey:
    """Under which the answer to a reversal stands: the bank's own number of it. Told again for
    other money, it is another reversal with a number that is taken."""

    def __init__(self, call: Call, reversal_no: str, transaction_no: str, amount: Money) -> None:
        told = f"{transaction_no}|{amount.amount_minor}|{amount.currency}"
        self.portal = f"{CHANNEL}/{call.account.account}"
        self.hash = hash_idempotency_key(f"reversal|{reversal_no}")
        self.fingerprint = hashlib.sha256(told.encode()).digest()
        self._call = call

    def stored_answer(self, money: Transaction) -> StoredAnswer:
        described = describe_status(money, None, self._call.province.zone)
        return StoredAnswer(
            self.portal, self.hash, self.fingerprint, REVERSED, json_text(described)
        )


def _answer(stored: StoredAnswer, key: _AnswerKey) -> Response:
    if stored.fingerprint != key.fingerprint:
        raise Conflict(
            "reversal_no_reused",
            "this reversal number was told before, for other money",
            suggested_action="Give every reversal a number of its own.",
        )
    return json_response(stored.text, stored.status)


def _ask_person(call: Call, money: Transaction, described: Mapping[str, Any]) -> Response:
    parts = split_payment_no(money.payment_no)
    assert parts is not None, "money that paid an order names it"
    platform().ledger.open_case(reversal_case(money, call.now), parts[0])
    record_change("reversal_asked", payment_no=money.payment_no, account=money.account)
    return json_response({**described, "reversal": "asked"}, ASKED)
