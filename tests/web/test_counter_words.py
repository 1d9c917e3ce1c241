"""The words of the clerk's pages: the same keys and places in each language, all of them used."""

import re
import string
from pathlib import Path

import pytest

from chalicelib.domain.orders import OrderStatus
from chalicelib.domain.shifts import ShiftState
from chalicelib.web.counter_page.words import load_words
from chalicelib.web.pages.texts import LANGUAGES

WEB = Path(__file__).parents[2] / "chalicelib" / "web"
SOURCE = "\n".join(path.read_text("utf-8") for path in WEB.rglob("counter*/*.py"))
MADE = re.compile(r"(problem|status|sold|slip|report\.state)\.\w+$|\w+\.\w+_hint$")


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_and_places(language: str) -> None:
    entries, own = load_words(language).entries, load_words("vi").entries
    assert list(entries) == list(own)
    assert all(text.strip() for text in entries.values())
    assert {key: places(text) for key, text in entries.items()} == {
        key: places(text) for key, text in own.items()
    }


def test_every_state_has_a_word() -> None:
    entries = load_words("vi").entries
    assert all(f"status.{status}" in entries for status in OrderStatus)
    assert all(f"report.state.{state}" in entries for state in ShiftState)


def test_every_word_is_said_somewhere() -> None:
    unused = [
        key for key in load_words("vi").entries if not MADE.match(key) and f'"{key}"' not in SOURCE
    ]
    assert unused == []
