"""Bind an open code to its dossier and its payer: once, before or after it was paid."""

import hmac
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from chalicelib.checkout.closed_orders import closed_conflict
from chalicelib.checkout.create_order import obligation_conflict, seal_payer
from chalicelib.checkout.desk import Desk
from chalicelib.domain.open_codes import Binding
from chalicelib.domain.orders import Order
from chalicelib.domain.payers import Payer
from chalicelib.domain.portals import Portal
from chalicelib.errors import Conflict, NotFound, TryLater
from chalicelib.storage.keys import as_spoken
from chalicelib.storage.open_codes import BINDABLE
from chalicelib.storage.stored_answers import StoredAnswer

CONTENT_BYTES = 16

# What the caller is answered for the order as it becomes, kept in the write that changes it.
AnswerOf = Callable[[Order], StoredAnswer]


@dataclass(frozen=True, slots=True)
class BindCommand:
    """`reference`: the payee unit's own number for what is owed."""

    portal: Portal
    reference: str
    payer: Payer
    now: datetime


def bind_code(desk: Desk, order: Order, command: BindCommand, answer_of: AnswerOf) -> StoredAnswer:
    """The same binding again, under whatever key, is answered and changes nothing.

    Raises: NotFound; Conflict (`open_code_bound`, `order_cancelled`, `order_expired`, `order_paid`
    once it was refunded, `obligation_open`, `obligation_paid`); TryLater."""
    content_hash = _hash_content(command)
    known = _judge(desk, order, content_hash)
    if known is not None:
        return desk.ledger.keep_answer(answer_of(known))
    assert order.open_code is not None
    binding = Binding(command.reference, command.now, command.portal.portal_id, content_hash)
    bound = replace(
        order,
        open_code=replace(order.open_code, binding=binding),
        sealed_payer=seal_payer(desk, command.payer, order.payment_code),
    )
    answer = answer_of(bound)
    refused = desk.ledger.open_codes.bind(bound, answer)
    if refused is None:
        return answer
    if refused.answered is not None:
        return refused.answered
    if refused.order is not None and _judge(desk, refused.order, content_hash) is not None:
        return desk.ledger.keep_answer(answer_of(refused.order))
    if refused.held_by is not None:
        raise _held(desk, command.portal, order, refused.held_by)
    raise TryLater("busy", "the code changed at the same moment; send it again")


def _judge(desk: Desk, order: Order, content_hash: bytes) -> Order | None:
    """The order, when it is bound so already. Raises: NotFound, Conflict."""
    if order.open_code is None:
        raise NotFound("open_code_not_found", "no such open code")
    binding = order.open_code.binding
    if binding is not None:
        if hmac.compare_digest(binding.content_hash, content_hash):
            return order
        raise Conflict(
            "open_code_bound",
            "this code belongs to another file or payer",
            suggested_action="Take another code. If this binding is wrong, finance decides.",
            link=f"{desk.public_base_url}/v1/orders/{order.payment_code}",
        )
    if order.status not in BINDABLE:
        raise closed_conflict(order)
    return None


def _held(desk: Desk, portal: Portal, order: Order, holder: str) -> Conflict:
    """The dossier is covered already; what becomes of this code depends on whether it has money."""
    conflict = obligation_conflict(desk, portal, holder)
    is_open = conflict.code == "obligation_open"
    if order.paid_by is None:
        action = "Use the order that covers this file, and void this code."
    elif is_open:
        action = "Cancel the open order of this file, then bind this code: it is paid."
    else:
        action = (
            "The file was paid twice. This code's money is kept and stays on the list of unbound "
            "codes: bind it to the file it was meant for, or have finance repay it by this code."
        )
    return Conflict(conflict.code, conflict.detail, suggested_action=action, link=conflict.link)


def _hash_content(command: BindCommand) -> bytes:
    """Keyed with what only we know: an identity number must not be found by trying."""
    content = [as_spoken(command.reference), asdict(command.payer)]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    message = f"binding|{text}".encode()
    return hmac.digest(command.portal.code_secret, message, "sha256")[:CONTENT_BYTES]
