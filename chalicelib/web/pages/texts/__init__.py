"""The words of the pages: one JSON file per language, the same keys and placeholders in each."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent
LANGUAGES = ("vi", "en", "zh")


@dataclass(frozen=True, slots=True)
class Texts:
    language: str
    entries: Mapping[str, str]

    def __call__(self, key: str, **values: str) -> str:
        return self.entries[key].format(**values)

    def choose(self, names: Mapping[str, str]) -> tuple[str, str]:
        """(the name, its language): a catalogue need not have every name in every language."""
        language = self.language if self.language in names else next(iter(names))
        return names[language], language


@cache
def load_texts(language: str) -> Texts:
    return Texts(language, json.loads((_FOLDER / f"{language}.json").read_text("utf-8")))


def choose_language(wanted: str | None, fallback: str, offered: Sequence[str]) -> str:
    """The first that the pages have: the payer's click if the province offers it, the order's own,
    the province's."""
    candidates = (wanted if wanted in offered else None, fallback, *offered)
    return next((language for language in candidates if language in LANGUAGES), LANGUAGES[0])
