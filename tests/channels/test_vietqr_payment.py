"""The code that the payer scans: foreign samples, limits, and what an independent reader sees."""

import io
from dataclasses import replace
from typing import Any

import pytest
import resvg_py
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from chalicelib.channels.contract import Answered
from chalicelib.channels.vietqr.banks import BANKS
from chalicelib.channels.vietqr.channel import Vietqr
from chalicelib.channels.vietqr.payload import (
    NotVietQr,
    VietQr,
    plain_text,
    read_vietqr,
    write_vietqr,
)
from chalicelib.domain.emv_qr import QrUnreadable, read_objects, read_payload, write_payload
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Pending
from chalicelib.errors import DataFault
from chalicelib.web.qr_image import draw_qr
from tests.channels.stand_ins import QUERY, REQUEST, read_samples, with_field
from tests.channels.vietqr_wire import CODE, PAYMENT_NO, vietqr_credentials, with_prefix

SAMPLES = read_samples("emvco.json")
FEE = VietQr(
    bank_bin="970436",
    account_number="0011001234567",
    account_name="Sở Tài chính Quảng Ninh".upper(),
    city="Hạ Long".upper(),
    amount=Money(125_000, "VND"),
    memo="QN2024052100001",
)
FOR_US = replace(REQUEST, payment_no=PAYMENT_NO)


def started(credentials: Any = None) -> str:
    return Vietqr().start_payment(credentials or vietqr_credentials(), FOR_US).payload


def test_a_dynamic_code_is_the_one_that_others_made_of_the_same() -> None:
    assert write_vietqr(FEE) == SAMPLES["gov-dynamic"]["payload"]


def test_a_static_code_has_neither_amount_nor_memo() -> None:
    code = replace(FEE, amount=None, memo="", is_for_one=False)
    told = dict(read_payload(SAMPLES["gov-static"]["payload"]))
    objects = dict(read_payload(write_vietqr(code)))
    assert objects.pop("52") == "9399"
    assert objects == told
    assert read_vietqr(SAMPLES["gov-static"]["payload"]) == replace(
        code, account_name="SO TAI CHINH QUANG NINH", city="HA LONG"
    )


@pytest.mark.parametrize(
    ("sample", "bank_bin", "account_number", "amount", "memo"),
    [
        ("napas-dynamic-account", "970403", "0011012345678", 180_000, "thanh toan don hang"),
        ("vietqr-static-acb", "970416", "257678859", None, ""),
        ("vietqr-dynamic-acb", "970416", "257678859", 1_000, "Chuyen tien"),
        ("vietqr-techcombank", "970407", "19030413601018", None, ""),
        ("vietqr-vietinbank", "970415", "113366668888", None, ""),
        ("zalopay-as-vietqr", "970454", "99ZP24009M07248267", None, ""),
        ("gov-dynamic", "970436", "0011001234567", 125_000, "QN2024052100001"),
        (
            "peer-vietnam-qr-pay-initvietqr-dynamic-amount-purpose",
            *("970436", "0011001234567", 125_000, "QN2024052100001"),
        ),
        ("peer-vietnam-qr-pay-initvietqr-static", "970436", "0011001234567", None, ""),
    ],
)
def test_others_codes_are_read(
    sample: str, bank_bin: str, account_number: str, amount: int | None, memo: str
) -> None:
    code = read_vietqr(SAMPLES[sample]["payload"])
    assert (code.bank_bin, code.account_number, code.memo) == (bank_bin, account_number, memo)
    assert code.amount == (None if amount is None else Money(amount, "VND"))


@pytest.mark.parametrize(
    "sample",
    [
        "emvco-annex-best-transport",
        "napas-static-account",
        "napas-6.1.4-misprint",
        "vietqr-bad-crc",
        "vnpay-qr-1",
        "evn-bill-qr",
        "airpay-qr",
        "vietqr-ts-service-code-nested-too-deep",
    ],
)
def test_what_is_no_transfer_or_is_misprinted_is_refused(sample: str) -> None:
    with pytest.raises((NotVietQr, QrUnreadable)):
        read_vietqr(SAMPLES[sample]["payload"])


@pytest.mark.parametrize(
    "changes",
    [{"54": "50 000"}, {"54": "0.5"}, {"54": "5e4"}, {"53": "840"}, {"58": "CN"}, {"01": "21"}],
)
def test_an_amount_or_country_that_is_not_vietnams_is_refused(changes: dict[str, str]) -> None:
    objects = {**read_payload(SAMPLES["gov-dynamic"]["payload"]), **changes}
    with pytest.raises(NotVietQr):
        read_vietqr(write_payload(objects))


def test_an_amount_may_end_with_its_point() -> None:
    objects = {**read_payload(SAMPLES["gov-dynamic"]["payload"]), "54": "50000."}
    assert read_vietqr(write_payload(objects)).amount == Money(50_000, "VND")


