"""Secrets of channel accounts are written, rotated and looked at, and never shown."""

import json
from pathlib import Path

import pytest

from infra.simulator.vnpay import VNPAY_HASH_SECRET
from tests.errandless.conftest import Done, Typed
from tests.support.clients import client
from tests.support.local_province import LocalProvince

PLACE = ("quangninh", "vnpay", "quangninh")
NAME = "errandless/quangninh/vnpay/quangninh"
NEW = "a new secret of VNPAY, 32 letters"
END = ("--local", "--json")


def stored() -> dict[str, dict[str, str] | None]:
    text = client("secretsmanager").get_secret_value(SecretId=NAME)["SecretString"]
    document: dict[str, dict[str, str] | None] = json.loads(text)
    return document


def assert_silent(done: Done, *values: str) -> None:
    for value in (NEW, VNPAY_HASH_SECRET, *values):
        assert value not in done.out + done.err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text(NEW + "\n")
    return file


def test_show_tells_names_and_fingerprints_and_no_value(here: LocalProvince, typed: Typed) -> None:
    done = typed("secrets", "show", *PLACE, *END)
    assert_silent(done)
    assert (done.json["exists"], done.json["missing"], done.json["rotating"]) == (True, [], False)
    (field,) = done.json["fields"]
    assert (field["name"], field["previous"]) == ("hash_secret", None)
    assert len(field["current"]) == 8
    assert_silent(typed("secrets", "show", *PLACE, "--local"))


def test_a_rotation_signs_with_the_new_and_takes_the_old_until_it_is_dropped(
    here: LocalProvince, typed: Typed, file: Path
) -> None:
    before = typed("secrets", "show", *PLACE, *END).json["fields"][0]["current"]
    done = typed("secrets", "rotate", *PLACE, f"hash_secret=@{file}", *END)
    assert done.code == 0, done.err
    assert_silent(done)
    assert done.json["rotating"] is True
    assert done.json["fields"][0]["previous"] == before != done.json["fields"][0]["current"]
    old, new = {"hash_secret": VNPAY_HASH_SECRET}, {"hash_secret": NEW}
    assert stored() == {"current": new, "previous": old}

    again = typed("secrets", "rotate", *PLACE, f"hash_secret=@{file}", *END)
    assert (again.code, stored()) == (0, {"current": new, "previous": old})
    file.write_text("a third one")
    refused = typed("secrets", "rotate", *PLACE, f"hash_secret=@{file}", *END)
    assert (refused.code, stored()) == (1, {"current": new, "previous": old})
    assert "A rotation is under way" in refused.err

    dropped = typed("secrets", "drop-previous", *PLACE, "--yes", *END)
    assert (dropped.code, dropped.json["rotating"]) == (0, False)
    assert stored() == {"current": new, "previous": None}
    assert typed("secrets", "drop-previous", *PLACE, *END).code == 0


def test_a_first_secret_is_set_from_json_and_not_written_over(
    here: LocalProvince, typed: Typed, tmp_path: Path
) -> None:
    client("secretsmanager").delete_secret(SecretId=NAME, ForceDeleteWithoutRecovery=True)
    shown = typed("secrets", "show", *PLACE, *END).json
    assert (shown["exists"], shown["missing"]) == (False, ["hash_secret"])
    file = tmp_path / "values.json"
    file.write_text(json.dumps({"hash_secret": NEW}))
    done = typed("secrets", "set", *PLACE, "--from-json", str(file), *END)
    assert (done.code, done.json["exists"]) == (0, True)
    assert_silent(done)
    assert stored() == {"current": {"hash_secret": NEW}, "previous": None}
    file.write_text(json.dumps({"hash_secret": "another"}))
    assert typed("secrets", "set", *PLACE, "--from-json", str(file), *END).code == 1
    assert stored() == {"current": {"hash_secret": NEW}, "previous": None}
    forced = typed("secrets", "set", *PLACE, "--from-json", str(file), "--overwrite", *END)
    assert (forced.code, stored()["current"]) == (0, {"hash_secret": "another"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"hash_secret": "topsecretvalue", "hash_secrets": "x"}', "asks for no 'hash_secrets'"),
        ("{}", "hash_secret: is missing."),
        ('{"hash_secret": ""}', "hash_secret is empty"),
        ('{"hash_secret": 1}', "an object of texts"),
        ('"topsecretvalue', "is not JSON"),
        ('["topsecretvalue"]', "an object of texts"),
    ],
)
def test_wrong_names_and_values_are_refused_without_being_quoted(
    here: LocalProvince, typed: Typed, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "values.json"
    file.write_text(text)
    before = stored()
    done = typed("secrets", "set", *PLACE, "--overwrite", "--from-json", str(file), *END)
    assert (done.code, done.out) == (1, "")
    assert told in done.err
    assert_silent(done, "topsecretvalue")
    assert stored() == before


def test_a_value_on_the_command_line_is_refused(here: LocalProvince, typed: Typed) -> None:
    done = typed("secrets", "rotate", *PLACE, "hash_secret=topsecretvalue", *END)
    assert done.code == 1
    assert "hash_secret=@FILE" in done.err
    assert_silent(done, "topsecretvalue")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_one_sentence(
    here: LocalProvince, typed: Typed, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    done = typed("secrets", "rotate", *PLACE, f"hash_secret=@{file}", *END)
    assert done.code == 1
    assert str(file) in done.err
    assert len(done.err.splitlines()) == 1


def test_an_account_that_is_not_there_is_named_with_those_that_are(
    here: LocalProvince, typed: Typed
) -> None:
    done = typed("secrets", "show", "quangninh", "vnpay", "hanoi", *END)
    assert done.code == 1
    assert "there are: vnpay quangninh, sandbox quangninh" in done.err


def test_without_a_terminal_nothing_is_asked(here: LocalProvince, typed: Typed) -> None:
    done = typed("secrets", "rotate", *PLACE, *END)
    assert (done.code, done.out) == (1, "")
    assert "Nothing was given" in done.err


def test_typed_values_are_not_echoed(
    here: LocalProvince, typed: Typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def prompt(text: str, **options: object) -> str:
        asked.append((text, options["hide_input"]))
        return NEW

    monkeypatch.setattr("typer.prompt", prompt)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    done = typed("secrets", "rotate", *PLACE, *END)
    assert done.code == 0, done.err
    assert [hidden for _, hidden in asked] == [True]
    assert stored()["current"] == {"hash_secret": NEW}
    assert_silent(done)
