"""What is signed of an open code, so that it can be checked without a network."""

from chalicelib.domain.orders import Order

SIGNED_FORM = "OPEN1"


def signed_text(order: Order, key_id: str) -> str:
    """What stands before the signature in the printed square: the form, the key, the code, the
    unit, its items, the amount in minor units, and the last day on which it can be paid."""
    assert order.open_code is not None
    parts = (
        *(SIGNED_FORM, key_id, order.payment_code, order.payee_unit),
        "+".join(line.fee_item for line in order.lines),
        *(str(order.amount.amount_minor), order.amount.currency),
        order.open_code.valid_until.isoformat(),
    )
    if any("|" in part for part in parts):
        raise ValueError("a part of a signed text holds its separator")
    return "|".join(parts)
