"""Trade bills for tests, packed as Alipay packs them."""

import io
import zipfile

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
