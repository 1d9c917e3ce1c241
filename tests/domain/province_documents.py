"""Small province documents, made anew for each test so that it may spoil its own."""

from typing import Any

Document = dict[str, Any]


def names(text: str) -> dict[str, str]:
    return {"vi": text, "en": text}


def unit(code: str, **changes: Any) -> Document:
    return {
        "code": code,
        "names": names(f"Unit {code}"),
        "tax_code": "9900000001",
        "address": "1 Long Street",
        "phone": "0203 000 0001",
        "valid_from": "2025-07-01",
        "valid_to": None,
        **changes,
    }


def item(code: str, *units: str, **changes: Any) -> Document:
    return {
        "code": code,
        "payee_units": list(units),
        "names": names(f"Item {code}"),
        "receipt_kind": "phi",
        "tariff": {"rule": "fixed", "amount_minor": 50_000},
        "legal_basis": "Circular 1/2025",
        "valid_from": "2025-07-01",
        "valid_to": None,
        "is_repeatable": False,
        "is_sample_amount": True,
        "scheme": None,
        **changes,
    }


def account(channel: str, **changes: Any) -> Document:
    return {
        "channel": channel,
        "account": "quangninh",
        "mode": "test",
        "names": names(channel),
        "payee_units": None,
        "currency": "VND",
        "min_minor": 5_000,
        "max_minor": 500_000_000,
        "fields": {"api_url": "http://127.0.0.1:9000/api"},
        "secret_name": f"{channel}/quangninh",
        "statement_layout": None,
        "closed_reason": None,
        **changes,
    }


def small_document() -> Document:
    return {
        "format": 1,
        "profile": {
            "code": "quangninh",
            "digits": "22",
            "names": names("Quảng Ninh"),
            "currency": "VND",
            "country": "VN",
            "zone": "Asia/Ho_Chi_Minh",
            "languages": ["vi", "en"],
            "phone": "0203 000 0000",
            "limits": {"order_seconds": 900, "max_order_seconds": 86400, "grace_seconds": 900},
            "statement_due": "09:00",
            "receipt_patterns": {"phi": {"pattern": "01BLP0-001", "serial": "QN-26E"}},
            "holidays": ["2026-01-01"],
            "worked_weekends": ["2026-08-22"],
            "outbound_origins": [],
        },
        "payee_units": [unit("UNITA"), unit("UNITB")],
        "fee_items": [item("FEE-1", "UNITA"), item("FEE-2", "UNITA", "UNITB")],
        "channel_accounts": [account("vnpay")],
    }
