"""What must hold in a province's tables at every instant, also right after a crash.

The rows are read as they are stored; the tables of allowed changes stand here a second time, on
purpose. What holds once all that follows from the ledger was carried is in settled_invariants.py.
"""

import re
from collections import Counter
from collections.abc import Callable

from tests.support.basket_invariants import check_baskets
from tests.support.bill_invariants import OWED, check_bill_change, lines_sum_to_the_amount
from tests.support.open_code_invariants import (
    check_batch_change,
    check_open_code_change,
    codes_are_of_their_batch,
    covered_reference,
)
from tests.support.province_tables import Row, Tables, numbers_in, receipt_amounts
from tests.support.requiring import require
from tests.support.reversal_invariants import (
    VOID,
    check_reversals,
    mark_of,
    voided_of,
    what_was_reversed_stays_told,
)

UNPAID, CLOSED = ("created", "pending"), ("cancelled", "expired")
REVERSED = ("paid", "pending")
ORDER_EDGES = {
    *((status, to) for status in UNPAID for to in ("paid", *CLOSED)),
    ("created", "pending"),
    REVERSED,
}
ATTEMPT_EDGES = {
    *(("initiated", to) for to in ("pending", "unknown", "succeeded", "failed")),
    *(("pending", to) for to in ("unknown", "succeeded", "failed")),
    *(("unknown", to) for to in ("pending", "succeeded", "failed")),
    ("failed", "succeeded"),
    ("succeeded", "reversed"),
}
CASE_OF = {
    "suspense": "suspense",
    "wrong_amount": "wrong_amount",
    "surplus": "double_payment",
    "late_success": "late_success",
}
# A person's decisions: the money pays another order, or goes back.
DISPOSITION_EDGES = {
    *((waiting, to) for waiting in CASE_OF for to in ("applied", "refund_due")),
    ("refund_due", "refunded"),
    ("applied", "reversed"),
}
CASE_EDGES = {("open", "refund_due"), ("open", "closed"), ("refund_due", "closed")}
DECIDED_MONEY = {"disposition", "payment_no", "told_payment_no"}
NEVER_CHANGED = (
    *("portal", "mode", "payee_unit", "reference", "amount_minor", "currency", "content"),
    *("catalogue", "created_at", "expires_at", "guarded", "key_hash", "fingerprint", "payer"),
    "covers",
)


def numbers_are_whole(tables: Tables) -> None:
    """I1, as far as there are postings: money and instants are integers, money has a currency."""
    for row in tables.typed:
        for number in numbers_in({"M": row}):
            require(re.fullmatch(r"-?\d+", number), "I1 whole numbers", (row["pk"], number))
        if "amount_minor" in row:
            require("currency" in row, "I1 currency", row["pk"])


def an_order_is_paid_at_most_once(tables: Tables) -> None:
    """I3, I5: paid_by ↔ exactly one applied transaction, of this order, amount and account."""
    applied = {row["pk"]: row for row in tables.transactions if row["disposition"] == "applied"}
    paid = {code: row for code, row in tables.orders.items() if "paid_by" in row}
    check_baskets(tables)
    paid = {code: row for code, row in paid.items() if "paid_in" not in row}
    payers = Counter(row["paid_by"] for row in paid.values())
    require(payers == Counter(applied.keys()), "I3 paid once", (payers, set(applied)))
    for code, order in tables.orders.items():
        is_paid = order["status"] == "paid"
        require(
            is_paid == ("paid_by" in order) == ("paid_at" in order), "I3 paid has a payer", code
        )
    for code, order in paid.items():
        payment = applied[order["paid_by"]]
        attempt = order["attempts"].get(payment["payment_no"][18:], {})
        require(payment["payment_no"][:18] == code, "I3 own payment", code)
        require(
            all(payment[name] == order[name] for name in ("amount_minor", "currency", "paid_at"))
            and all(payment[name] == attempt[name] for name in ("channel", "account"))
            and attempt["status"] == "succeeded",
            "I3 amount and account",
            code,
        )


def an_obligation_has_one_holder(tables: Tables) -> None:
    """I3: held by the one open or paid order of its reference, else released."""
    held = {row["pk"]: row["payment_code"] for row in tables.of("REF#") if row["state"] == "held"}
    holders: Counter[str] = Counter()
    for code, order in tables.orders.items():
        reference = covered_reference(order)
        if reference and order["guarded"] and order["status"] not in CLOSED:
            spoken = "".join(reference.casefold().split())
            key = f"REF#{order['mode']}#{order['payee_unit']}#{spoken}"
            holders[key] += 1
            require(held.get(key) == code, "I3 obligation", (key, code))
    require(holders == Counter(held.keys()), "I3 obligation", (holders, held))


