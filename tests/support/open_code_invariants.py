"""What must hold of open codes at any moment, read from rows as they are stored."""

from collections import Counter

from tests.support.province_tables import Row, Tables
from tests.support.requiring import require

CLOSED = ("cancelled", "expired")
BINDABLE = ("created", "pending", "paid")
BATCH_EDGES = {("issuing", "issued"), ("issued", "void")}


def covered_reference(order: Row) -> str | None:
    """The unit's own number that an order covers; None while an open code is unbound."""
    if "open_code" not in order:
        return str(order["reference"])
    binding = order["open_code"].get("binding")
    return str(binding["reference"]) if binding else None


def check_open_code_change(pk: str, old: Row, new: Row) -> tuple[str, ...]:
    """I4: bound once and void once, at its end alone. Returns what may have changed with it."""
    before, after = old.get("open_code"), new.get("open_code")
    require((before is None) == (after is None), "I4 open code stays one", pk)
    if before is None or after is None or before == after:
        return ()
    acts = ("binding", "void")
    kept = {name: value for name, value in after.items() if name not in acts}
    was = {name: value for name, value in before.items() if name not in acts}
    require(kept == was, "I4 open code", pk)
    for act in acts:
        require(act not in before or before[act] == after.get(act), f"I4 {act} stays", pk)
    if "void" in after and "void" not in before:
        require(new["status"] == "cancelled" != old["status"], "I4 void at its end", pk)
        return ()
    require(new["status"] == old["status"] and new["status"] in BINDABLE, "I4 bound", pk)
    return ("payer",)


def codes_are_of_their_batch(tables: Tables) -> None:
    """I3: each code stands once in its batch and asks for what the batch says; a batch that was
    told to be issued has all of them."""
    batches = {row["pk"].removeprefix("BATCH#"): row for row in tables.of("BATCH#")}
    found: Counter[tuple[str, int]] = Counter()
    for code, order in tables.orders.items():
        if "open_code" not in order:
            continue
        known = order["open_code"]
        batch = batches[known["batch"]]
        found[known["batch"], known["serial"]] += 1
        same = ("portal", "mode", "payee_unit", "amount_minor", "currency", "guarded")
        require(all(order[name] == batch[name] for name in same), "I3 code and batch", code)
        require(known["valid_until"] == batch["valid_until"], "I3 validity", code)
        require(order["reference"].startswith(f"OPEN-{known['batch']}-"), "I3 reference", code)
    require(set(found.values()) <= {1}, "I3 one code a serial", found)
    for batch_id, batch in batches.items():
        serials = {serial for known, serial in found if known == batch_id}
        wanted = set(range(1, batch["count"] + 1))
        is_told = batch["state"] != "issuing"
        require(serials == wanted if is_told else serials <= wanted, "I3 batch", batch_id)


def check_batch_change(pk: str, old: Row, new: Row) -> None:
    step = (old["state"], new["state"])
    require(step in BATCH_EDGES, "I4 batch edge", (pk, step))
    changed = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
    allowed = {"state", "void"} if step[1] == "void" else {"state"}
    require(changed <= allowed, "I4 batch", (pk, changed))


def open_codes_are_listed(tables: Tables) -> None:
    """Once all was carried: the lists have every paid code and every batch, as their rows are."""
    found = {sk[14:]: row["state"] for (_, sk), row in tables.views_of("OPENCODES#").items()}
    wanted = {
        code: "unbound" if covered_reference(order) is None else "bound"
        for code, order in tables.orders.items()
        if "open_code" in order and "paid_by" in order
    }
    require(found == wanted, "views: open codes", (found, wanted))
    listed = {sk[14:]: row["state"] for (_, sk), row in tables.views_of("BATCHES#").items()}
    there = {row["pk"].removeprefix("BATCH#"): row["state"] for row in tables.of("BATCH#")}
    require(listed == there, "views: batches", (listed, there))
    for code, order in tables.orders.items():
        reference = covered_reference(order)
        if "open_code" in order and reference is not None:
            pk = f"REFERENCE#{order['portal']}#{reference}"
            codes = [sk[14:] for (known, sk) in tables.views if known == pk]
            require(code in codes, "views: bound reference", (code, reference))
