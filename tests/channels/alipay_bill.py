"""Trade bills for tests, packed as Alipay packs them."""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta

from tests.channels.stand_ins import read_samples

SAMPLE = read_samples("alipay.json")["bill-trade-sample"]
TEXT: str = SAMPLE["detail_text"]
DETAILS = "20880000000000010156_20240521_业务明细.csv"
SUMMARY = "20880000000000010156_20240521_业务明细(汇总).csv"


class _GbkName(zipfile.ZipInfo):
    """Without the flag that says UTF-8."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def packed(*members: tuple[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for name, content in members:
            archive.writestr(_GbkName(name), content, zipfile.ZIP_DEFLATED)
    return memory.getvalue()


def bill(details: str | bytes = TEXT) -> bytes:
    content = details.encode("gbk") if isinstance(details, str) else details
    return packed((SUMMARY, "#支付宝业务汇总查询\r\n".encode("gbk")), (DETAILS, content))


def packed_bill(seller_id: str, day: date, rows: Sequence[str], total: str) -> bytes:
    """One day's bill with these rows and what its closing line says they add up to."""
    first, end = f"{day:%Y年%m月%d日}", f"{day + timedelta(days=1):%Y年%m月%d日}"
    text = "\r\n".join(
        [
            "#支付宝业务明细查询",
            f"#账号：[{seller_id}0156]",
            f"#起始日期：[{first} 00:00:00]   终止日期：[{end} 00:00:00]",
            "支付宝交易号,商户订单号,业务类型,完成时间,商家实收（元）,",
            *rows,
            f"#交易合计：{len(rows)}笔，商家实收共{total}元，商家优惠共0.00元",
            "#退款合计：0笔，商家实收退款共0.00元",
            "",
        ]
    )
    return bill(text)
