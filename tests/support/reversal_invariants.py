"""What must hold of payments that a bank took back: nothing of them is forgotten or counted."""

from collections.abc import Iterable

from tests.support.province_tables import Row, Tables
from tests.support.requiring import require

VOID = ("voided_at", "void_reason")
MARKED = ("series", "number", "token", "issued_at")


def voided_of(order: Row) -> list[Row]:
    found: list[Row] = order.get("voided", [])
    return found


def mark_of(order: Row, receipt: Row) -> Row:
    """Where the order has it: among those that hold, or those that are void."""
    marks = voided_of(order) if "voided_at" in receipt else [order["receipts"].get(receipt["kind"])]
    found = [mark for mark in marks if mark and mark["number"] == receipt["number"]]
    return found[0] if len(found) == 1 else {}


def check_reversals(pk: str, old: Row, new: Row, *, is_reversed: bool) -> None:
    """One change takes the payer away, keeps its name, and moves its receipts to the void ones."""
    before, after = old.get("reversals", []), new.get("reversals", [])
    wanted = [*before, old["paid_by"]] if is_reversed else before
    require(after == wanted, "I4 reversals are told", (pk, before, after))
    moved = list(old["receipts"].items()) if is_reversed else []
    require(not (is_reversed and (new["receipts"] or "paid_by" in new)), "I8 void", pk)
    kept, added = voided_of(new)[: len(voided_of(old))], voided_of(new)[len(voided_of(old)) :]
    require(kept == voided_of(old), "I8 void receipts stay", pk)
    told = [(each["kind"], {name: each[name] for name in MARKED}) for each in added]
    require(sorted(told, key=str) == sorted(moved, key=str), "I8 void receipts", (pk, told))


def what_was_reversed_stays_told(tables: Tables) -> None:
    """I3, I5: each reversed transaction is on its order, once, as a reversed attempt."""
    money = {row["pk"]: row for row in tables.transactions if row["disposition"] == "reversed"}
    listed = [key for order in tables.orders.values() for key in order.get("reversals", [])]
    require(sorted(listed) == sorted(money), "I3 reversals", (listed, set(money)))
    for code, order in tables.orders.items():
        for turn, key in enumerate(order.get("reversals", [])):
            row = money[key]
            require(row["payment_no"][:18] == code, "I3 own reversal", key)
            attempt = order["attempts"][row["payment_no"][18:]]
            require(attempt["status"] == "reversed", "I3 reversed attempt", key)
            require(row["reversal"]["turn"] == turn, "I3 turn", key)
            kinds = {each["kind"] for each in voided_of(order) if each["turn"] == turn}
            require(kinds == set(row["reversal"]["voids"]), "I8 voided kinds", key)
        states = [each["status"] for each in order["attempts"].values()]
        count = len(order.get("reversals", []))
        require(states.count("reversed") == count, "I3 reversed attempts", code)
    voided = {
        (each["series"], each["number"]) for o in tables.orders.values() for each in voided_of(o)
    }
    rows = {(row["series"], row["number"]) for row in tables.receipts if "voided_at" in row}
    require(voided == rows, "I8 void rows", (voided, rows))


def reversal_facts(code: str, order: Row) -> Iterable[tuple[str, str, str]]:
    """What the portal was told of each payment that was taken back."""
    for _ in order.get("reversals", []):
        yield "order.paid", code, ""
        yield "order.reversed", code, ""
    for each in voided_of(order):
        yield "receipt.issued", code, each["kind"]
        yield "receipt.voided", code, each["kind"]
