"""Slips to print: a Vietnamese one with its VietQR, a Chinese one with the platform's address."""

from dataclasses import replace
from typing import Any

from chalicelib.channels.vietqr.payload import VietQr, write_vietqr
from chalicelib.domain.money import Money
from chalicelib.domain.province import Mode
from chalicelib.web.paper.dossier_receipt import DossierReceipt
from tests.web.pages.samples import CODE, LINES, ORDER, PROVINCE, UNIT, WORD

BANK_CODE = write_vietqr(
    VietQr(
        bank_bin="970436",
        account_number="SIMULATEDVCB1",
        account_name="VAN PHONG DANG KY DAT DAI",
        city="HA LONG",
        amount=Money(700_000, "VND"),
        memo=CODE,
    )
)
LINK = f"https://thanhtoan.quangninh.example/c/{CODE}"

IN_VIETNAM = DossierReceipt(
    order=replace(ORDER, mode=Mode.TEST),
    unit=UNIT,
    province=PROVINCE,
    language="vi",
    payer_name="Nguyễn Thị Thùy Dương Ưỡn",
    word=WORD,
    qr=BANK_CODE,
    link=LINK,
    holds_until=ORDER.expires_at,
    closed=None,
    legal_bases=("Thông tư 85/2019/TT-BTC", "Nghị quyết 62/2017/NQ-HĐND"),
)

CHINESE_UNIT = replace(
    UNIT,
    code="HZJY",
    names={"zh": "杭州市教育局", "en": "Hangzhou Education Bureau"},
    address="杭州市上城区样张路 1 号",
    phone="0571 0000 0000",
)
CHINESE_LINES = (
    replace(LINES[0], names={"zh": "普通高中学费（省一级特色示范学校）"}, amount_minor=120_000),
    replace(LINES[1], names={"zh": "住宿费"}, amount_minor=40_050, description="2026 学年第一学期"),
)
IN_CHINA = replace(
    IN_VIETNAM,
    order=replace(
        ORDER,
        amount=Money(160_050, "CNY"),
        lines=CHINESE_LINES,
        language="zh",
        reference="ZJ2026-330100-000017",
    ),
    unit=CHINESE_UNIT,
    province=replace(
        PROVINCE, code="zhejiang", zone="Asia/Shanghai", currency="CNY", phone="0571 12345"
    ),
    language="zh",
    payer_name="欧阳䶮喆",
    qr=f"https://pay.zhejiang.example/c/{CODE}",
    link=f"https://pay.zhejiang.example/c/{CODE}",
    legal_bases=("浙价费〔2012〕123号",),
)


def with_order(receipt: DossierReceipt, **changes: Any) -> DossierReceipt:
    return replace(receipt, order=replace(receipt.order, **changes))
