"""QR drawings, rasterised by resvg and read by zxing: neither shares code with what drew them."""

import io
import subprocess
import sys

import pytest
import resvg_py
import zxingcpp
from PIL import Image, ImageFilter

from chalicelib.web.qr_image import draw_qr

ADDRESS = "https://thanhtoan.quangninh.example/pay/220000000000000092/CDFGHJ"


def raster(payload: str, width: int) -> Image.Image:
    return raster_svg(str(draw_qr(payload, "x")), width)


def raster_svg(svg: str, width: int) -> Image.Image:
    png = resvg_py.svg_to_bytes(svg_string=svg, width=width)
    return Image.open(io.BytesIO(bytes(png))).convert("L")


def read(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image)]


def read_svg(svg: str) -> list[str]:
    return read(raster_svg(svg, 600))


@pytest.mark.parametrize("payload", [ADDRESS, "0002010102", "x" * 400, "Nộp tiền: 缴款码"])
def test_an_independent_reader_reads_the_payload(payload: str) -> None:
    assert read(raster(payload, 600)) == [payload]


def test_it_is_read_at_the_size_that_the_page_shows_and_when_blurred_and_turned() -> None:
    shown = raster(ADDRESS, 196)
    assert read(shown) == [ADDRESS]
    worn = raster(ADDRESS, 400).filter(ImageFilter.GaussianBlur(2)).rotate(17, fillcolor=255)
    assert read(worn) == [ADDRESS]


def test_it_is_read_with_its_middle_covered() -> None:
    image = raster(ADDRESS, 410)
    image.paste(255, (190, 190, 290, 290))
    assert read(image) == [ADDRESS]


def test_the_quiet_zone_is_four_modules_on_every_side() -> None:
    # Version 4 has 33 modules; with the quiet zone 41, here ten pixels each.
    image = raster(ADDRESS, 410)
    dark = Image.eval(image, lambda value: 255 - value).getbbox()
    assert image.size == (410, 410)
    assert dark == (40, 40, 370, 370)


def test_the_reader_reports_level_m_and_the_fixed_mask_makes_equal_drawings() -> None:
    found = zxingcpp.read_barcode(raster(ADDRESS, 600))
    assert found is not None
    assert found.ec_level == "M"
    assert draw_qr(ADDRESS, "x") == draw_qr(ADDRESS, "x")


def test_a_title_is_text() -> None:
    assert "<title>&lt;&amp;</title>" in draw_qr(ADDRESS, "<&")


def test_the_qr_library_is_loaded_only_when_a_code_is_drawn() -> None:
    program = (
        "import sys, app\n"
        "from chalicelib.web.qr_image import draw_qr\n"
        "assert not [name for name in sys.modules if name.startswith('qrcode')]\n"
        "draw_qr('x', 'x')\n"
        "assert 'qrcode' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
