"""A finance department's non-tax system, as its own people would write it: it shares no code with
the province, signs by the guide alone, and keeps its own books of what it was told.

Its words are those of China's non-tax collection interface; `VIETNAM` are another system's.
"""

import hashlib
import hmac
import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

# Published, as the sandbox's other credentials are: no real money is near it.
FINANCE_SIGNING_KEY = "sandbox-finance-system-signing-key-0"

Json = dict[str, Any]
# (path, body or None) → HTTP status and JSON.
Call = Callable[[str, Json | None], tuple[int, Any]]

CHINA: Mapping[str, str] = {}
VIETNAM: Mapping[str, str] = {
    "REGICODE": "MaDiaBan",
    "NOTICENO": "SoThongBao",
    "PAYER": "TenNguoiNop",
    "PAYERSFZ": "SoDinhDanh",
    "PAYERMOBILE": "DienThoai",
    "MAKEDATE": "NgayLap",
    "MAKETIME": "GioLap",
    "TOTALMONEY": "TongTien",
    "YWCODE": "MaNghiepVu",
    "ENTERCODE": "MaDonVi",
    "ENTERNAME": "TenDonVi",
    "EXPIREDPAYDATE": "HanNop",
    "ISCOUNTOVERDUE": "TinhChamNop",
    "ITEMS": "KhoanThu",
    "REASON": "LyDo",
    "CHITCODE": "MaKhoanThu",
    "CHITNAME": "TenKhoanThu",
    "CHCOUNT": "SoLuong",
    "CHARGESTANDARD": "DonGia",
    "CHMONEY": "ThanhTien",
    "ISEXISTSOVERDUE": "CoChamNop",
    "MAXPAYMENT": "ChamNopToiDa",
    "PAYMENTRADIO": "TyLeChamNop",
    "STARTCALCDATE": "NgayTinhChamNop",
    "BILLSTATS": "TrangThai",
    "PAYMONEY": "SoTienNop",
    "PAYDATE": "NgayNop",
    "PAYTIME": "GioNop",
    "ITEMOVERDUEAMT": "TienChamNop",
    "TAXCODE": "MaSoThue",
    "ADDRESS": "DiaChi",
    "PHONE": "DienThoai",
    "VALIDFROM": "HieuLucTu",
    "LAWBASIS": "CanCu",
    "MINSTANDARD": "MucThapNhat",
    "MAXSTANDARD": "MucCaoNhat",
    "TRADENO": "SoGiaoDich",
    "PAYNO": "MaThanhToan",
}


@dataclass
class FinanceSystem:
    """`words`: China's → its own. `results`: by number, as they were read."""

    sender: str
    key: str = FINANCE_SIGNING_KEY
    words: Mapping[str, str] = field(default_factory=dict)
    results: dict[int, Json] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def message(self, kind: str, body: Json, **changes: Any) -> Json:
        """The next one, signed; `changes` come before the signature."""
        number = changes.pop("sequence_no", None) or next(self._numbers)
        told: Json = {
            "sender": self.sender,
            "message_id": f"{self.sender}-{number:06d}",
            "sequence_no": number,
            "kind": kind,
            "sent_at": "2026-03-02T09:00:00+08:00",
            "body": self.translate(body),
            **changes,
        }
        return {**told, "signature": self.sign(told)}

    def sign(self, told: Json) -> str:
        body = json.dumps(told["body"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = hashlib.sha256(body.encode("utf-8")).hexdigest()
        parts = [
            "ERRANDLESS-FINANCE-1",
            told["sender"],
            told["message_id"],
            str(told["sequence_no"]),
            told["kind"],
            told["sent_at"],
            digest,
        ]
        return hmac.new(self.key.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()

    def translate(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {
                self.words.get(name, name): self.translate(inner) for name, inner in value.items()
            }
        return [self.translate(each) for each in value] if isinstance(value, list) else value

    def read_results(self, call: Call, page: int = 100) -> int:
        """Reads on from what it has and acknowledges it; returns how many were new.

        Raises: AssertionError where a number is missing, or comes again with other words."""
        new = 0
        while True:
            last = max(self.results, default=0)
            status, answer = call(f"/v1/finance/results?after={last}&limit={page}", None)
            assert status == 200, (status, answer)
            for item in answer["items"]:
                expected = max(self.results, default=0) + 1
                assert item["number"] == expected, f"{item['number']} came where {expected} should"
                self.results[expected] = item
                new += 1
            if not answer["items"]:
                break
        if self.results:
            body = {"up_to_number": max(self.results)}
            status, answer = call("/v1/finance/results/ack", body)
            assert (status, answer["read_up_to"]) == (200, max(self.results)), answer
        return new

    def facts(self, kind: str) -> list[Json]:
        return [each["body"] for _, each in sorted(self.results.items()) if each["kind"] == kind]

    def sums_of_day(self, day: str) -> dict[tuple[str, str, str], tuple[int, Decimal]]:
        """Its own totals by unit, item and kind, from what it read."""
        w = self.words.get
        found: dict[tuple[str, str, str], tuple[int, Decimal]] = {}
        for each in self.results.values():
            if each["business_day"] != day:
                continue
            body = each["body"]
            for line in body.get(w("ITEMS", "ITEMS"), []):
                place = (
                    body[w("ENTERCODE", "ENTERCODE")],
                    line[w("CHITCODE", "CHITCODE")],
                    each["kind"],
                )
                count, amount = found.get(place, (0, Decimal(0)))
                amount += Decimal(line[w("CHMONEY", "CHMONEY")]) + Decimal(
                    line[w("ITEMOVERDUEAMT", "ITEMOVERDUEAMT")]
                )
                found[place] = (count + 1, amount)
        return found


def as_file(messages: Iterable[Json]) -> bytes:
    return b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in messages)


def notice(number: str, unit: str, amount: str, item: str, **changes: Any) -> Json:
    """A bill of one item, in China's words. A change to None leaves the field out."""
    body = {
        "REGICODE": "330100",
        "NOTICENO": number,
        "PAYER": "王小明",
        "PAYERSFZ": "330102199001011234",
        "MAKEDATE": "20260302",
        "MAKETIME": "090000",
        "TOTALMONEY": amount,
        "YWCODE": "0101",
        "ENTERCODE": unit,
        "ENTERNAME": "执收单位",
        "EXPIREDPAYDATE": "20260331",
        "ISCOUNTOVERDUE": "0",
        "ITEMS": [{"CHITCODE": item, "CHITNAME": "项目", "CHCOUNT": "1", "CHMONEY": amount}],
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}
