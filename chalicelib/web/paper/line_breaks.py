"""Where a line of print ends: between words, and in Chinese between characters, but no mark that
closes stands first on a line and none that opens stands last."""

import re
import unicodedata
from collections.abc import Callable, Iterator

_CLOSES = frozenset("，。、；：？！）》」』】〉”’…·,.;:?!)]}%")
_OPENS = frozenset("（《「『【〈“‘([{")
_ATOM = re.compile(r"\s+|[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+|.")


def break_lines(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Lines of at most `width`, in order; nothing but the blanks at a line's end is lost. A word
    that is wider than a line is broken where the line is full."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text):
        if measure((line + piece).rstrip()) <= width:
            line += piece
            continue
        if line.strip():
            lines.append(line.rstrip())
        line = piece.lstrip()
        while measure(line.rstrip()) > width and len(line) > 1:
            count = _how_many_fit(line, width, measure)
            lines.append(line[:count])
            line = line[count:]
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _how_many_fit(text: str, width: float, measure: Callable[[str], float]) -> int:
    count = len(text) - 1
    while count > 1 and measure(text[:count]) > width:
        count -= 1
    return count


def _pieces(text: str) -> Iterator[str]:
    """What stays together on a line."""
    held = ""
    for atom in _ATOM.findall(text):
        if held and not (atom[0] in _CLOSES or held[-1] in _OPENS):
            yield held
            held = ""
        held += atom
    if held:
        yield held


def plain(text: str) -> str:
    """Composed, on one line, without what cannot be seen."""
    composed = unicodedata.normalize("NFC", text)
    seen = (
        " " if unicodedata.category(each) in ("Cc", "Zl", "Zp") else each
        for each in composed
        if unicodedata.category(each) not in ("Cf", "Cs")
    )
    return " ".join("".join(seen).split(" ")).strip()
