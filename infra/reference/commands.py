"""The operator's commands, as `errandless --help` has them."""

from collections.abc import Iterator
from typing import Any

import typer

from infra.errandless import __main__ as table_of_contents


def commands_page() -> str:
    from infra.reference.pages import table

    rows = [
        (f"`{' '.join(path)}{_arguments(command)}`", _sentence(command))
        for path, command in _leaves(_root(), ())
        if not command.hidden
    ]
    codes = (table_of_contents.__doc__ or "").partition("\n\n")[2].strip()
    intro = (
        "# Commands\n\nMade from the command: `python -m infra.errandless COMMAND --help` has the"
        " options. `--local` means what `run` started, else AWS; `--json` writes the result, and"
        " nothing else, to standard output.\n\n"
    )
    return f"{intro}{table(('command', 'what it does'), rows)}\n{codes}\n"


def commands_table() -> str:
    """A row for each panel of the help."""
    from infra.reference.pages import table

    panels: dict[str, list[str]] = {}
    for name, command in _root().commands.items():
        if not command.hidden:
            panels.setdefault(command.rich_help_panel, []).append(_with_children(name, command))
    rows = [(panel, " · ".join(names)) for panel, names in panels.items()]
    return table(("about", "`python -m infra.errandless …`"), rows)


def _root() -> Any:
    return typer.main.get_command(table_of_contents.cli)


def _leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from _leaves(child, (*path, name))


def _with_children(name: str, command: Any) -> str:
    children = getattr(command, "commands", {})
    return f"`{name}` ({', '.join(children)})" if children else f"`{name}`"


def _arguments(command: Any) -> str:
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    return "".join(f" {_argument(each)}" for each in arguments)


def _argument(argument: Any) -> Any:
    name = argument.name.upper()
    return argument.metavar or (name if argument.required else f"[{name}]")


def _sentence(command: Any) -> str:
    return (command.help or "").partition("\n\n")[0].replace("\n", " ")
