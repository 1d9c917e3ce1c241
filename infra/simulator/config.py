"""Which accounts the simulator plays. The credentials here are published: they guard nothing."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.simulator import alipay_keys

VNPAY_TMN_CODE = "ERRLESS1"
VNPAY_HASH_SECRET = "SIMULATORONLYPUBLISHEDVNPAYKEY01"  # noqa: S105 - published on purpose
VIETQR_ACCOUNT_NUMBER = "0011001234567"
VIETQR_KEY = "simulator-only-published-key-of-all-aggregators"
SANDBOX_MERCHANT_ID = "errandless-sandbox"
SANDBOX_SIGNING_KEY = "simulator-only-published-sandbox-key"


@dataclass(frozen=True, slots=True)
class Account:
    """`merchant` is VNPAY's TmnCode, the sandbox's merchant_id, Alipay's app_id or a bank account's
    number. `notification_url`: where VNPAY's IPN and credit notices go; the others take it from
    each payment. A statement's day ends at the offset's midnight. `seller`, `app_key`: Alipay's
    seller_id, and the public key of the application; `secret` is then Alipay's own private key."""

    channel: str
    merchant: str
    secret: str
    notification_url: str = ""
    utc_offset_hours: int = 7
    seller: str = ""
    app_key: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """VNPAY really calls up to ten times, five minutes apart; here the pause is shorter."""

    accounts: tuple[Account, ...]
    max_calls: int = 10
    retry_seconds: float = 3.0
    late_seconds: float = 15.0
    timeout_seconds: float = 30.0

    def account(self, channel: str, merchant: str) -> Account | None:
        for account in self.accounts:
            if (account.channel, account.merchant) == (channel, merchant):
                return account
        return None

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)


# How the platform reads this simulator's files: `statement_layout` of its accounts.
STATEMENT_LAYOUTS: Mapping[str, Mapping[str, Any]] = {
    "vnpay": {
        "encoding": "utf-8",
        "delimiter": "comma",
        "quoted": True,
        "columns": {
            "payment_no": "TxnRef",
            "provider_transaction": "TransactionNo",
            "amount": "Amount",
            "paid_at": "PayDate",
            "kind": "Type",
            "status": "Status",
        },
        "amount": {"scale": "decimal"},
        "paid_at": {"format": "%Y%m%d%H%M%S", "zone": "Asia/Ho_Chi_Minh"},
        "kind": {"payment": ["01"], "refund": ["02", "03"]},
        "status": {"accepted": ["00"]},
        "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 3},
    },
    "vietqr": {
        "encoding": "utf-8",
        "delimiter": "comma",
        "quoted": True,
        "columns": {
            "memo": "Content",
            "provider_transaction": "Reference",
            "amount": "Credit",
            "paid_at": "Date",
        },
        "amount": {"scale": "decimal", "may_be_empty": True},
        "paid_at": {"format": "%d/%m/%Y %H:%M:%S", "zone": "Asia/Ho_Chi_Minh"},
    },
    "sandbox": {
        "encoding": "utf-8",
        "delimiter": "comma",
        "quoted": True,
        "columns": {
            "payment_no": "payment_no",
            "provider_transaction": "transaction_no",
            "amount": "amount",
            "paid_at": "paid_at",
            "kind": "kind",
        },
        "amount": {"scale": "decimal"},
        "paid_at": {"format": "%Y-%m-%dT%H:%M:%S%z"},
        "kind": {"payment": ["payment"], "refund": ["refund"]},
        "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 3},
    },
}


def default_config(
    base_url: str, vnpay_account: str, sandbox_account: str, vietqr_account: str = "quangninh"
) -> Config:
    """One account of each channel; `base_url` is the platform's, the names are its own accounts."""
    channels = f"{base_url.rstrip('/')}/channels"
    return Config(
        accounts=(
            Account(
                channel="vnpay",
                merchant=VNPAY_TMN_CODE,
                secret=VNPAY_HASH_SECRET,
                notification_url=f"{channels}/vnpay/{vnpay_account}/notifications",
            ),
            Account(
                channel="sandbox",
                merchant=SANDBOX_MERCHANT_ID,
                secret=SANDBOX_SIGNING_KEY,
                notification_url=f"{channels}/sandbox/{sandbox_account}/notifications",
            ),
            Account(
                channel="vietqr",
                merchant=VIETQR_ACCOUNT_NUMBER,
                secret=VIETQR_KEY,
                notification_url=f"{channels}/vietqr/{vietqr_account}/notifications",
            ),
            Account(
                channel="alipay",
                merchant=alipay_keys.APP_ID,
                secret=alipay_keys.ALIPAY_PRIVATE_KEY,
                utc_offset_hours=8,
                seller=alipay_keys.SELLER_ID,
                app_key=alipay_keys.APP_PUBLIC_KEY,
            ),
        )
    )


def channel_fields(simulator_url: str) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Per channel, `fields` and `secret` of a platform account that meets this simulator."""
    base = simulator_url.rstrip("/")
    return {
        "vnpay": {
            "fields": {
                "tmn_code": VNPAY_TMN_CODE,
                "payment_url": f"{base}/vnpay/pay",
                "api_url": f"{base}/vnpay/api",
            },
            "secret": {"hash_secret": VNPAY_HASH_SECRET},
        },
        "sandbox": {
            "fields": {
                "merchant_id": SANDBOX_MERCHANT_ID,
                "payment_url": f"{base}/sandbox/pay",
                "api_url": f"{base}/sandbox/api",
            },
            "secret": {"signing_key": SANDBOX_SIGNING_KEY},
        },
        "vietqr": {
            "fields": {
                "bank_bin": "970436",
                "account_number": VIETQR_ACCOUNT_NUMBER,
                "account_name": "ERRANDLESS SIMULATOR",
                "city": "VIET NAM",
                "notices": "casso sepay sepay-key payos",
            },
            "secret": dict.fromkeys(
                ("casso_key", "sepay_secret", "sepay_api_key", "payos_checksum_key"), VIETQR_KEY
            ),
        },
        "alipay": {
            "fields": {
                "app_id": alipay_keys.APP_ID,
                "seller_id": alipay_keys.SELLER_ID,
                "gateway_url": f"{base}/alipay/gateway.do",
            },
            "secret": {
                "private_key": alipay_keys.APP_PRIVATE_KEY,
                "alipay_public_key": alipay_keys.ALIPAY_PUBLIC_KEY,
            },
        },
    }


def read_config(path: Path) -> Config:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    accounts = tuple(Account(**account) for account in document.pop("accounts"))
    return Config(accounts=accounts, **document)