def only_allowed_changes(tables: Tables) -> None:
    """I4: every step that the stream saw is an edge of a table; what is fixed stays."""
    for change in tables.changes:
        require(change.new is not None, "I4 money rows stay", change.pk)
        if change.new is not None and change.old is not None:
            _check_change(change.pk, change.old, change.new)
        elif change.new is not None and change.pk.startswith("O#"):
            require(change.new["status"] == "created", "I4 order begins", change.pk)


def _check_change(pk: str, old: Row, new: Row) -> None:
    kind = pk.partition("#")[0]
    if kind in ("I", "M"):
        require(old == new, "I4 facts stay", pk)
    if kind == "R":
        is_voided = "voided_at" not in old and {**old, **{k: new.get(k) for k in VOID}} == new
        require(old == new or is_voided, "I4 facts stay", pk)
    if kind == "T":
        _check_decided_money(pk, old, new)
    if kind == "CASE":
        step = (old["state"], new["state"])
        require(step[0] == step[1] or step in CASE_EDGES, "I4 case edge", (pk, step))
        before, after = old.get("decisions", []), new.get("decisions", [])
        is_told = len(after) == len(before) + (step[0] != step[1])
        require(is_told and after[: len(before)] == before, "I4 decisions are told", pk)
    if kind == "S":
        require(new["next"] > old["next"], "I8 counter", pk)
    if kind == "BATCH":
        check_batch_change(pk, old, new)
    if kind != "O":
        return
    step = (old["status"], new["status"])
    require(step[0] == step[1] or step in ORDER_EDGES, "I4 order edge", (pk, step))
    for no, after in new["attempts"].items():
        before = old["attempts"].get(no, {"status": "initiated"})
        step = (before["status"], after["status"])
        require(step[0] == step[1] or step in ATTEMPT_EDGES, "I4 payment edge", (pk, no, step))
    check_bill_change(pk, old, new)
    free = (*(OWED if "bill_version" in old else ()), *check_open_code_change(pk, old, new))
    changed = [name for name in NEVER_CHANGED if old.get(name) != new.get(name)]
    fixed = [name for name in changed if name not in free]
    is_reversed = (old["status"], new["status"]) == REVERSED
    check_reversals(pk, old, new, is_reversed=is_reversed)
    paid = () if is_reversed else ("paid_by", "paid_at")
    fixed += [name for name in paid if name in old and old[name] != new.get(name)]
    require(not fixed, "I4 fixed attributes", (pk, fixed))
    for name in ("attempts", "cases", *(() if is_reversed else ("receipts",))):
        require(old[name].keys() <= new[name].keys(), "I4 maps grow", (pk, name))
    kept = new["receipts"].items() if is_reversed else old["receipts"].items()
    numbered = all(new["receipts"][kind] == mark for kind, mark in kept)
    require(numbered, "I8 receipt renumbered", pk)


def _check_decided_money(pk: str, old: Row, new: Row) -> None:
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    step = (old["disposition"], new["disposition"])
    is_taken_back = step == ("applied", "reversed")
    due = {"due_at", "due_shard"} if new["disposition"] == "reversed" else set()
    allowed = {"disposition", "reversal"} if is_taken_back else DECIDED_MONEY
    require(changed <= allowed | due, "I4 facts stay", (pk, changed))
    require(step[0] == step[1] or step in DISPOSITION_EDGES, "I4 money edge", (pk, step))
    is_assigned = step[0] != step[1] and step[1] == "applied"
    told = new.get("told_payment_no") == old["payment_no"] if is_assigned else True
    require(told and is_assigned == ("payment_no" in changed), "I4 told number stays", pk)


def other_money_has_a_case(tables: Tables) -> None:
    """I4, I6: money that paid nothing waits for a person, in its case and on its order."""
    for row in tables.transactions:
        if row["disposition"] in ("applied", "reversed"):
            continue
        case_id = _case_of(tables, row)
        state = {"refund_due": "refund_due", "refunded": "closed"}.get(row["disposition"], "open")
        require(tables.cases[case_id]["state"] == state, "I6 case and its money", case_id)
        order = tables.orders.get(row["payment_no"][:18])
        if order is not None and not case_id.startswith("suspense:"):
            require(case_id in order["cases"], "I6 case on the order", case_id)
    for code, order in tables.orders.items():
        require(set(order["cases"]) <= set(tables.cases), "I6 case exists", code)
        for case_id, flag in order["cases"].items():
            is_open = tables.cases[case_id]["state"] == "open"
            require(is_open == (flag != "decided"), "I6 case stands in the way", case_id)


