"""What must hold of bills at any moment. What is owed is computed a second time, on purpose."""

import json
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction
from typing import Any

from chalicelib.storage.compression import decompress
from tests.support.province_tables import Row, Tables
from tests.support.requiring import require

OWED = ("amount_minor", "content", "expires_at")
IN_FLIGHT = ("initiated", "pending", "unknown")
ROUNDINGS = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN, "up": ROUND_UP}


def content_of(order: Row) -> Any:
    return json.loads(decompress(order["content"]).partition("\n")[2])


def lines_sum_to_the_amount(tables: Tables) -> None:
    """I1: an order asks for what its lines say; a bill for principal and surcharge as its rule
    gives them on the day for which it was priced."""
    for code, order in tables.orders.items():
        content = content_of(order)
        total = sum(line["amount_minor"] for line in content["lines"])
        if "covers" in order:
            parts = order["covers"].values()
            covered = sum(each["amount_minor"] for each in parts)
            is_part = any("is_part" in each for each in parts)
            require(total == (covered if is_part else 0), "I1 a basket has no lines", code)
            total = covered
        require(total == order["amount_minor"], "I1 lines", code)
        require(("bill" in content) == ("bill_version" in order), "I1 bill", code)
        if "bill" in content:
            late = [line for line in content["lines"] if line.get("part") == "surcharge"]
            surcharge = sum(line["amount_minor"] for line in late)
            owed = surcharge_owed(content, total - surcharge)
            require(surcharge == owed, "I1 surcharge", (code, surcharge, owed))


def surcharge_owed(content: Any, principal: int) -> int:
    bill = content["bill"]
    rule, priced_on = bill["terms"]["surcharge"], date.fromisoformat(bill["priced_on"])
    days = (priced_on - date.fromisoformat(bill["terms"]["due_on"])).days
    if rule is None or days <= 0:
        return 0
    owed = [rounded(principal * Fraction(*rule["daily"]) * days, rule["rounding"])]
    if rule["cap"] is not None:
        owed.append(rounded(principal * Fraction(*rule["cap"]), rule["rounding"]))
    if rule["cap_minor"] is not None:
        owed.append(rule["cap_minor"])
    return min(owed)


def rounded(value: Fraction, how: str) -> int:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return int(exact.quantize(Decimal(1), ROUNDINGS[how]))


def check_bill_change(pk: str, old: Row, new: Row) -> None:
    """I4: what is owed changes by an amendment, which is counted and kept, or with the day; never
    under a payment and never after it."""
    if "bill_version" not in old or all(old[name] == new[name] for name in OWED):
        return
    busy = [no for no, each in old["attempts"].items() if each["status"] in IN_FLIGHT]
    require(not busy, "I4 owed under a payment", (pk, busy))
    require(old["attempts"] == new["attempts"], "I4 owed and attempts", pk)
    require(old["status"] in ("created", "pending"), "I4 owed after the end", pk)
    before, after = content_of(old)["bill"], content_of(new)["bill"]
    if new["bill_version"] == old["bill_version"]:
        repriced = {**before, "priced_on": after["priced_on"]}
        require(after == repriced, "I4 terms without an amendment", pk)
        return
    require(new["bill_version"] == old["bill_version"] + 1, "I4 bill's version", pk)
    parts = (old.get("parts", {}), new.get("parts", {}))
    if parts[0] != parts[1]:
        _check_part(pk, old, new)
        return
    kept = after["amendments"][: len(before["amendments"])]
    require(kept == before["amendments"], "I4 history", pk)
    acts = len(after["amendments"]) + (after["cancellation"] is not None) + len(parts[1])
    require(acts == new["bill_version"] - 1, "I4 an act for each version", pk)
    if new["status"] == "cancelled":
        require(after["terms"] == before["terms"], "I4 terms of a cancelled bill", pk)
    else:
        lines = content_of(old)["lines"]
        principal = [line for line in lines if line.get("part") != "surcharge"]
        was = {**before["terms"], "lines": principal}
        require(after["amendments"][-1]["before"] == was, "I4 what it was", pk)


def _check_part(pk: str, old: Row, new: Row) -> None:
    """I4: one part more, which is kept, and exactly its amount less of principal; else the same."""
    before, after = old.get("parts", {}), new["parts"]
    require(before.items() <= after.items(), "I4 parts are kept", pk)
    (code,) = after.keys() - before.keys()
    lowered = _principal(old) - after[code]["amount_minor"]
    require(_principal(new) == lowered > 0, "I4 a part lowers the principal", pk)
    same = {**content_of(old)["bill"], "version": new["bill_version"]}
    require(content_of(new)["bill"] == same, "I4 a part changes nothing else", pk)


def _principal(order: Row) -> int:
    lines = content_of(order)["lines"]
    return sum(line["amount_minor"] for line in lines if line.get("part") != "surcharge")


def bills_are_listed(tables: Tables) -> None:
    """Once all was carried: the list has every bill, as its row is."""
    found = {
        sk[14:]: (row["status"], row["due_on"], row["bill_version"])
        for (_, sk), row in tables.views_of("BILLS#").items()
    }
    wanted = {
        code: (order["status"], order["due_on"], order["bill_version"])
        for code, order in tables.orders.items()
        if "bill_version" in order
    }
    require(found == wanted, "views: bills", (found, wanted))
