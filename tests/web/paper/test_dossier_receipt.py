"""The slip as a payer holds it: read and looked at by programs that did not write it."""

from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest
from PIL import Image, ImageFilter
from stdnum.iso7064 import mod_97_10

from chalicelib.domain.money import Money
from chalicelib.domain.province import Mode
from chalicelib.web.paper.dossier_receipt import (
    CHANGED,
    CLOSED,
    DossierReceipt,
    choose_language,
    write_dossier_receipt,
)
from tests.web.pages.samples import CODE, LINES
from tests.web.paper.paper_reader import ink, pages_of, qr_codes, read_text
from tests.web.paper.papers import BANK_CODE, IN_CHINA, IN_VIETNAM, LINK, with_order

LONG_NAME = (
    "CÔNG TY TRÁCH NHIỆM HỮU HẠN MỘT THÀNH VIÊN THƯƠNG MẠI DỊCH VỤ XUẤT NHẬP KHẨU VÀ ĐẦU TƯ PHÁT"
    " TRIỂN HẠ TẦNG KỸ THUẬT KHU KINH TẾ VÂN ĐỒN QUẢNG NINH"
)


def test_a_vietnamese_slip_says_everything_with_its_diacritics() -> None:
    text = read_text(write_dossier_receipt(IN_VIETNAM))
    for told in (
        "Văn phòng Đăng ký đất đai tỉnh",
        "Phiếu tiếp nhận hồ sơ và nộp tiền",
        "BẢN THỬ NGHIỆM – KHÔNG CÓ GIÁ TRỊ NỘP TIỀN",
        "Số hồ sơ H49.01-260228-0017",
        "Người nộp Nguyễn Thị Thùy Dương Ưỡn",
        "Nộp được đến 09:20 ngày 02/03/2026",
        "1 Phí thẩm định hồ sơ cấp giấy chứng nhận quyền sử dụng đất 500.000 đồng",
        "2 Lệ phí cấp giấy chứng nhận 200.000 đồng số lượng 2 · Thửa 12, tờ bản đồ 34",
        "Tổng cộng 700.000 đồng Bằng chữ: Bảy trăm nghìn đồng.",
        "Căn cứ: Thông tư 85/2019/TT-BTC; Nghị quyết 62/2017/NQ-HĐND",
        "Mã thanh toán 220 000 000 000 000 092 Mã xác minh CDFGHJ",
        f"thanhtoan.quangninh.example/c/{CODE}",
        "Quét mã QR bằng ứng dụng ngân hàng hoặc ví điện tử bất kỳ",
        "Cần giúp đỡ, xin gọi 1900 558826.",
        "Phiếu này không phải là biên lai.",
        "Trang 1/1",
    ):
        assert told in text


def test_a_chinese_slip_says_everything_and_its_digits_are_the_orders() -> None:
    """A line in two fonts once printed 3,755.45 for 1,600.50."""
    text = read_text(write_dossier_receipt(IN_CHINA))
    for told in (
        "杭州市教育局",
        "受理回执及缴款通知",
        "业务编号 ZJ2026-330100-000017",
        "缴款人 欧阳䶮喆",
        "可缴至 2026年3月2日 10:20",
        "1 普通高中学费（省一级特色示范学校） 1,200.00 元",
        "2 住宿费 400.50 元 数量 2 · 2026 学年第一学期",
        "合计 1,600.50 元 大写：人民币壹仟陆佰元零伍角",
        "依据：浙价费〔2012〕123号",
        "缴款码 220 000 000 000 000 092 验证码 CDFGHJ",
        "请用支付宝、微信、云闪付、银行应用或手机相机扫描二维码",
        "本回执不是财政票据。",
        "页码 1/1",
    ):
        assert told in text
    assert "测试" not in text


def test_the_same_slip_has_the_same_bytes() -> None:
    for receipt in (IN_VIETNAM, IN_CHINA):
        assert write_dossier_receipt(receipt) == write_dossier_receipt(receipt)
    later = replace(IN_VIETNAM, word="CDFGHK")
    assert write_dossier_receipt(later) != write_dossier_receipt(IN_VIETNAM)


@pytest.mark.parametrize(("receipt", "payload"), [(IN_VIETNAM, BANK_CODE), (IN_CHINA, IN_CHINA.qr)])
def test_one_qr_code_is_on_it_and_an_independent_reader_reads_it(
    receipt: DossierReceipt, payload: str
) -> None:
    assert qr_codes(write_dossier_receipt(receipt)) == [payload]


def test_the_qr_code_is_read_from_a_bad_print() -> None:
    """203 dots an inch, blurred and askew."""
    import zxingcpp

    page = pages_of(write_dossier_receipt(IN_VIETNAM), scale=203 / 72)[0]
    worn: Image.Image = page.filter(ImageFilter.GaussianBlur(1.2)).rotate(8, fillcolor=255)
    assert [found.text for found in zxingcpp.read_barcodes(worn)] == [BANK_CODE]


def test_the_code_on_it_has_its_check_digits() -> None:
    text = read_text(write_dossier_receipt(IN_VIETNAM))
    printed = text[text.index("220 000") :][:23].replace(" ", "")
    assert mod_97_10.is_valid(printed)


def test_its_page_is_a5() -> None:
    page = pypdfium2.PdfDocument(write_dossier_receipt(IN_VIETNAM))[0]
    assert [round(each * 25.4 / 72) for each in page.get_size()] == [148, 210]


