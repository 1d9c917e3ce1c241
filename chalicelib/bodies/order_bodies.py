"""What bodies of orders and of bills have in common, asked and told."""

from typing import TYPE_CHECKING, Any

from chalicelib.bodies.validation import validate
from chalicelib.checkout.order_request import LineRequest, OrderRequest
from chalicelib.domain.identifiers import verification_word
from chalicelib.domain.orders import Order
from chalicelib.domain.payers import Payer, PayerKind
from chalicelib.domain.portals import Portal
from chalicelib.domain.representation import describe_order
from chalicelib.wiring import platform

if TYPE_CHECKING:
    from chalicelib.bodies.models.orders import OrderLineRequest, PayerRequest


def read_order(body: dict[str, Any]) -> OrderRequest:
    """Raises: InvalidRequest."""
    from chalicelib.bodies.models.orders import OrderCreateRequest

    asked = validate(OrderCreateRequest, body)
    return OrderRequest(
        reference=asked.reference,
        payee_unit=asked.payee_unit,
        lines=read_lines(asked.lines),
        payer=read_payer(asked.payer),
        return_url=asked.return_url,
        language=asked.language,
        expires_in_seconds=asked.expires_in_seconds,
        channels=tuple(asked.channels) if asked.channels else None,
        metadata=asked.metadata,
    )


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
