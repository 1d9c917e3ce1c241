"""The words of the clerk's pages; what is around them is the payers' frame."""

import json
from functools import cache
from pathlib import Path

from chalicelib.errors import ErrandlessError
from chalicelib.web.pages.texts import Texts

_FOLDER = Path(__file__).parent / "texts"


@cache
def load_words(language: str) -> Texts:
    return Texts(language, json.loads((_FOLDER / f"{language}.json").read_text("utf-8")))


def problem_words(words: Texts, error: ErrandlessError) -> str:
    """In the clerk's language where there are words for it; its code where there are none."""
    key = f"problem.{error.code}"
    return words(key) if key in words.entries else words("problem.other", code=error.code)
