"""Which accounts a simulator that runs plays; those that everybody may know are in each side."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


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


def read_config(path: Path) -> Config:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    accounts = tuple(Account(**account) for account in document.pop("accounts"))
    return Config(accounts=accounts, **document)