@pytest.mark.parametrize(
    "receipt",
    [
        IN_VIETNAM,
        IN_CHINA,
        replace(IN_VIETNAM, payer_name=LONG_NAME),
        replace(IN_VIETNAM, payer_name="W" * 200, link=LINK.replace(".example", "x" * 90)),
        replace(IN_VIETNAM, closed="waiting"),
        with_order(IN_VIETNAM, amount=Money(999_999_999_999, "VND")),
        with_order(IN_VIETNAM, lines=LINES * 14, amount=Money(9_800_000, "VND")),
    ],
)
def test_nothing_is_printed_outside_the_margins(receipt: DossierReceipt) -> None:
    for page in pages_of(write_dossier_receipt(receipt)):
        left, top, right, bottom = ink(page)
        assert left >= 9
        assert top >= 9
        assert right <= 139
        assert bottom <= 206


def test_a_long_name_is_whole() -> None:
    receipt = replace(IN_VIETNAM, payer_name=LONG_NAME)
    assert LONG_NAME in read_text(write_dossier_receipt(receipt))


def test_many_lines_flow_to_more_pages_and_the_code_is_on_one_of_them() -> None:
    lines = LINES * 14
    receipt = with_order(IN_VIETNAM, lines=lines, amount=Money(9_800_000, "VND"))
    content = write_dossier_receipt(receipt)
    assert len(pages_of(content, scale=1)) == 3
    text = read_text(content)
    assert text.count("STT Khoản thu Số tiền") == 2
    assert [f"{number} Lệ phí" in text for number in range(2, 29, 2)] == [True] * 14
    assert "Tổng cộng 9.800.000 đồng Bằng chữ: Chín triệu tám trăm nghìn đồng." in text
    assert "Trang 3/3" in text
    assert qr_codes(content) == [BANK_CODE]


def test_a_letter_that_no_font_has_is_printed_as_its_number_and_explained() -> None:
    content = write_dossier_receipt(replace(IN_CHINA, payer_name="张𠮷\u200b"))
    text = read_text(content)
    assert "缴款人 张[U+20BB7] 开具日期" in text
    assert "无法印出的字以其 Unicode 编号表示" in text
    assert "Unicode" not in read_text(write_dossier_receipt(IN_CHINA))


def test_a_decomposed_name_is_printed_composed() -> None:
    receipt = replace(IN_VIETNAM, payer_name="Nguye\u0302\u0303n\tVa\u0306n A")
    assert "Nguyễn Văn A" in read_text(write_dossier_receipt(receipt))


def test_every_character_of_gbk_and_those_of_names_beyond_it_are_printed() -> None:
    leads, trails = range(0x81, 0xFF), [*range(0x40, 0x7F), *range(0x80, 0xFF)]
    pairs = (bytes([lead, trail]).decode("gbk", "ignore") for lead in leads for trail in trails)
    gbk = [each for each in pairs if len(each) == 1 and 0x4E00 <= ord(each) <= 0x9FFF]
    assert len(gbk) == 20_902
    # 通用规范汉字表 (2013), level 3: of those outside the basic plane.
    standard = (
        "𬀩𬀪𬉼𬊈𬌗𬍛𬒈𬒗𬕂𬘓𬘘𬙂𬙊𬙋𬣙𬤇𬨂𬨎𬩽𬬩𬬭𬬮𬬱𬭁𬭊𬭎𬭚𬭤𬭩𬭬𬭯𬭳𬭶𬭸𬭼𬮱𬮿𬯀𬯎𬱖𬱟𬳵𬳶𬳽"
        "𬳿𬴂𬴃𬴊𬶋𬶍𬶏𬶐𬶟𬶠𬶨𬶭𬶮𬷕𬸘𬸚𬸣𬸦𬸪𬹼𬺈𬺓"
    )
    receipt = replace(IN_CHINA, payer_name="".join(gbk[::97]) + standard)
    text = read_text(write_dossier_receipt(receipt)).replace(" ", "")
    assert "U+" not in text
    assert standard in text


@pytest.mark.parametrize("closed", sorted({*CLOSED.values(), CHANGED}))
@pytest.mark.parametrize("receipt", [IN_VIETNAM, IN_CHINA])
def test_what_cannot_be_paid_now_has_no_qr_code_and_says_why(
    receipt: DossierReceipt, closed: str
) -> None:
    content = write_dossier_receipt(replace(receipt, closed=closed))
    assert qr_codes(content) == []
    text = read_text(content)
    assert ("请" if receipt.language == "zh" else "XIN") in text
    assert "Quét mã QR" not in text
    assert "扫描二维码" not in text


def test_an_amount_that_changes_tomorrow_says_so() -> None:
    sooner = IN_VIETNAM.order.expires_at - timedelta(hours=3)
    text = read_text(write_dossier_receipt(replace(IN_VIETNAM, holds_until=sooner)))
    assert "06:20 ngày 02/03/2026. Sau lúc đó số tiền thay đổi" in text


def test_a_live_order_is_no_test() -> None:
    text = read_text(write_dossier_receipt(with_order(IN_VIETNAM, mode=Mode.LIVE)))
    assert "THỬ NGHIỆM" not in text


@pytest.mark.parametrize(
    ("wanted", "own", "offered", "chosen"),
    [
        ("zh", "vi", ("vi", "en", "zh"), "zh"),
        ("zh", "vi", ("vi", "en"), "vi"),
        (None, "en", ("zh", "en"), "zh"),
        ("xx", "zh", ("vi", "zh"), "zh"),
        (None, "en", ("en",), "vi"),
    ],
)
def test_the_language_is_one_that_papers_and_the_province_have(
    wanted: str | None, own: str, offered: tuple[str, ...], chosen: str
) -> None:
    assert choose_language(wanted, own, offered) == chosen
