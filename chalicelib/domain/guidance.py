"""What something means and what to do about it, in the languages of the reports."""

from collections.abc import Mapping
from dataclasses import dataclass

Words = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Guidance:
    """Each text by language."""

    title: Mapping[str, str]
    meaning: Mapping[str, str]
    action: Mapping[str, str]


def guide(english: Words, vietnamese: Words, chinese: Words) -> Guidance:
    """Of each language title, meaning and suggested action."""
    texts = zip(english, vietnamese, chinese, strict=True)
    return Guidance(*(in_languages(*text) for text in texts))


def in_languages(english: str, vietnamese: str, chinese: str) -> Mapping[str, str]:
    return {"en": english, "vi": vietnamese, "zh": chinese}
