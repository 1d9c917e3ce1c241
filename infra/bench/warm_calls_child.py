"""Runs in a fresh process: warm creates and webhooks, and between them the same TransactWriteItems
with the same parameters by botocore alone.

python -I -S -B warm_calls_child.py FOLDER EVENTS
"""

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from functools import partial
from typing import Any

TURNS = 300
WARM_UP = 20


class Context:
    function_name = "app"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:ap-southeast-1:123456789012:function:app"
    aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 28_000


def main(folder: str, events_file: str) -> dict[str, list[float]]:
    with open(events_file) as file:
        events = json.load(file)
    sys.path.insert(0, folder)
    import app  # type: ignore[import-not-found, unused-ignore]
    from chalicelib.wiring import platform

    client = platform().dynamo._client
    hook = "before-parameter-build.dynamodb.TransactWriteItems"
    parameters: list[dict[str, Any]] = []
    client.meta.events.register(hook, lambda params, **_: parameters.append(params), "bench")
    for event in events:
        app.app(event, Context())
    client.meta.events.unregister(hook, unique_id="bench")
    works: dict[str, Callable[[], object]] = {}
    for name, event, alone in zip(("create", "webhook"), events, parameters, strict=True):
        works[name] = partial(app.app, event, Context())
        works[f"{name}: botocore"] = partial(client.transact_write_items, **alone)
    spent: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(WARM_UP + TURNS):
        for name, work in works.items():
            before = time.process_time_ns()
            work()
            after = time.process_time_ns()
            if turn >= WARM_UP:
                spent[name].append((after - before) / 1000)
    return spent


with open(os.devnull, "w") as log, redirect_stdout(log):
    found = main(*sys.argv[1:])
print(json.dumps(found))
