"""What an order costs on AWS: calls and units of each step, counted, and every call priced."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass, replace
from typing import Any
from unittest import mock

import app
from infra.bench.bench_province import ONE_LINE, TWO_LINES, BenchProvince, Lines, bench_province
from infra.bench.prices import AS_OF, MILLION, PRICES, REGION, Bill, bill_of
from infra.bench.report import Figure, Part

MAX_CALLS = 2
MAX_UNITS = 12
MAX_LOOK_READS = 1
ORDERS_OF_THE_DAY = 20
# Not counted but assumed: what an invocation takes, and what it takes it of.
ASSUMED_SECONDS = 0.05
GIGABYTES = {"api": 1.0, "jobs": 0.5}
JOBS = (
    *("ledger_stream", "receipt_numberer", "notice_sender", "statement_arrival"),
    *("payment_chaser", "effect_sweeper", "daily_reconciler"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """`row_bytes`: the largest row that it wrote."""

    bill: Bill
    row_bytes: int


def run() -> Part:
    with bench_province() as bench:
        steps = measure_order(bench, 1, ONE_LINE)
        two_lines = measure_order(bench, 2, TWO_LINES)
        for number in range(len(bench.paid), ORDERS_OF_THE_DAY):
            with redirect_stdout(io.StringIO()):
                bench.pay(number)
                bench.province.pump()
        day = measure(bench, bench.settle)
        assert bench.matched() == ORDERS_OF_THE_DAY
        rest = measure_rest(bench)
    steps[f"settled (of a day of {ORDERS_OF_THE_DAY})"] = replace(
        day, bill=day.bill.times(1 / ORDERS_OF_THE_DAY)
    )
    return _part(steps, two_lines, day, rest)


def measure_order(bench: BenchProvince, number: int, lines: Lines) -> dict[str, Step]:
    """From create to notified, on a warm process."""
    order: dict[str, Any] = {}
    steps: dict[str, Step] = {}
    steps["create"] = measure(bench, lambda: order.update(bench.create(number, lines)))
    started: list[str] = []
    steps["start payment"] = measure(bench, lambda: started.append(bench.start(order, number)))
    steps["confirm"] = measure(bench, lambda: bench.confirm(order, started[0], number))
    steps["status"] = measure(bench, lambda: bench.look(order))
    steps["receipted, notified"] = measure(bench, bench.province.pump)
    return steps


def measure(bench: BenchProvince, do: Callable[[], object]) -> Step:
    bench.recorder.take()
    requests = bench.province.requests
    with redirect_stdout(io.StringIO()) as log, _counted_jobs() as count:
        do()
    calls = bench.recorder.take()
    api, jobs = bench.province.requests - requests, count()
    seconds = ASSUMED_SECONDS * (api * GIGABYTES["api"] + jobs * GIGABYTES["jobs"])
    bill = replace(
        bill_of(calls),
        api=api,
        invocations=api + jobs,
        gigabyte_seconds=seconds,
        log_bytes=len(log.getvalue().encode()),
    )
    return Step(bill, max((size for call in calls for size in call.sizes), default=0))


@contextmanager
def _counted_jobs() -> Iterator[Callable[[], int]]:
    counted = {name: mock.Mock(wraps=getattr(app, name)) for name in JOBS}
    with mock.patch.multiple(app, **counted):
        yield lambda: sum(function.call_count for function in counted.values())


def measure_rest(bench: BenchProvince) -> Bill:
    """A month of schedules with nothing to do."""
    measure(bench, bench.province.reconcile_due)
    province = bench.province
    runs = ((province.chase, 60), (province.sweep, 12), (province.reconcile_due, 1))
    month = Bill()
    for run_schedule, times_an_hour in runs:
        bill = measure(bench, run_schedule).bill
        month += bill.times(times_an_hour * 24 * 30)
    return month


def _part(steps: dict[str, Step], two_lines: dict[str, Step], day: Step, rest: Bill) -> Part:
    figures = [*_barred(steps, "one line"), *_barred(two_lines, "two lines")]
    figures += [Figure(name, _amounts(step.bill)) for name, step in steps.items()]
    whole = sum((step.bill for step in steps.values()), Bill())
    figures.append(Figure("an order, in all", _amounts(whole)))
    figures.append(Figure("an account's day, whole", _amounts(day.bill, orders=0)))
    figures.append(
        Figure("schedules at rest, a month", f"{rest.calls:,.0f} calls, ${rest.usd:.2f}")
    )
    notes = (
        f"List prices of {REGION}, {AS_OF}, on demand, first tier.",
        "One order alone: nothing is batched, which is the dearest case. The process is warm.",
        f"Assumed, not measured: {ASSUMED_SECONDS * 1000:.0f} ms of Lambda for an invocation.",
        "Not in it: storage, backups, empty polls of queues, keys and secrets by the month.",
    )
    detail = {
        "per_order": {name: _numbers(step) for name, step in steps.items()},
        "per_order_of_two_lines": {name: _numbers(step) for name, step in two_lines.items()},
        "usd_per_order": whole.usd,
        "usd_per_million_orders": whole.usd * MILLION,
        "account_day": _numbers(day),
        "month_at_rest": asdict(rest) | {"usd": rest.usd},
        "prices": {name: asdict(price) for name, price in PRICES.items()},
    }
    return Part("What an order costs on AWS", figures, notes, detail)


def _barred(steps: dict[str, Step], which: str) -> list[Figure]:
    both = steps["create"].bill + steps["confirm"].bill
    largest = max(steps[name].row_bytes for name in ("create", "confirm"))
    look = steps["status"].bill
    return [
        Figure(
            f"create + confirm, {which}: calls",
            f"{both.calls:g}",
            f"{MAX_CALLS} (naive 7-9)",
            both.calls / MAX_CALLS,
            1.0,
        ),
        Figure(
            f"create + confirm, {which}: units (row {largest} B)",
            f"{both.write_units + both.read_units:g}",
            f"{MAX_UNITS} (naive 16-20)",
            (both.write_units + both.read_units) / MAX_UNITS,
            1.0,
        ),
        Figure(
            f"status, {which}: calls",
            f"{look.calls:g}",
            f"{MAX_LOOK_READS}",
            look.calls / MAX_LOOK_READS,
            1.0,
        ),
    ]


def _amounts(bill: Bill, orders: int = MILLION) -> str:
    """`orders`: for how many the price is told; 0: for what was done."""
    price = f"${bill.usd * orders:.2f}/M" if orders else f"${bill.usd:.5f}"
    return f"{bill.calls:,.4g} calls, {bill.write_units:.3g} W, {bill.read_units:,.4g} R, {price}"


def _numbers(step: Step) -> dict[str, float]:
    return asdict(step.bill) | {"usd": step.bill.usd, "row_bytes": step.row_bytes}
