"""What must hold in a province's tables once everything that follows from the ledger was carried:
receipts, notices, views and reconciliations say what the ledger says.
"""

from collections import Counter
from collections.abc import Callable, Iterable

from tests.support.bill_invariants import bills_are_listed
from tests.support.invariants import ALWAYS, UNPAID
from tests.support.open_code_invariants import open_codes_are_listed
from tests.support.portal_receiver import Received
from tests.support.province_tables import Row, Tables, receipt_amounts
from tests.support.requiring import require
from tests.support.reversal_invariants import reversal_facts

# How often a statement that gives it back may have it, beside what is counted of the day.
GOES_BACK = {"refund_due": 1, "refunded": 1, "reversed": 2}
NOTICE_OF = {
    "paid": "order.paid",
    "cancelled": "order.cancelled",
    "expired": "order.expired",
}


def paid_orders_have_their_receipts(tables: Tables) -> None:
    """I8: exactly one per kind; and nothing is left to do for any case, or order at its end."""
    for code, order in tables.orders.items():
        if order["status"] == "paid":
            wanted = set(receipt_amounts(order))
            require(set(order["receipts"]) == wanted, "I8 receipts of an order", code)
        if order["status"] not in UNPAID:
            left = {"due_at", "due_shard"} & order.keys()
            require(not left, "I8 still due", code)
    for case_id, case in tables.cases.items():
        require("due_shard" not in case, "I6 still due", case_id)


def notices_are_delivered(tables: Tables) -> None:
    """I8: one notice per fact, delivered to each endpoint of the order's portal."""
    wanted = Counter(
        fact
        for code, order in tables.orders.items()
        if tables.endpoints_of(order["portal"])
        for fact in _facts(code, order)
    )
    told = Counter(_fact_of(body) for body in tables.notices.values())
    require(told == wanted, "I8 one notice per fact", (told, wanted))
    for notice_id, body in tables.notices.items():
        require(body["id"] == notice_id, "I8 notice's id", notice_id)
        portal = tables.orders[body["data"]["payment_code"]]["portal"]
        for endpoint in tables.endpoints_of(portal):
            states = [
                row["status"]
                for (pk, sk), row in tables.views.items()
                if pk.startswith(f"DELIVERIES#{endpoint}#") and sk.endswith(f"#{notice_id}")
            ]
            require(states == ["delivered"], "I8 notice delivered", (notice_id, states))


def _facts(code: str, order: Row) -> Iterable[tuple[str, str, str]]:
    if order["status"] in NOTICE_OF:
        yield NOTICE_OF[order["status"]], code, ""
    for kind in order["receipts"]:
        yield "receipt.issued", code, kind
    yield from reversal_facts(code, order)


def _fact_of(body: Row) -> tuple[str, str, str]:
    kind = body["data"].get("receipt", {}).get("kind", "")
    return body["type"], body["data"]["payment_code"], kind


def views_say_what_the_ledger_says(tables: Tables) -> None:
    """Search rows, day rows, tokens and open cases are exactly those of the ledger's rows."""
    for prefix in ("ORDERS#", "REFERENCE#"):
        found = {sk[14:]: row["status"] for (_, sk), row in tables.views_of(prefix).items()}
        wanted = {code: order["status"] for code, order in tables.orders.items()}
        require(found == wanted, "views: search", (prefix, found, wanted))
    days = Counter(
        (pk.split("#")[1], sk, row["payment_no"], row["amount_minor"], row["disposition"])
        for (pk, sk), row in tables.views_of("DAY#").items()
    )
    money = Counter(
        (
            *(row["channel"], row["provider_transaction"]),
            row.get("told_payment_no", row["payment_no"]),
            *(row["amount_minor"], row["disposition"]),
        )
        for row in tables.transactions
    )
    require(days == money, "views: day rows", (days, money))
    tokens = {
        pk.removeprefix("TOKEN#"): (row["series"], row["number"])
        for (pk, _), row in tables.views_of("TOKEN#").items()
    }
    issued = {row["token"]: (row["series"], row["number"]) for row in tables.receipts}
    require(tokens == issued, "views: tokens", (tokens, issued))
    listed = {
        sk[14:]: (row["state"], row.get("owner"))
        for (_, sk), row in tables.views_of("CASES#open").items()
    }
    waiting = {
        case_id: (row["state"], row.get("owner"))
        for case_id, row in tables.cases.items()
        if row["state"] != "closed"
    }
    require(listed == waiting, "views: open cases", (listed, waiting))


def a_reconciliation_is_a_partition(tables: Tables) -> None:
    """I9: ours and theirs = what agrees + every open break (+ what waits), in number and money; and
    ours is every payment of the day, and what of a refund's money the statement has as well."""
    for (_, day_and_account), summary in tables.views_of("RECON").items():
        breaks = [
            row
            for (_, sk), row in tables.views_of("BREAKS").items()
            if sk.startswith(f"{day_and_account}#") and row["status"] == "open"
        ]
        kinds = Counter(row["kind"] for row in breaks)
        require(kinds == summary["break_counts"], "I9 breaks", (day_and_account, kinds))
        for side, agreed in (("ours", ("matched", "waiting")), ("theirs", ("matched",))):
            parts = [summary[name] for name in agreed]
            parts += [_tally(row[side]) for row in breaks if side in row]
            require(_sum(parts) == _sum([summary[side]]), "I9 partition", (day_and_account, side))
        day, channel, account = day_and_account.split("#")
        rows = tables.views_of(f"DAY#{channel}#{account}#{day}#").values()
        payments = [row for row in rows if row["disposition"] != "reversed"]
        counted, ours = _sum(map(_tally, payments)), _sum([summary["ours"]])
        goes_back = _sum(
            _tally(row)
            for row in tables.transactions
            for _ in range(GOES_BACK.get(row["disposition"], 0))
            if (row["channel"], row["account"]) == (channel, account)
        )
        is_whole = counted <= ours <= counted + goes_back
        require(is_whole, "I9 every payment", day_and_account)


def _tally(money: Row) -> Row:
    return {"count": 1, "amounts": {money["currency"]: money["amount_minor"]}}


def _sum(tallies: Iterable[Row]) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in tallies:
        total.update({"count": each["count"], **each["amounts"]})
    return +total


SETTLED: tuple[Callable[[Tables], None], ...] = (
    *ALWAYS,
    paid_orders_have_their_receipts,
    notices_are_delivered,
    views_say_what_the_ledger_says,
    bills_are_listed,
    open_codes_are_listed,
    a_reconciliation_is_a_partition,
)


def check_settled(
    tables: Tables, received: Iterable[Received] = (), acknowledged: Iterable[str] = ()
) -> None:
    """`received`: what portals got. `acknowledged`: keys of the transactions whose provider was
    told that they are taken."""
    for invariant in SETTLED:
        invariant(tables)
    for key in acknowledged:
        require(key in tables.ledger, "I7 acknowledged and lost", key)
    bodies: dict[str, bytes] = {}
    for each in received:
        first = bodies.setdefault(each.notice_id, each.body)
        require(first == each.body, "I8 one body per notice", each.notice_id)
    require(bodies.keys() <= tables.notices.keys(), "I8 notice on record", bodies.keys())
