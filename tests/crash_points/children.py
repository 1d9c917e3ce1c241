"""Plays each task in a forked child, from the very same state: moto's tables, queues and all."""

import gc
import multiprocessing
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

Result = TypeVar("Result")

FORK = multiprocessing.get_context("fork")
WIDTH = min(4, os.cpu_count() or 1)


def in_children(tasks: Sequence[Callable[[], Result]]) -> Iterator[Result]:
    """In the tasks' order. Raises: AssertionError with a child's own traceback."""
    waiting = list(tasks)[::-1]
    running: list[tuple[Any, Any]] = []
    try:
        while waiting or running:
            while waiting and len(running) < WIDTH:
                running.append(_begin(waiting.pop()))
            yield _finish(*running.pop(0))
    finally:
        for child, _ in running:
            child.kill()


def _begin(task: Callable[[], Any]) -> tuple[Any, Any]:
    ours, theirs = FORK.Pipe(duplex=False)
    child = FORK.Process(target=_play, args=(task, theirs))
    child.start()
    theirs.close()
    return child, ours


def _play(task: Callable[[], Any], pipe: Any) -> None:
    gc.disable()  # a collection would touch, and so copy, all that the parent holds
    try:
        pipe.send((True, task()))
    except BaseException:
        pipe.send((False, traceback.format_exc()))


def _finish(child: Any, pipe: Any) -> Any:
    try:
        is_done, result = pipe.recv()
    except EOFError:
        is_done, result = False, "the child died"
    child.join()
    assert is_done, result
    return result
