"""Take open codes back while they are unused: one, or all that are left of a batch."""

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.checkout.bind_open_code import AnswerOf
from chalicelib.checkout.cancel_order import cancel_order, require_cancellable
from chalicelib.checkout.record_outcome import EFFECTS_DUE
from chalicelib.domain.bills import Cancellation
from chalicelib.domain.open_codes import Batch, OpenCode
from chalicelib.domain.orders import Order, OrderEvent, OrderStatus
from chalicelib.domain.portals import Portal
from chalicelib.errors import Conflict, NotFound
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.stored_answers import StoredAnswer


@dataclass(frozen=True, slots=True)
class VoidAct:
    """`reason`: why, in the words of whoever asks."""

    portal: Portal
    reason: str
    now: datetime

    @property
    def told(self) -> Cancellation:
        return Cancellation(self.now, self.portal.portal_id, self.reason)


@dataclass(frozen=True, slots=True)
class KeptCode:
    """Not void, and why: an error's code."""

    order: Order
    why: str


def void_code(ledger: Ledger, order: Order, act: VoidAct, answer_of: AnswerOf) -> StoredAnswer:
    """Its payments in flight were closed before, where their channels can do that.

    Raises: NotFound; Conflict as `require_cancellable`; TryLater."""
    if order.open_code is None:
        raise NotFound("open_code_not_found", "no such open code")
    require_cancellable(order)
    void = replace(order.open_code, void=act.told)
    answer = answer_of(replace(order, status=OrderStatus.CANCELLED, open_code=void))
    cancel_order(ledger, order, answer, act.now, cancelled=void)
    return answer


def void_batch(ledger: Ledger, batch: Batch, orders: list[Order], act: VoidAct) -> list[KeptCode]:
    """Those of `orders`, the whole batch, that are not void now: they are used, or a payment is
    under way."""
    ledger.open_codes.void_batch(replace(batch, void=act.told))
    kept = [(order, _void_unused(ledger, order, act)) for order in orders]
    return [KeptCode(order, why) for order, why in kept if why]


def _void_unused(ledger: Ledger, order: Order, act: VoidAct) -> str:
    """Empty when it is void."""
    assert order.open_code is not None
    if order.status in (OrderStatus.CANCELLED, OrderStatus.EXPIRED):
        return ""
    if order.open_code.binding is not None and order.is_payable:
        return "open_code_bound"
    try:
        require_cancellable(order)
    except Conflict as conflict:
        return conflict.code
    void: OpenCode = replace(order.open_code, void=act.told)
    event, due_at = OrderEvent.ORDER_CANCELLED, act.now + EFFECTS_DUE
    if ledger.close_unpaid(order, event, due_at, cancelled=void):
        return ""
    found = ledger.read_order(order.payment_code) or order
    return "" if found.status is OrderStatus.CANCELLED else "busy"
