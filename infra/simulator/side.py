"""What a channel's file here declares as its `SIDE`: the accounts that it plays and how."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from infra.simulator.config import Account
from infra.simulator.wire import Reply

# Stands in `fields` for where the simulator is.
SIMULATOR_URL = "${SIMULATOR_URL}"

Route = Callable[..., Reply]


@dataclass(frozen=True, slots=True)
class Published:
    """An account that the simulator plays, without its notification URL. `fields`, `secret`: of an
    account of the platform's that meets it. They are published: they guard nothing."""

    account: Account
    fields: Mapping[str, str]
    secret: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Side:
    """`protocol`: the module that reads a pay URL and writes notifications, so that all actions
    work. `has_pay_page`: at `/<channel>/pay`; `has_files`: at `/<channel>/<merchant>/statements/`;
    where it is false, `routes` has its own. `statement_layout`: how the platform reads the files,
    None where it needs none. `faults`: of the answer to a question; `file_faults`: of a
    file; `more_faults`: what else may go wrong, with a heading, for the front page."""

    channel: str
    published: tuple[Published, ...]
    protocol: ModuleType | None = None
    routes: tuple[tuple[str, str, Route], ...] = ()
    has_pay_page: bool = True
    has_files: bool = True
    statement_layout: Mapping[str, Any] | None = None
    faults: tuple[str, ...] = ()
    file_faults: tuple[str, ...] = ()
    more_faults: Mapping[str, str] = field(default_factory=dict)
