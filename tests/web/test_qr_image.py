"""QR drawings, rasterised by resvg and read by zxing: neither shares code with what drew them."""

import io
import subprocess
import sys
from dataclasses import replace

import pytest
import resvg_py
import zxingcpp
from PIL import Image, ImageFilter, ImageOps

from chalicelib.channels.vietqr.payload import VietQr, write_vietqr
from chalicelib.domain.money import Money
from chalicelib.web.qr_image import draw_qr

ADDRESS = "https://thanhtoan.quangninh.example/pay/220000000000000092/CDFGHJ"
HOSPITAL = VietQr(
    bank_bin="970415",
    account_number="SIMULATEDCTG1",
    account_name="BENH VIEN DA KHOA TINH",
    city="HA LONG",
    amount=Money(499_999_999, "VND"),
    memo="22000000000000009201",
)
BANK_CODE = write_vietqr(HOSPITAL)
VIRTUAL_CODE = write_vietqr(
    replace(HOSPITAL, bank_bin="970436", account_number="QN12200000000000000")
)


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


def printed(payload: str, millimeters: int) -> Image.Image:
    """On a thermal printer of 203 dots an inch: every dot is black or white."""
    dots = round(millimeters / 25.4 * 203)
    return raster(payload, dots).point(lambda value: 255 if value > 127 else 0)


def scanned(print_out: Image.Image, *, blur: float, turn: float) -> Image.Image:
    """As a phone sees it: larger than the dots, out of focus, at an angle."""
    seen = print_out.resize([2 * side for side in print_out.size], Image.Resampling.BICUBIC)
    seen = ImageOps.expand(seen, border=40, fill=255)
    blurred = seen.filter(ImageFilter.GaussianBlur(blur))
    return blurred.rotate(turn, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)


@pytest.mark.parametrize("blur", [0, 1, 2.5])
@pytest.mark.parametrize("turn", [0, 4, 45, 90, 187])
@pytest.mark.parametrize(
    ("payload", "millimeters"),
    [(ADDRESS, 20), (BANK_CODE, 25), (VIRTUAL_CODE, 25)],
    ids=["pay page", "VietQR at VietinBank", "virtual account at Vietcombank"],
)
def test_a_print_of_203_dpi_is_read_out_of_focus_and_at_any_angle(
    payload: str, millimeters: int, blur: float, turn: float
) -> None:
    seen = scanned(printed(payload, millimeters), blur=blur, turn=turn)
    assert read(seen) == [payload]


def test_what_is_too_small_for_the_printer_is_not_read() -> None:
    """So the test above can fail."""
    assert read(scanned(printed(BANK_CODE, 5), blur=1, turn=4)) == []


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
