"""What bodies of orders and of bills have in common, as the actions take it."""

from typing import TYPE_CHECKING

from chalicelib.checkout.order_request import LineRequest
from chalicelib.domain.payers import Payer, PayerKind

if TYPE_CHECKING:
    from chalicelib.web.models.orders import OrderLineRequest, PayerRequest


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
