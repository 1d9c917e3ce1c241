"""The transition tables as diagrams."""

from collections.abc import Mapping
from typing import Any

from chalicelib.domain import cases, notices, orders, payments


def states_page() -> str:
    diagrams: dict[str, Mapping[Any, Any]] = {
        "Order": orders.TRANSITIONS,
        "Payment": payments.TRANSITIONS,
        "Case": cases.TRANSITIONS,
        "Delivery of a notice": notices.TRANSITIONS,
    }
    intro = "# States\n\nMade from the transition tables at the top of the domain's files.\n"
    return intro + "".join(_diagram(name, table) for name, table in diagrams.items())


def _diagram(name: str, transitions: Mapping[Any, Any]) -> str:
    edges = "".join(
        f"    {source.value} --> {target.value}: {event.value}\n"
        for (source, event), target in transitions.items()
    )
    return f"\n## {name}\n\n```mermaid\nstateDiagram-v2\n{edges}```\n"
