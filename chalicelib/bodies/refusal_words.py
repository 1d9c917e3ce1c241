"""What is wrong with a row or a file, in the words of whoever prepared it."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

OTHERWISE = "refused"


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    words: Mapping[str, Mapping[str, str]] = json.loads(
        Path(__file__).with_suffix(".json").read_text("utf-8")
    )
    return words


def refusal_sentence(code: str, language: str) -> str:
    """English where the province's language has no words."""
    sentences = _words().get(code) or _words()[OTHERWISE]
    return sentences.get(language) or sentences["en"]
