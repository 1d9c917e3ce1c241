"""Counters' shifts: each step is one conditional call, and a refusal is told from the images."""

from dataclasses import dataclass, replace
from typing import Any

from chalicelib.domain.cases import Case
from chalicelib.domain.payments import Recorded
from chalicelib.domain.shifts import Count, Sale, Shift, ShiftState
from chalicelib.storage import keys
from chalicelib.storage.case_items import new_case_item
from chalicelib.storage.dynamo import Dynamo
from chalicelib.storage.expressions import Expressions, Item, put_absent_action, update_action
from chalicelib.storage.shift_items import (
    count_to_map,
    sale_from_item,
    sale_to_item,
    shift_from_item,
    shift_to_item,
)


@dataclass(frozen=True, slots=True)
class CounterNow:
    """`shift_id` None: no shift is open. `shifts`: how many there were. `opened_by`: hash of the
    request that opened the last one."""

    shift_id: str | None = None
    shifts: int = 0
    opened_by: bytes = b""


@dataclass(frozen=True, slots=True)
class SaleRefused:
    """`known`: the sale of this request, where there is one. `shift`: as it is, where it is not as
    it was read. `is_used`: the offline number has been used, or was cancelled."""

    known: Sale | None
    shift: Shift | None
    is_used: bool = False


class Shifts:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def read_counter(self, counter: str) -> CounterNow:
        item = self._dynamo.get(self._table, keys.counter_key(counter)) or {}
        return CounterNow(item.get("shift"), item.get("shifts", 0), item.get("opened_by", b""))

    def read(self, shift_id: str) -> Shift | None:
        item = self._dynamo.get(self._table, keys.shift_key(shift_id))
        return shift_from_item(item) if item else None

    def read_sale(self, shift_id: str, key_hash: bytes) -> Sale | None:
        item = self._dynamo.get(self._table, keys.sale_key(shift_id, key_hash))
        return sale_from_item(item) if item else None

    def list_sales(self, shift_id: str) -> list[Sale]:
        """Consistently, by serial. Of a shift that takes no more they are all there will be."""
        rows: list[Item] = []
        start: dict[str, Any] = {}
        pk = keys.shift_key(shift_id)["pk"]
        while True:
            page, last = self._dynamo.query(
                TableName=self._table,
                ConsistentRead=True,
                KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": keys.SALE_PREFIX}},
                **start,
            )
            rows += page
            if last is None:
                return sorted(map(sale_from_item, rows), key=lambda each: each.serial)
            start = {"ExclusiveStartKey": last}

    def open(self, shift: Shift, before: CounterNow, key_hash: bytes) -> bool:
        """False when the counter is no longer as it was `before`."""
        change = Expressions().set("shift", shift.shift_id).set("shifts", before.shifts + 1)
        change.set("opened_by", key_hash).require_absent("shift")
        if before.shifts:
            change.require_equal("shifts", before.shifts)
        else:
            change.require_absent("shifts")
        actions = [
            update_action(self._table, keys.counter_key(shift.counter), change),
            put_absent_action(self._table, shift_to_item(shift)),
        ]
        return self._dynamo.transact(actions) is None

    def begin_sale(
        self, shift: Shift, sale: Sale, guard: dict[str, Any] | None = None
    ) -> SaleRefused | None:
        """Takes the next serial, and the slip with it; None when it was done. `guard`: an action
        that takes an offline number, too."""
        change = Expressions().set("next_serial", sale.serial + 1)
        change.require_equal("state", ShiftState.OPEN.value)
        change.require_equal("next_serial", sale.serial)
        actions = [
            update_action(self._table, keys.shift_key(shift.shift_id), change),
            put_absent_action(self._table, sale_to_item(sale)),
        ]
        if sale.slip is not None:
            row = {**keys.slip_key(sale.account, sale.number), "shift": sale.shift_id}
            actions.append(put_absent_action(self._table, row))
        checks = self._dynamo.transact([*actions, guard] if guard else actions)
        if checks is None:
            return None
        is_used = not all(each.passed for each in checks[2:])
        known, now = checks[1].image, checks[0].image
        return SaleRefused(
            known=sale_from_item(known) if known else None,
            shift=shift_from_item(now) if now else None,
            is_used=is_used,
        )

    def finish_sale(self, sale: Sale, recorded: Recorded) -> Sale:
        """With what the money became; the first who says it is believed."""
        change = Expressions().set("recorded", recorded.value)
        change.require_present("pk").require_absent("recorded")
        check = self._dynamo.update(
            self._table, keys.sale_key(sale.shift_id, sale.key_hash), change
        )
        if check.image is not None:
            return sale_from_item(check.image)
        return replace(sale, recorded=recorded)

    def begin_closing(self, shift: Shift) -> Shift | None:
        """Nothing is sold in it any more; None when it was not open."""
        change = Expressions().set("state", ShiftState.CLOSING.value)
        change.require_equal("state", ShiftState.OPEN.value)
        check = self._dynamo.update(self._table, keys.shift_key(shift.shift_id), change)
        return shift_from_item(check.image) if check.passed and check.image else None

    def close(self, shift: Shift, count: Count, case: Case | None) -> Shift | None:
        """The shift as it is closed, whoever closed it. `case`: where the drawer differs.

        None: it is not being closed."""
        change = Expressions().set("state", ShiftState.CLOSED.value)
        change.set("count", count_to_map(count))
        change.require_equal("state", ShiftState.CLOSING.value)
        free = Expressions().remove("shift").require_equal("shift", shift.shift_id)
        actions = [
            update_action(self._table, keys.shift_key(shift.shift_id), change),
            update_action(self._table, keys.counter_key(shift.counter), free),
        ]
        if case is not None:
            actions.append(put_absent_action(self._table, new_case_item(case)))
        checks = self._dynamo.transact(actions)
        if checks is None:
            return replace(shift, state=ShiftState.CLOSED, count=count)
        image = checks[0].image
        found = shift_from_item(image) if image else None
        return found if found and found.state is ShiftState.CLOSED else None
