"""Runs in a fresh process: loads the folder's `app.py`, sends it the events, tells what it took.

python -I -S -B cold_start_child.py FOLDER EVENTS
"""

import json
import resource
import sys
import time
from itertools import pairwise


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Context:
    function_name = "app"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:ap-southeast-1:123456789012:function:app"
    aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 28_000


def main(folder: str, events_file: str) -> None:
    with open(events_file) as file:
        events = json.load(file)
    marks = [(cpu(), time.perf_counter())]
    sys.path.insert(0, folder)
    import app  # type: ignore[import-not-found, unused-ignore]

    marks.append((cpu(), time.perf_counter()))
    answers = []
    for event in events:
        answers.append(app.app(event, Context()))
        marks.append((cpu(), time.perf_counter()))
    result = {
        "answers": [{"status": each["statusCode"], "body": each["body"]} for each in answers],
        "cpu_ms": [1000 * (after[0] - before[0]) for before, after in pairwise(marks)],
        "wall_ms": [1000 * (after[1] - before[1]) for before, after in pairwise(marks)],
        "total_cpu_ms": 1000 * cpu(),
        "modules": len(sys.modules),
    }
    print("\n" + json.dumps(result))


main(*sys.argv[1:])
