"""What holds for each command that there is or will be."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer

from infra.errandless.__main__ import cli
from tests.errandless.conftest import Typed

WITHOUT_JSON = {"run", "template"}
# What a command is given where it must be given something, by the parameter's name.
GIVEN = {
    "day": "2026-03-02",
    "refunded_on": "2026-03-02",
    "file": "infra/provinces/quangninh/fee_items.csv",
    "mode": "test",
    "number": "1",
    "amount": "1",
    "amount_minor": "1",
    "count": "1",
}
# What is asked for before anything is opened.
MORE = {
    "keys issue": ("--portal", "p"),
    "portals add": ("--unit", "all"),
    "portals change": ("--unit", "all"),
    "replay": ("--all",),
}
# Not about a province that is there already.
OF_NO_PROVINCE = {
    *("template", "package", "new-channel", "new-province", "province new", "province list"),
    "conformance",
}


def leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield path, command
        return
    for name, child in children.items():
        yield from leaves(child, (*path, name))


COMMANDS = {" ".join(path): command for path, command in leaves(typer.main.get_command(cli))}


def arguments_of(command: Any) -> list[str]:
    """Something for everything that is asked; the province is one that nobody knows."""
    given = []
    for parameter in command.params:
        if parameter.name == "province":
            given.append("atlantis")
        elif parameter.required:
            options = [] if parameter.param_type_name == "argument" else [parameter.opts[0]]
            given += [*options, GIVEN.get(parameter.name, "something")]
    return given


def test_the_commands_are_these() -> None:
    assert {
        *("run", "destroy", "package", "template", "deploy", "seed", "doctor"),
        *("province list", "province show", "province check", "province new", "new-province"),
        *("portals list", "portals add", "portals change"),
        *("keys issue", "keys list", "keys revoke", "data-key rotate"),
        *("secrets show", "secrets set", "secrets rotate", "secrets drop-previous"),
        *("orders list", "orders show", "statements put", "statements list"),
        *("reconcile", "explain", "replay"),
    } <= set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_its_help_begins_with_one_sentence(name: str) -> None:
    first = (COMMANDS[name].help or "").partition("\n\n")[0]
    assert first.endswith("."), first
    assert first[0].isupper()
    assert "\n" not in first.strip()


@pytest.mark.parametrize("name", COMMANDS)
def test_each_of_its_parameters_is_explained(name: str) -> None:
    unexplained = [each.name for each in COMMANDS[name].params if not getattr(each, "help", "")]
    assert unexplained == []


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - WITHOUT_JSON))
def test_it_answers_in_json(name: str) -> None:
    assert "--json" in {option for each in COMMANDS[name].params for option in each.opts}


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - OF_NO_PROVINCE))
def test_an_unknown_province_is_one_sentence(name: str, typed: Typed) -> None:
    done = typed(*name.split(), *arguments_of(COMMANDS[name]), *MORE.get(name, ()))
    assert done.code == 1, done
    assert done.out == ""
    assert done.err.startswith("There is no province 'atlantis'; known are: binhduong, "), done.err


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_an_unknown_option_ends_with_2_and_no_traceback(name: str, typed: Typed) -> None:
    done = typed(*name.split(), "--nonsense")
    assert done.code == 2
    assert "nonsense" in done.err
    assert "Traceback" not in done.err


def needs_a_running_province() -> list[str]:
    local = {
        name
        for name, command in COMMANDS.items()
        if "--local" in {option for each in command.params for option in each.opts}
    }
    return sorted(local)


@pytest.mark.parametrize("name", needs_a_running_province())
def test_a_province_that_does_not_run_is_one_sentence(
    name: str, typed: Typed, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr("infra.errandless.run.LOCAL", tmp_path)
    arguments = [
        "binhduong" if each == "atlantis" else each for each in arguments_of(COMMANDS[name])
    ]
    done = typed(*name.split(), *arguments, "--local", *MORE.get(name, ()))
    assert done.code == 1
    assert done.err == "binhduong is not running here: `make run PROVINCE=binhduong` first.\n"
