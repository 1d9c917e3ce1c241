"""Paper of one size with text, lines and QR codes on it, as a PDF with its fonts inside.

The same calls give the same bytes. Distances are in millimetres from the page's upper left corner.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from chalicelib.web.paper.line_breaks import break_lines, plain
from chalicelib.web.qr_image import dark_runs, qr_modules

with warnings.catch_warnings():
    # Pillow does not ship: nothing here places an image.
    warnings.simplefilter("ignore")
    from fpdf import FPDF

_FONTS = Path(__file__).parent / "fonts"
_LATIN, _HAN = "latin", "han"
_BLACK = (0, 0, 0)
GRAY = (90, 90, 90)
_QUIET_ZONE = 4  # modules
_OVERLAP = 0.02  # so that no reader draws a hairline between two rows of a QR code


@dataclass(frozen=True, slots=True)
class Style:
    """`size` in points. `leading`: from line to line, in sizes."""

    size: float
    is_bold: bool = False
    color: tuple[int, int, int] = _BLACK
    leading: float = 1.35

    @property
    def line_height(self) -> float:
        return self.size * self.leading * 25.4 / 72


class Sheet:
    """`y`: where the next thing goes. `lacks`: some character had no letter in our fonts."""

    width, height, margin = 148.0, 210.0, 10.0  # A5

    def __init__(
        self,
        *,
        title: str,
        language: str,
        made_at: datetime,
        bottom: float,
        foot: Callable[["Sheet"], None],
    ) -> None:
        """`bottom`: the space at each page's end in which `foot` writes."""
        self._pdf = FPDF(format=(self.width, self.height))
        self._pdf.set_auto_page_break(auto=False)
        self._pdf.set_margin(0)
        self._pdf.c_margin = 0
        self._pdf.set_creation_date(made_at)
        self._pdf.set_title(title)
        self._pdf.set_lang(language)
        self._pdf.set_producer("Errandless")
        self._pdf.add_font(_LATIN, "", _FONTS / "NotoSans-Regular.ttf")
        self._pdf.add_font(_LATIN, "B", _FONTS / "NotoSans-Bold.ttf")
        self._latin = frozenset(self._pdf.fonts[_LATIN].cmap)  # type: ignore[union-attr]
        self._han: frozenset[int] = frozenset()
        self._foot = foot
        self._end = self.height - bottom
        self.lacks = False
        self.y = self.margin
        self._pdf.add_page()

    @property
    def inner_width(self) -> float:
        return self.width - 2 * self.margin

    @property
    def page_of_pages(self) -> str:
        return f"{self._pdf.page}/{self._pdf.str_alias_nb_pages}"

    def new_page(self) -> None:
        self._foot(self)
        self._pdf.add_page()
        self.y = self.margin

    def has_room(self, height: float) -> bool:
        return self.y + height <= self._end

    def printable(self, text: str) -> str:
        """Each character that no font here has as its number, `[U+2B5E3]`: seen, not lost."""
        text = plain(text)
        if any(ord(each) not in self._latin for each in text):
            self._add_han()
        known = self._latin | self._han
        written = [each if ord(each) in known else f"[U+{ord(each):04X}]" for each in text]
        self.lacks = self.lacks or any(len(each) > 1 for each in written)
        return "".join(written)

    def _add_han(self) -> None:
        if not self._han:
            self._pdf.add_font(_HAN, "", _FONTS / "NotoSansSC-Regular.ttf")
            self._han = frozenset(self._pdf.fonts[_HAN].cmap)  # type: ignore[union-attr]

    def lines(self, text: str, width: float, style: Style) -> list[str]:
        return break_lines(self.printable(text), width, lambda line: self._measure(line, style))

    def _measure(self, line: str, style: Style) -> float:
        return sum(width for _, _, width in self._runs(line, style))

    def _runs(self, line: str, style: Style) -> Iterator[tuple[str, str, float]]:
        """Font, text and width of each stretch in one font. Chosen here and not by the library's
        fallback fonts, with which a line after a mixed one came out in the wrong font, its digits
        as other digits."""
        for is_latin, letters in groupby(line, key=lambda each: ord(each) in self._latin):
            font, text = _LATIN if is_latin else _HAN, "".join(letters)
            self._use(font, style)
            yield font, text, self._pdf.get_string_width(text)

    def text(
        self,
        text: str,
        style: Style,
        *,
        x: float | None = None,
        y: float | None = None,
        width: float | None = None,
        align: str = "L",
    ) -> float:
        """Writes it at `x`, `y` (else at the margin and where the next thing goes, which moves
        on) and gives its height back. `align`: L, C or R."""
        start = self.y if y is None else y
        left = self.margin if x is None else x
        width = self.inner_width if width is None else width
        lines = self.lines(text, width, style)
        for index, line in enumerate(lines):
            slack = (width - self._measure(line, style)) * {"L": 0, "C": 0.5, "R": 1}[align]
            self._write(line, left + slack, start + index * style.line_height, style)
        height = len(lines) * style.line_height
        if y is None:
            self.y += height
        return height

    def rule(self, *, thickness: float = 0.2) -> None:
        self._pdf.set_line_width(thickness)
        self._pdf.set_draw_color(*GRAY)
        self._pdf.line(self.margin, self.y, self.width - self.margin, self.y)

    def frame(self, x: float, y: float, width: float, height: float) -> None:
        self._pdf.set_line_width(0.5)
        self._pdf.set_draw_color(*_BLACK)
        self._pdf.rect(x, y, width, height)

    def qr(self, payload: str, x: float, y: float, size: float) -> None:
        """`size` with its quiet zone."""
        rows = qr_modules(payload)
        module = size / (len(rows) + 2 * _QUIET_ZONE)
        self._pdf.set_fill_color(*_BLACK)
        for row, modules in enumerate(rows):
            for column, length in dark_runs(modules):
                left, top = x + (column + _QUIET_ZONE) * module, y + (row + _QUIET_ZONE) * module
                self._pdf.rect(left, top, length * module, module + _OVERLAP, style="F")

    def finish(self) -> bytes:
        self._foot(self)
        return bytes(self._pdf.output())

    def _write(self, line: str, x: float, y: float, style: Style) -> None:
        for font, text, width in list(self._runs(line, style)):
            self._use(font, style)
            self._pdf.set_xy(x, y)
            self._pdf.cell(width, style.line_height, text)
            x += width

    def _use(self, font: str, style: Style) -> None:
        is_bold = style.is_bold and font == _LATIN
        self._pdf.set_font(font, "B" if is_bold else "", style.size)
        self._pdf.set_text_color(*style.color)
