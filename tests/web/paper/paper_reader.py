"""A PDF as others see it: its text by pypdf, its look by pdfium, its QR codes by zxing."""

import io
import re

import pypdf
import pypdfium2
import zxingcpp
from PIL import Image, ImageChops


def read_text(content: bytes) -> str:
    """Of all pages, with single blanks."""
    pages = pypdf.PdfReader(io.BytesIO(content)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def pages_of(content: bytes, scale: float = 3) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(content)
    return [page.render(scale=scale).to_pil().convert("L") for page in document]


def qr_codes(content: bytes) -> list[str]:
    return [found.text for page in pages_of(content) for found in zxingcpp.read_barcodes(page)]


def ink(page: Image.Image) -> tuple[int, int, int, int]:
    """What is printed on, in millimetres from the left, the top, the left and the top."""
    box = ImageChops.invert(page).getbbox()
    assert box is not None
    per_mm = page.width / 148
    left, top, right, bottom = (round(each / per_mm) for each in box)
    return left, top, right, bottom
