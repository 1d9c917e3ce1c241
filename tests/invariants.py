"""What must hold in a province's tables, whatever happened to its functions.

`check_always` holds at every instant, also right after a crash; `check_settled` once everything
that follows from the ledger was carried. They read the rows as they are stored: the tables of
allowed changes stand here a second time, on purpose.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable

from tests.portal_receiver import Received
from tests.province_tables import Row, Tables, numbers_in, receipt_amounts

UNPAID, CLOSED = ("created", "pending"), ("cancelled", "expired")
ORDER_EDGES = {
    *((status, to) for status in UNPAID for to in ("paid", *CLOSED)),
    ("created", "pending"),
}
ATTEMPT_EDGES = {
    *(("initiated", to) for to in ("pending", "unknown", "succeeded", "failed")),
    *(("pending", to) for to in ("unknown", "succeeded", "failed")),
    *(("unknown", to) for to in ("pending", "succeeded", "failed")),
    ("failed", "succeeded"),
}
CASE_OF = {
    "suspense": "suspense",
    "wrong_amount": "wrong_amount",
    "surplus": "double_payment",
    "late_success": "late_success",
}
NOTICE_OF = {
    "paid": "order.paid",
    "cancelled": "order.cancelled",
    "expired": "order.expired",
}
NEVER_CHANGED = (
    *("portal", "mode", "payee_unit", "reference", "amount_minor", "currency", "content"),
    *("catalogue", "created_at", "expires_at", "guarded", "key_hash", "fingerprint", "payer"),
)


class InvariantBroken(AssertionError):
    """The message begins with the invariant's name."""


def _require(holds: object, name: str, detail: object) -> None:
    if not holds:
        raise InvariantBroken(f"{name}: {detail}")


def numbers_are_whole(tables: Tables) -> None:
    """I1, as far as there are postings: money and instants are integers, money has a currency."""
    for row in tables.typed:
        for number in numbers_in({"M": row}):
            _require(re.fullmatch(r"-?\d+", number), "I1 whole numbers", (row["pk"], number))
        if "amount_minor" in row:
            _require("currency" in row, "I1 currency", row["pk"])


