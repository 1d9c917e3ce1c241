"""What was tried, handler by handler, at the end of the run."""

from collections import Counter
from typing import Any

import pytest

Report = dict[str, Counter[str]]
REPORT = pytest.StashKey[Report]()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a worker process of pytest-xdist tried is added up here."""
    found = node.config.stash.setdefault(REPORT, {})
    for name, tried in getattr(node, "workeroutput", {}).get("crash_points", {}).items():
        found[name] = found.get(name, Counter()) + Counter(tried)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        found = session.config.stash.get(REPORT, {})
        session.config.workeroutput["crash_points"] = {
            name: dict(tried) for name, tried in found.items()
        }


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    return pytestconfig.stash.setdefault(REPORT, {})


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    found = config.stash.get(REPORT, {})
    if not found:
        return
    terminalreporter.section("crash points")
    for name, tried in found.items():
        terminalreporter.write_line(
            f"{name}: {tried['calls']} calls × 2 = {2 * tried['calls']} crash points, "
            f"{tried['deaths']} different deaths; {tried['faults']} faults; all invariants hold"
        )
    total: Counter[str] = sum(found.values(), Counter())
    terminalreporter.write_line(
        f"{len(found)} handlers: {2 * total['calls']} crash points, {total['deaths']} different "
        f"deaths, {total['faults']} faults"
    )
