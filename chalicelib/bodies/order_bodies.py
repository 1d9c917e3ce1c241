"""What bodies of orders and of bills have in common, asked and told."""

from typing import TYPE_CHECKING, Any

from chalicelib.checkout.order_request import LineRequest
from chalicelib.domain.identifiers import verification_word
from chalicelib.domain.orders import Order
from chalicelib.domain.payers import Payer, PayerKind
from chalicelib.domain.portals import Portal
from chalicelib.domain.representation import describe_order
from chalicelib.wiring import platform

if TYPE_CHECKING:
    from chalicelib.bodies.models.orders import OrderLineRequest, PayerRequest


def read_payer(asked: "PayerRequest") -> Payer:
    identity = asked.identity
    return Payer(
        kind=PayerKind(asked.kind),
        name=asked.name,
        identity_kind=identity.kind if identity else None,
        identity_number=identity.number if identity else None,
        phone=asked.phone,
        email=asked.email,
    )


def read_lines(asked: "list[OrderLineRequest]") -> tuple[LineRequest, ...]:
    return tuple(
        LineRequest(line.fee_item, line.quantity, line.amount_minor, line.description)
        for line in asked
    )


def describe_alone(portal: Portal, order: Order) -> dict[str, Any]:
    """Without what happened to it since."""
    word = verification_word(portal.code_secret, order.payment_code)
    return describe_order(order, word, platform().settings.public_base_url)