def _case_of(tables: Tables, row: Row) -> str:
    """Of money that a person has decided on, whichever of its kinds there is."""
    kinds = [CASE_OF[row["disposition"]]] if row["disposition"] in CASE_OF else CASE_OF.values()
    found = [case_id for kind in kinds if (case_id := f"{kind}:{row['pk']}") in tables.cases]
    require(len(found) == 1, "I6 case", (row["pk"], found))
    return found[0]


def money_is_told_by_a_provider(tables: Tables) -> None:
    """I5: a transaction's key is its provider's number; no attempt succeeded without one."""
    payment_nos = {row["payment_no"] for row in tables.transactions}
    payment_nos |= {row.get("told_payment_no") for row in tables.transactions}
    for row in tables.transactions:
        parts = (row["channel"], row["account"], row["provider_transaction"])
        require(row["pk"] == "T#" + "#".join(parts), "I5 transaction's key", row["pk"])
    for code, order in tables.orders.items():
        for no, attempt in order["attempts"].items():
            if attempt["status"] in ("succeeded", "reversed"):
                require(code + no in payment_nos, "I5 success without money", code + no)


def receipts_have_no_gap(tables: Tables) -> None:
    """I8: each series is 1, 2, 3 … up to its counter, each number once, each on a paid order."""
    numbers: dict[str, list[int]] = {row["pk"][2:]: [] for row in tables.of("S#")}
    for row in tables.receipts:
        require(row["series"] in numbers, "I8 series", row["pk"])
        require(row["pk"] == f"R#{row['series']}#{row['number']:07d}", "I8 number", row["pk"])
        numbers[row["series"]].append(row["number"])
        order = tables.orders[row["payment_code"]]
        mark = mark_of(order, row)
        told = all(mark.get(name) == row[name] for name in ("series", "number", "token"))
        require(told, "I8 receipt on its order", row["pk"])
        is_paid = "voided_at" in row or row["paid_by"] == order.get("paid_by")
        require(is_paid, "I8 receipt of a paid order", row["pk"])
        due = receipt_amounts(order).get(row["kind"])
        require(row["amount_minor"] == due, "I8 receipt's amount", row["pk"])
    for series, found in numbers.items():
        last = tables.ledger[f"S#{series}"]["next"] - 1
        require(sorted(found) == list(range(1, last + 1)), "I8 no gap", (series, found, last))
    marks = sum(len(order["receipts"]) + len(voided_of(order)) for order in tables.orders.values())
    require(marks == len(tables.receipts), "I8 receipts", (marks, len(tables.receipts)))


def unpaid_orders_are_watched(tables: Tables) -> None:
    """I7: who may still pay is asked about; what follows from the end is due until it is done."""
    for code, order in tables.orders.items():
        if order["status"] in UNPAID:
            watched = order.get("due_shard", "").startswith("ask-") and "due_at" in order
            require(watched, "I7 watched", code)
        elif "due_shard" in order:
            require(order["due_shard"].startswith("effects-"), "I7 effects due", code)


def what_moved_a_payment_is_kept(tables: Tables) -> None:
    """The provider's word stands in the ledger before it moves a payment without money. Who waits
    for a transfer has nobody to ask."""
    said = {(row["pk"].removeprefix("M#"), row["code"]) for row in tables.messages}
    for code, order in tables.orders.items():
        for no, attempt in order["attempts"].items():
            reason = attempt.get("reason", "awaiting_credit")
            kept = reason == "awaiting_credit" or (code + no, reason[:64]) in said
            require(kept, "I7 the provider's words", (code + no, reason))


ALWAYS: tuple[Callable[[Tables], None], ...] = (
    numbers_are_whole,
    an_order_is_paid_at_most_once,
    an_obligation_has_one_holder,
    only_allowed_changes,
    other_money_has_a_case,
    money_is_told_by_a_provider,
    receipts_have_no_gap,
    unpaid_orders_are_watched,
    what_moved_a_payment_is_kept,
    lines_sum_to_the_amount,
    codes_are_of_their_batch,
    what_was_reversed_stays_told,
)


def check_always(tables: Tables) -> None:
    for invariant in ALWAYS:
        invariant(tables)
