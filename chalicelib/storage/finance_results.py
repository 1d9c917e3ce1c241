"""Results for finance systems, numbered 1, 2, 3 without a gap or a double, and their days' files.

The counter, the results and the facts that they tell of are written together or not at all. The
counter's condition makes a number unique, the fact's that it is told once. A fact lies in the
partition of its day: so a day's results up to a number are the same for ever, once the counter is
beyond it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.finance_systems import ResultKind
from chalicelib.storage import finance_keys as keys
from chalicelib.storage.dynamo import MAX_KEYS, Check, Dynamo
from chalicelib.storage.expressions import Expressions, Item, put_absent_action, update_action

HEAD_OUT, HEAD_READ, HEAD_FILES = "out", "read", "files"
# One counter and two rows for each; a transaction has at most 100 actions.
MAX_RESULTS = 49


@dataclass(frozen=True, slots=True)
class ResultLine:
    """`amount_minor`: of the item itself; `surcharge_minor`: what its lateness added."""

    fee_item: str
    quantity: int
    amount_minor: int
    surcharge_minor: int


@dataclass(frozen=True, slots=True)
class Result:
    """`fact`: the same for the same, whoever finds it. `day`: the business day to which it belongs.
    `channel`, `account`, `trade_no`: of the payment, "" where there is none. `lines`: what was
    paid. `receipt_series` and `receipt_no`: of a receipt."""

    sender: str
    number: int
    kind: ResultKind
    fact: str
    day: date
    occurred_at: datetime
    payment_code: str
    reference: str
    payee_unit: str
    amount_minor: int
    currency: str
    lines: tuple[ResultLine, ...] = ()
    channel: str = ""
    account: str = ""
    trade_no: str = ""
    receipt_series: str = ""
    receipt_no: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NumberRefused:
    """Nothing was written. `next_number`: what the counter says, None when it agreed. `told`: facts
    that have their number."""

    next_number: int | None
    told: frozenset[str]


@dataclass(frozen=True, slots=True)
class DayFile:
    """One writing of a day: all of its results up to number `up_to`, `count` of them. `is_written`:
    its files lie in the bucket."""

    sender: str
    day: date
    revision: int
    up_to: int
    count: int
    is_written: bool = False


class FinanceResults:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def next_number(self, sender: str) -> int:
        row = self._dynamo.get(self._table, keys.head_key(sender, HEAD_OUT))
        return row["next"] if row else 1

    def add(self, results: Sequence[Result]) -> NumberRefused | None:
        """Of one sender, numbered upwards from what its counter is believed to say, at most
        MAX_RESULTS; None when it was done."""
        checks = self._dynamo.transact(
            [
                self._count_action(results),
                *(put_absent_action(self._table, _fact_item(each)) for each in results),
                *(put_absent_action(self._table, _result_item(each)) for each in results),
            ]
        )
        return None if checks is None else _number_refused(results, checks)

    def read(self, sender: str, numbers: Sequence[int]) -> list[Result]:
        """In the order of their numbers; what there is not is left out."""
        wanted = [keys.result_key(sender, number) for number in numbers]
        rows = [
            row
            for start in range(0, len(wanted), MAX_KEYS)
            for row in self._dynamo.get_many(self._table, wanted[start : start + MAX_KEYS])
        ]
        return sorted((_result_of(sender, row) for row in rows), key=lambda each: each.number)

    def numbers_of_day(self, sender: str, day: date) -> list[int]:
        """Of everything that belongs to it so far, in their order."""
        numbers: list[int] = []
        for pk in keys.fact_pks(sender, day):
            start: Any = None
            while True:
                given = {"ExclusiveStartKey": start} if start else {}
                rows, start = self._dynamo.query(
                    TableName=self._table,
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": pk}},
                    ConsistentRead=True,
                    **given,
                )
                numbers += [row["number"] for row in rows]
                if start is None:
                    break
        return sorted(numbers)

    def last_read(self, sender: str) -> int:
        """The last number that the sender said it has; 0: none."""
        row = self._dynamo.get(self._table, keys.head_key(sender, HEAD_READ))
        return row["up_to"] if row else 0

    def acknowledge(self, sender: str, up_to: int) -> int:
        """What stands now: it never goes back."""
        change = Expressions().set("up_to", up_to)
        is_older = f"{change.path('up_to')} < {change.value(up_to)}"
        change.require(f"attribute_not_exists(pk) OR {is_older}")
        check = self._dynamo.update(self._table, keys.head_key(sender, HEAD_READ), change)
        stands: int = (check.image or {}).get("up_to", up_to)
        return stands

    def is_all_written(self, sender: str, up_to: int, day: date) -> bool:
        """Whether a run has written all that there was up to this number and this day."""
        row = self._dynamo.get(self._table, keys.head_key(sender, HEAD_FILES))
        return row is not None and (row["up_to"], row["day"]) == (up_to, day.isoformat())

    def mark_all_written(self, sender: str, up_to: int, day: date) -> None:
        row = {"up_to": up_to, "day": day.isoformat()}
        self._dynamo.put(self._table, {**keys.head_key(sender, HEAD_FILES), **row})

    def last_file(self, sender: str, day: date) -> DayFile | None:
        rows, _ = self._dynamo.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": keys.day_file_key(sender, day, 0)["pk"]}},
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=1,
        )
        return _file_of(sender, day, rows[0]) if rows else None

    def decide_file(self, file: DayFile) -> DayFile:
        """The one that stands under this revision: this, or another's that came first."""
        row = {
            **keys.day_file_key(file.sender, file.day, file.revision),
            "up_to": file.up_to,
            "results": file.count,
        }
        before = self._dynamo.put_if_absent(self._table, row)
        return file if before is None else _file_of(file.sender, file.day, before)

    def mark_written(self, file: DayFile) -> None:
        change = Expressions().set("written", True).require_present("pk")
        key = keys.day_file_key(file.sender, file.day, file.revision)
        self._dynamo.update(self._table, key, change)

    def _count_action(self, results: Sequence[Result]) -> Item:
        change = Expressions().set("next", results[-1].number + 1)
        if results[0].number == 1:
            change.require_absent("pk")
        else:
            change.require_equal("next", results[0].number)
        return update_action(self._table, keys.head_key(results[0].sender, HEAD_OUT), change)


