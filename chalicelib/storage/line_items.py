"""Lines of orders and receipts inside rows."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.order_lines import LinePart, OrderLine
from chalicelib.storage.expressions import Item


def line_to_map(line: OrderLine) -> Item:
    """A line without `part` is principal, as all were before there were bills."""
    part = {} if line.part is LinePart.PRINCIPAL else {"part": line.part.value}
    return {
        "fee_item": line.fee_item,
        "names": dict(line.names),
        "quantity": line.quantity,
        "amount_minor": line.amount_minor,
        "receipt_kind": line.receipt_kind.value,
        "description": line.description,
        **part,
    }


def line_from_map(value: Mapping[str, Any]) -> OrderLine:
    return OrderLine(
        fee_item=value["fee_item"],
        names=value["names"],
        quantity=value["quantity"],
        amount_minor=value["amount_minor"],
        receipt_kind=ReceiptKind(value["receipt_kind"]),
        description=value["description"],
        part=LinePart(value.get("part", LinePart.PRINCIPAL)),
    )