def an_order_is_paid_at_most_once(tables: Tables) -> None:
    """I3, I5: paid_by ↔ exactly one applied transaction, of this order, amount and account."""
    applied = {row["pk"]: row for row in tables.transactions if row["disposition"] == "applied"}
    paid = {code: row for code, row in tables.orders.items() if "paid_by" in row}
    payers = Counter(row["paid_by"] for row in paid.values())
    _require(payers == Counter(applied.keys()), "I3 paid once", (payers, set(applied)))
    for code, order in tables.orders.items():
        is_paid = order["status"] == "paid"
        _require(is_paid == (code in paid) == ("paid_at" in order), "I3 paid has a payer", code)
    for code, order in paid.items():
        payment = applied[order["paid_by"]]
        attempt = order["attempts"].get(payment["payment_no"][18:], {})
        _require(payment["payment_no"][:18] == code, "I3 own payment", code)
        _require(
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
        if order["guarded"] and order["status"] not in CLOSED:
            key = f"REF#{order['mode']}#{order['payee_unit']}#{order['reference']}"
            holders[key] += 1
            _require(held.get(key) == code, "I3 obligation", (key, code))
    _require(holders == Counter(held.keys()), "I3 obligation", (holders, held))


def only_allowed_changes(tables: Tables) -> None:
    """I4: every step that the stream saw is an edge of a table; what is fixed stays."""
    for change in tables.changes:
        _require(change.new is not None, "I4 money rows stay", change.pk)
        if change.new is not None and change.old is not None:
            _check_change(change.pk, change.old, change.new)
        elif change.new is not None and change.pk.startswith("O#"):
            _require(change.new["status"] == "created", "I4 order begins", change.pk)


def _check_change(pk: str, old: Row, new: Row) -> None:
    kind = pk.partition("#")[0]
    if kind in ("T", "R", "I"):
        _require(old == new, "I4 facts stay", pk)
    if kind == "S":
        _require(new["next"] > old["next"], "I8 counter", pk)
    if kind != "O":
        return
    step = (old["status"], new["status"])
    _require(step[0] == step[1] or step in ORDER_EDGES, "I4 order edge", (pk, step))
    for no, after in new["attempts"].items():
        before = old["attempts"].get(no, {"status": "initiated"})
        step = (before["status"], after["status"])
        _require(step[0] == step[1] or step in ATTEMPT_EDGES, "I4 payment edge", (pk, no, step))
    fixed = [name for name in NEVER_CHANGED if old.get(name) != new.get(name)]
    fixed += [name for name in ("paid_by", "paid_at") if name in old and old[name] != new.get(name)]
    _require(not fixed, "I4 fixed attributes", (pk, fixed))
    for name in ("attempts", "receipts", "cases"):
        _require(old[name].keys() <= new[name].keys(), "I4 maps grow", (pk, name))
    numbered = all(new["receipts"][kind] == mark for kind, mark in old["receipts"].items())
    _require(numbered, "I8 receipt renumbered", pk)


def other_money_has_a_case(tables: Tables) -> None:
    """I4, I6: money that paid nothing waits for a person, in its case and on its order."""
    for row in tables.transactions:
        if row["disposition"] == "applied":
            continue
        case_id = f"{CASE_OF[row['disposition']]}:{row['pk']}"
        _require(case_id in tables.cases, "I6 case", case_id)
        order = tables.orders.get(row["payment_no"][:18])
        if order is not None and row["disposition"] != "suspense":
            _require(case_id in order["cases"], "I6 case on the order", case_id)
    for code, order in tables.orders.items():
        _require(set(order["cases"]) <= set(tables.cases), "I6 case exists", code)


def money_is_told_by_a_provider(tables: Tables) -> None:
    """I5: a transaction's key is its provider's number; no attempt succeeded without one."""
    payment_nos = {row["payment_no"] for row in tables.transactions}
    for row in tables.transactions:
        parts = (row["channel"], row["account"], row["provider_transaction"])
        _require(row["pk"] == "T#" + "#".join(parts), "I5 transaction's key", row["pk"])
    for code, order in tables.orders.items():
        for no, attempt in order["attempts"].items():
            if attempt["status"] == "succeeded":
                _require(code + no in payment_nos, "I5 success without money", code + no)


def receipts_have_no_gap(tables: Tables) -> None:
    """I8: each series is 1, 2, 3 … up to its counter, each number once, each on a paid order."""
    numbers: dict[str, list[int]] = {row["pk"][2:]: [] for row in tables.of("S#")}
    for row in tables.receipts:
        _require(row["series"] in numbers, "I8 series", row["pk"])
        _require(row["pk"] == f"R#{row['series']}#{row['number']:07d}", "I8 number", row["pk"])
        numbers[row["series"]].append(row["number"])
        order = tables.orders[row["payment_code"]]
        mark = order["receipts"].get(row["kind"], {})
        told = all(mark.get(name) == row[name] for name in ("series", "number", "token"))
        _require(told, "I8 receipt on its order", row["pk"])
        _require("paid_by" in order, "I8 receipt of a paid order", row["pk"])
        due = receipt_amounts(order).get(row["kind"])
        _require(row["amount_minor"] == due, "I8 receipt's amount", row["pk"])
    for series, found in numbers.items():
        last = tables.ledger[f"S#{series}"]["next"] - 1
        _require(sorted(found) == list(range(1, last + 1)), "I8 no gap", (series, found, last))
    marks = sum(len(order["receipts"]) for order in tables.orders.values())
    _require(marks == len(tables.receipts), "I8 receipts", (marks, len(tables.receipts)))


def unpaid_orders_are_watched(tables: Tables) -> None:
    """I7: who may still pay is asked about; what follows from the end is due until it is done."""
    for code, order in tables.orders.items():
        if order["status"] in UNPAID:
            watched = order.get("due_shard", "").startswith("ask-") and "due_at" in order
            _require(watched, "I7 watched", code)
        elif "due_shard" in order:
            _require(order["due_shard"].startswith("effects-"), "I7 effects due", code)


def paid_orders_have_their_receipts(tables: Tables) -> None:
    """I8: exactly one per kind; and nothing is left to do for any order that came to its end."""
    for code, order in tables.orders.items():
        if order["status"] == "paid":
            wanted = set(receipt_amounts(order))
            _require(set(order["receipts"]) == wanted, "I8 receipts of an order", code)
        if order["status"] not in UNPAID:
            left = {"due_at", "due_shard"} & order.keys()
            _require(not left, "I8 still due", code)


def notices_are_delivered(tables: Tables) -> None:
    """I8: one notice per fact, delivered to each endpoint of the order's portal."""
    wanted = Counter(
        fact
        for code, order in tables.orders.items()
        if tables.endpoints_of(order["portal"])
        for fact in _facts(code, order)
    )
    told = Counter(_fact_of(body) for body in tables.notices.values())
    _require(told == wanted, "I8 one notice per fact", (told, wanted))
    for notice_id, body in tables.notices.items():
        _require(body["id"] == notice_id, "I8 notice's id", notice_id)
        portal = tables.orders[body["data"]["payment_code"]]["portal"]
        for endpoint in tables.endpoints_of(portal):
            states = [
                row["status"]
                for (pk, sk), row in tables.views.items()
                if pk.startswith(f"DELIVERIES#{endpoint}#") and sk.endswith(f"#{notice_id}")
            ]
            _require(states == ["delivered"], "I8 notice delivered", (notice_id, states))


def _facts(code: str, order: Row) -> Iterable[tuple[str, str, str]]:
    if order["status"] in NOTICE_OF:
        yield NOTICE_OF[order["status"]], code, ""
    for kind in order["receipts"]:
        yield "receipt.issued", code, kind


def _fact_of(body: Row) -> tuple[str, str, str]:
    kind = body["data"].get("receipt", {}).get("kind", "")
    return body["type"], body["data"]["payment_code"], kind


def views_say_what_the_ledger_says(tables: Tables) -> None:
    """Search rows, day rows, tokens and open cases are exactly those of the ledger's rows."""
    for prefix in ("ORDERS#", "REFERENCE#"):
        found = {sk[14:]: row["status"] for (_, sk), row in tables.views_of(prefix).items()}
        wanted = {code: order["status"] for code, order in tables.orders.items()}
        _require(found == wanted, "views: search", (prefix, found, wanted))
    days = Counter(
        (pk.split("#")[1], sk, row["payment_no"], row["amount_minor"], row["disposition"])
        for (pk, sk), row in tables.views_of("DAY#").items()
    )
    money = Counter(
        (
            *(row["channel"], row["provider_transaction"], row["payment_no"]),
            *(row["amount_minor"], row["disposition"]),
        )
        for row in tables.transactions
    )
    _require(days == money, "views: day rows", (days, money))
    tokens = {
        pk.removeprefix("TOKEN#"): (row["series"], row["number"])
        for (pk, _), row in tables.views_of("TOKEN#").items()
    }
    issued = {row["token"]: (row["series"], row["number"]) for row in tables.receipts}
    _require(tokens == issued, "views: tokens", (tokens, issued))
    listed = {sk[14:] for _, sk in tables.views_of("CASES#open")}
    _require(listed == set(tables.cases), "views: open cases", (listed, set(tables.cases)))


ALWAYS: tuple[Callable[[Tables], None], ...] = (
    numbers_are_whole,
    an_order_is_paid_at_most_once,
    an_obligation_has_one_holder,
    only_allowed_changes,
    other_money_has_a_case,
    money_is_told_by_a_provider,
    receipts_have_no_gap,
    unpaid_orders_are_watched,
)
SETTLED: tuple[Callable[[Tables], None], ...] = (
    *ALWAYS,
    paid_orders_have_their_receipts,
    notices_are_delivered,
    views_say_what_the_ledger_says,
)


def check_always(tables: Tables) -> None:
    for invariant in ALWAYS:
        invariant(tables)


def check_settled(
    tables: Tables, received: Iterable[Received] = (), acknowledged: Iterable[str] = ()
) -> None:
    """`received`: what portals got. `acknowledged`: keys of the transactions whose provider was
    told that they are taken."""
    for invariant in SETTLED:
        invariant(tables)
    for key in acknowledged:
        _require(key in tables.ledger, "I7 acknowledged and lost", key)
    bodies: dict[str, bytes] = {}
    for each in received:
        first = bodies.setdefault(each.notice_id, each.body)
        _require(first == each.body, "I8 one body per notice", each.notice_id)
    _require(bodies.keys() <= tables.notices.keys(), "I8 notice on record", bodies.keys())