def test_the_payers_code_has_account_exact_amount_and_number_twice() -> None:
    objects = read_payload(started())
    merchant = read_objects(objects["38"])
    assert read_objects(merchant["01"]) == {"00": "970436", "01": "SIMULATEDVCB1"}
    assert (merchant["00"], merchant["02"]) == ("A000000727", "QRIBFTTA")
    assert read_objects(objects["62"]) == {"01": PAYMENT_NO, "08": PAYMENT_NO}
    told = {name: objects[name] for name in ("01", "52", "53", "54", "58", "59", "60")}
    assert told == {
        "01": "12",
        "52": "9399",
        "53": "704",
        "54": "50000",
        "58": "VN",
        "59": "SO TAI CHINH QUANG NINH",
        "60": "HA LONG",
    }


def test_a_bank_with_virtual_accounts_gets_one_for_every_order() -> None:
    code = read_vietqr(started(with_prefix(vietqr_credentials(), "V3C")))
    assert code.account_number == "V3C" + CODE[:16]
    assert code.memo == PAYMENT_NO


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("bank_bin", "123456"),
        ("account_number", "0011 001"),
        ("account_number", "0" * 20),
        ("virtual_account_prefix", "V3C4"),
        ("bank_bin", ""),
    ],
)
def test_an_account_that_no_bank_would_take_is_an_operators_fault(name: str, value: str) -> None:
    with pytest.raises(DataFault):
        started(with_field(vietqr_credentials(), name, value))


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": Money(100, "CNY")},
        {"amount": Money(0, "VND")},
        {"memo": "A" * 26},
        {"memo": "phí"},
    ],
)
def test_what_a_transfer_cannot_carry_is_not_written(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        write_vietqr(replace(FEE, **changes))


def test_nobody_can_be_asked_and_so_it_stays_pending() -> None:
    """No HTTP is given to the channel: a bank answers no questions."""
    answered = Vietqr().query_payment(vietqr_credentials(), QUERY)
    assert answered == Answered(Pending("awaiting_credit"), raw=b"")


def test_names_lose_their_diacritics_and_their_end() -> None:
    assert plain_text("Đặng Thị Ngọc  Ánh — thuế", 25) == "Dang Thi Ngoc Anh thue"
    assert plain_text("Trung tâm Phục vụ hành chính công", 25) == "Trung tam Phuc vu hanh ch"
    assert plain_text("杭州", 25) == ""


@given(
    st.builds(
        VietQr,
        bank_bin=st.sampled_from(sorted(BANKS)),
        account_number=st.text("ABCZ0123456789", min_size=1, max_size=19),
        account_name=st.text("ABC DEF", max_size=30).map(lambda text: plain_text(text, 25)),
        city=st.text("ABC DEF", max_size=20).map(lambda text: plain_text(text, 15)),
        amount=st.none() | st.integers(1, 499_999_999).map(lambda minor: Money(minor, "VND")),
        memo=st.text("ABCabc0123 ", max_size=25),
        is_for_one=st.booleans(),
    )
)
def test_every_code_is_read_back(code: VietQr) -> None:
    assert read_vietqr(write_vietqr(code)) == code


def drawn(text: str, width: int = 520) -> Image.Image:
    """What our pages show, rasterised by resvg."""
    png = resvg_py.svg_to_bytes(svg_string=str(draw_qr(text, "x")), width=width)
    return Image.open(io.BytesIO(bytes(png))).convert("L")


def seen(image: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(image)]


@pytest.mark.parametrize("radius", [0.0, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("angle", [0, 7, 45, 90, 180])
def test_the_code_is_read_after_blur_and_rotation(radius: float, angle: int) -> None:
    payload = started()
    image = drawn(payload).rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    assert seen(image.filter(ImageFilter.GaussianBlur(radius))) == [payload]


def test_the_code_is_read_as_a_203_dpi_label_printer_prints_it() -> None:
    """30 mm wide, black and white dots of an eighth of a millimetre, seen by a camera."""
    payload = started()
    dots = round(30 / 25.4 * 203)
    printed = drawn(payload, dots).point(lambda level: 255 if level > 127 else 0)
    sheet = Image.new("L", (dots + 160, dots + 160), 255)
    sheet.paste(printed, (80, 80))
    for angle, radius in ((0, 0.0), (5, 0.8), (90, 1.0)):
        turned = sheet.resize((sheet.width * 3,) * 2, Image.Resampling.BILINEAR)
        turned = turned.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)
        assert seen(turned.filter(ImageFilter.GaussianBlur(radius))) == [payload]


def test_an_account_without_one_of_its_fields_draws_nothing() -> None:
    for name in ("bank_bin", "account_number", "account_name", "city"):
        with pytest.raises(DataFault):
            started(with_field(vietqr_credentials(), name, ""))