def _number_refused(results: Sequence[Result], checks: Sequence[Check]) -> NumberRefused:
    counter, facts = checks[0], checks[1 : len(results) + 1]
    return NumberRefused(
        next_number=None if counter.passed else (counter.image or {}).get("next", 1),
        told=frozenset(
            result.fact for result, check in zip(results, facts, strict=True) if not check.passed
        ),
    )


def _fact_item(result: Result) -> Item:
    return {**keys.fact_key(result.sender, result.day, result.fact), "number": result.number}


def _result_item(result: Result) -> Item:
    texts = ("channel", "account", "trade_no", "receipt_series", "receipt_no", "reason")
    return {
        **keys.result_key(result.sender, result.number),
        "kind": result.kind.value,
        "fact": result.fact,
        "day": result.day.isoformat(),
        "occurred_at": to_epoch_ms(result.occurred_at),
        "payment_code": result.payment_code,
        "reference": result.reference,
        "payee_unit": result.payee_unit,
        "amount_minor": result.amount_minor,
        "currency": result.currency,
        "lines": [
            [line.fee_item, line.quantity, line.amount_minor, line.surcharge_minor]
            for line in result.lines
        ],
        **{name: getattr(result, name) or None for name in texts},
    }


def _result_of(sender: str, row: Mapping[str, Any]) -> Result:
    texts = ("channel", "account", "trade_no", "receipt_series", "receipt_no", "reason")
    return Result(
        sender=sender,
        number=int(row["sk"]),
        kind=ResultKind(row["kind"]),
        fact=row["fact"],
        day=date.fromisoformat(row["day"]),
        occurred_at=from_epoch_ms(row["occurred_at"]),
        payment_code=row["payment_code"],
        reference=row["reference"],
        payee_unit=row["payee_unit"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        lines=tuple(ResultLine(*line) for line in row["lines"]),
        **{name: row.get(name, "") for name in texts},
    )


def _file_of(sender: str, day: date, row: Mapping[str, Any]) -> DayFile:
    return DayFile(
        sender=sender,
        day=day,
        revision=int(row["sk"]),
        up_to=row["up_to"],
        count=row["results"],
        is_written=row.get("written", False),
    )
