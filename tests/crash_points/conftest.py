"""What was tried, handler by handler, at the end of the run; and how it is parted: the tests fork,
so that two processes without threads take a half each."""

from collections import Counter
from typing import Any

import pytest

Report = dict[str, Counter[str]]
REPORT = pytest.StashKey[Report]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--part", default="1/1", help="as 1/2: every second test, from the first")
    parser.addoption("--stride", default=1, type=int, help="as 5: every fifth death and fault")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    part, parts = map(int, config.getoption("--part").split("/"))
    items[:] = items[part - 1 :: parts]


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
def stride(pytestconfig: pytest.Config) -> int:
    found: int = pytestconfig.getoption("--stride")
    return found


@pytest.fixture(scope="session")
def report(pytestconfig: pytest.Config) -> Report:
    return pytestconfig.stash.setdefault(REPORT, {})


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    found = config.stash.get(REPORT, {})
    if not found:
        return
    stride = config.getoption("--stride")
    terminalreporter.section("crash points")
    for name, tried in found.items():
        terminalreporter.write_line(f"{name}: {_told(tried, stride)}; all invariants hold")
    total: Counter[str] = sum(found.values(), Counter())
    terminalreporter.write_line(f"{len(found)} handlers: {_told(total, stride)}")


def _told(tried: Counter[str], stride: int) -> str:
    played = f"{tried['deaths']} different deaths, {tried['faults']} faults"
    if stride > 1:
        return f"{played}: one of every {stride}"
    return f"{tried['calls']} calls × 2 = {2 * tried['calls']} crash points; {played}"
