"""What a warm create and a warm webhook take of a processor, beside botocore's own cost of the one
TransactWriteItems that each of them makes, with the same parameters, against the same stub."""

from statistics import median

from infra.bench.packaged import environment_of, run_child, unpack, write_events
from infra.bench.report import Figure, Part
from infra.bench.stub_aws import stub_aws, take_snapshot

BAR = 2.5
RUNS = 5


def run() -> Part:
    snapshot = take_snapshot()
    folder, events = unpack(), write_events(snapshot)
    with stub_aws(snapshot) as address:
        environment = environment_of(snapshot, address)
        runs: list[dict[str, list[float]]] = [
            run_child("warm_calls_child.py", folder, events, environment) for _ in range(RUNS)
        ]
    medians = [{name: median(spent) for name, spent in each.items()} for each in runs]
    figures = [_figure(work, medians) for work in ("create", "webhook")]
    notes = (
        f"CPU of the process; {len(runs[0]['create'])} calls of each kind, interleaved, in each of"
        f" {RUNS} processes; the median of their medians.",
    )
    return Part("Warm create and confirm", figures, notes, {"medians_us": medians})


def _figure(work: str, medians: list[dict[str, float]]) -> Figure:
    ours = median(each[work] for each in medians)
    alone = median(each[f"{work}: botocore"] for each in medians)
    return Figure(f"{work}, CPU", f"{ours:.0f} us", f"{alone:.0f} us", ours / alone, BAR)
