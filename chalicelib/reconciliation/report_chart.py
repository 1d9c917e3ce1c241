"""A bar for what agrees and one for each kind of break, drawn as SVG."""

from collections.abc import Sequence
from html import escape

WIDTH = 720
ROW = 34
LABEL_WIDTH = 270
NUMBER_WIDTH = 90
GOOD, BAD = "#1a7f4b", "#b3261e"


def render_chart(bars: Sequence[tuple[str, int, bool]], numbers: Sequence[str], title: str) -> str:
    """`bars`: label, count, whether it is good. Lengths are proportional, but never less than can
    be seen: one break among a million payments must not vanish."""
    longest = max(count for _, count, _ in bars) or 1
    room = WIDTH - LABEL_WIDTH - NUMBER_WIDTH
    rows = []
    for place, ((label, count, is_good), number) in enumerate(zip(bars, numbers, strict=True)):
        length = max(4, round(room * count / longest)) if count else 0
        top = place * ROW
        rows.append(
            f'<text x="{LABEL_WIDTH - 10}" y="{top + 22}" text-anchor="end">{escape(label)}</text>'
            f'<rect x="{LABEL_WIDTH}" y="{top + 6}" width="{length}" height="22" rx="3"'
            f' fill="{GOOD if is_good else BAD}"/>'
            f'<text x="{LABEL_WIDTH + length + 8}" y="{top + 22}" font-weight="600">'
            f"{escape(number)}</text>"
        )
    height = len(bars) * ROW
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img"'
        f' aria-label="{escape(title)}" font-size="15" fill="#1c2b33"'
        ' font-family="system-ui,sans-serif" style="max-width:100%;height:auto">'
        f"{''.join(rows)}</svg>"
    )
