"""What must hold of baskets at any moment: every part of the money paid its bill, or is a case."""

from tests.support.province_tables import Tables
from tests.support.requiring import require


def check_baskets(tables: Tables) -> None:
    """I3: the parts sum to the money; each has a bill that it paid, or a case, never both."""
    for code, basket in tables.orders.items():
        if "covers" not in basket:
            continue
        parts = basket["covers"].values()
        is_part = any("is_part" in each for each in parts)
        require(is_part or basket["receipts"] == {}, "I8 a basket has no receipts", code)
        total = sum(each["amount_minor"] for each in parts)
        require(total == basket["amount_minor"], "I1 basket's parts", code)
        for bill_code, part in basket["covers"].items():
            bill = tables.orders[bill_code]
            require(bill["payee_unit"] == part["payee_unit"], "I3 basket's unit", bill_code)
            case = tables.cases.get(f"bill_not_paid:{basket.get('paid_by')}#{bill_code}")
            taken = bill.get("parts", {}).get(code)
            is_settled = bill.get("paid_in") == code or taken is not None
            is_paid = "paid_by" in basket
            require(is_paid == (is_settled != (case is not None)), "I3 part of a basket", bill_code)
            if taken is not None:
                require("is_part" in part, "I3 part of a bill", bill_code)
                told = (taken["amount_minor"], taken["paid_at"])
                require(told == (part["amount_minor"], basket["paid_at"]), "I3 part", bill_code)
            elif is_settled:
                same = all(
                    bill[name] == basket[name] for name in ("paid_by", "paid_at", "currency")
                )
                require(same, "I3 bill and its basket", bill_code)
                now = (bill["amount_minor"], bill["bill_version"])
                require(now == (part["amount_minor"], part["bill_version"]), "I3 amount", bill_code)
            elif case is not None:
                require(case["amount_minor"] == part["amount_minor"], "I6 part's case", bill_code)
    for code, bill in tables.orders.items():
        if "paid_in" in bill:
            covers = tables.orders[bill["paid_in"]].get("covers", {})
            require(code in covers, "I3 paid in a basket that covers it", code)
