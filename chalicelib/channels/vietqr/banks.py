"""The banks that take VietQR transfers, by the six digits that stand for them in a code.

*Source*: State Bank of Vietnam, list of issued BINs up to 31 December 2023.
"""

from collections.abc import Mapping

BANKS: Mapping[str, str] = {
    "970403": "Sacombank",
    "970405": "Agribank",
    "970407": "Techcombank",
    "970415": "VietinBank",
    "970416": "ACB",
    "970418": "BIDV",
    "970422": "MB",
    "970423": "TPBank",
    "970432": "VPBank",
    "970436": "Vietcombank",
    "970437": "HDBank",
    "970441": "VIB",
    "970443": "SHB",
    "970448": "OCB",
    "970449": "LPBank",
    "970454": "BVBank",
}
