"""Money that pays several bills at once: followed from the basket to each bill, and from a bill to
the basket. Standard library only."""

from collections.abc import Iterable
from typing import Any


def check_paid_in(records: Iterable[Any], bill: dict[str, Any], code: str, found: Any) -> None:
    """Of a bill that a basket paid: the basket covers it for its amount, with the money of the
    bill's `paid_by`."""
    if "paid_in" not in bill:
        return
    wanted = {f"O#{bill['paid_in']}": None, bill["paid_by"]: None}
    basket, money = _last(records, wanted).values()
    name = f"basket {bill['paid_in']}"
    if basket is None or money is None:
        found.check(False, f"{name}: the journal has no such basket, or not its money")
        return
    part = basket.row.get("covers", {}).get(code, {})
    same = all(part.get(each) == bill[each] for each in ("amount_minor", "bill_version"))
    found.check(same, f"{name} covers it for {bill['amount_minor']}, as it was owed", basket)
    same = all(basket.row.get(each) == bill[each] for each in ("paid_by", "paid_at", "currency"))
    found.check(same, f"{name} was paid by the same transaction, at the same time", basket)
    row = money.row
    right = row["payment_no"][:18] == bill["paid_in"] and row["disposition"] == "applied"
    right &= row["amount_minor"] == basket.row["amount_minor"]
    found.check(right, f"{money.row['pk']}: {row['amount_minor']}, for {name}", money)


def check_basket(records: Iterable[Any], basket: dict[str, Any], code: str, found: Any) -> None:
    """Of a paid basket: each part of the money paid its bill, or has a case."""
    covers, paid_by = basket.get("covers"), basket.get("paid_by")
    if not covers:
        return
    total = sum(part["amount_minor"] for part in covers.values())
    found.check(total == basket["amount_minor"], f"{len(covers)} bills amount to {total}")
    if paid_by is None:
        return
    cases = {each: f"CASE#bill_not_paid:{paid_by}#{each}" for each in covers}
    wanted = dict.fromkeys([*(f"O#{each}" for each in covers), *cases.values()])
    rows = _last(records, wanted)
    for each, part in sorted(covers.items()):
        bill, case = rows[f"O#{each}"], rows[cases[each]]
        taken = bill.row.get("parts", {}).get(code) if bill is not None else None
        if taken is not None:
            right = case is None and taken["amount_minor"] == part["amount_minor"]
            found.check(
                right, f"bill {each}, {part['payee_unit']}: {part['amount_minor']} of it", bill
            )
            continue
        is_paid = bill is not None and bill.row.get("paid_in") == code
        said = f"bill {each}, {part['payee_unit']}: {part['amount_minor']} "
        if is_paid:
            right = case is None and bill.row["paid_by"] == paid_by
            right &= bill.row["amount_minor"] == part["amount_minor"]
            found.check(right, said + "paid", bill)
        else:
            right = case is not None and case.row["amount_minor"] == part["amount_minor"]
            found.check(right, said + "not paid, and a case for it", case)


def _last(records: Iterable[Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The last image of each of those rows; None where there is none."""
    for image in records:
        pk = image.row["pk"]
        if pk in wanted and (wanted[pk] is None or image.sequence > wanted[pk].sequence):
            wanted[pk] = image
    return wanted
