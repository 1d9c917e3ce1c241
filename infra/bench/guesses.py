"""An unknown code beside a wrong word: how long each takes, and how much of it overlaps.

Interleaved in one process on moto, whose own time for a row that is there and one that is not
differs too: so the store's part is shown beside ours. What a stranger measures has a network's
jitter on it, thousands of times larger.
"""

import io
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from random import Random
from statistics import median
from typing import Any

from chalicelib.domain.identifiers import WORD_ALPHABET, WORD_LENGTH, build_payment_code
from infra.bench.report import Figure, Part
from tests.support.bills import issue
from tests.support.clients import client
from tests.support.local_province import LocalProvince, local_province
from tests.support.seeded import seed

TURNS = 400
BILLS = 20
SEED = 1
Times = list[float]


def run() -> Part:
    with redirect_stdout(io.StringIO()), local_province(seed) as province, _store_timed() as store:
        codes = [_issue(province, number) for number in range(BILLS)]
        measured = _measure(province, codes, store)
    figures = [_compare(name, *times) for name, times in measured.items()]
    notes = [
        f"{TURNS} of each, in turn, each from a network of its own.",
        "Overlap: how often an unknown code takes longer than a wrong word; 50 % tells nothing.",
        "Calls, bytes and computing are the same (tests/web/test_equal_work.py).",
    ]
    detail = {name: {"unknown": one, "wrong": other} for name, (one, other) in measured.items()}
    return Part("An unknown code beside a wrong word", figures, notes, detail)


def _issue(province: LocalProvince, number: int) -> str:
    code: str = issue(province, f"b-{number}", reference=f"TB-{number}").json["payment_code"]
    return code


def _measure(
    province: LocalProvince, codes: Sequence[str], store: Times
) -> dict[str, tuple[Times, Times]]:
    """Seconds of the whole request, of the store in it, and of what is left: ours."""
    random = Random(SEED)  # noqa: S311 - a plan, no secret
    taken: dict[str, tuple[Times, Times]] = {
        name: ([], []) for name in ("whole request", "the store (moto)", "our own work")
    }
    for turn in range(2 * TURNS):
        is_wrong = turn % 2
        code = random.choice(codes)
        if not is_wrong:
            code = build_payment_code("22", random.randrange(10**14))
        word = "".join(random.choice(WORD_ALPHABET) for _ in range(WORD_LENGTH))
        province.source_ip = f"10.0.{turn >> 8}.{turn & 255}"
        store.clear()
        started = time.perf_counter()
        answer = province.http("GET", f"/pay/{code}/{word}")
        whole = time.perf_counter() - started
        assert answer.status == 404
        spent = sum(store)
        for name, seconds in zip(taken, (whole, spent, whole - spent), strict=True):
            taken[name][is_wrong].append(seconds)
    return taken


def _compare(name: str, unknown: Times, wrong: Times) -> Figure:
    longer = sum(one > other for one in unknown for other in wrong) / (len(unknown) * len(wrong))
    return Figure(
        f"{name}: unknown code, wrong word",
        f"{_shown(unknown)}, overlap {longer:.0%}",
        _shown(wrong),
        median(unknown) / median(wrong),
    )


def _shown(times: Times) -> str:
    ordered = sorted(times)
    return f"{1e3 * median(ordered):.2f} ms (p90 {1e3 * ordered[len(ordered) * 9 // 10]:.2f})"


@contextmanager
def _store_timed() -> Iterator[Times]:
    """Seconds of each DynamoDB call since the list was emptied."""
    spent: Times = []
    began: Times = []

    def before(**_: Any) -> None:
        began.append(time.perf_counter())

    def after(**_: Any) -> None:
        spent.append(time.perf_counter() - began.pop())

    events = client("dynamodb").meta.events
    events.register("before-call.dynamodb.*", before, unique_id="guesses-before")
    events.register("after-call.dynamodb.*", after, unique_id="guesses-after")
    try:
        yield spent
    finally:
        events.unregister("before-call.dynamodb.*", before, unique_id="guesses-before")
        events.unregister("after-call.dynamodb.*", after, unique_id="guesses-after")
