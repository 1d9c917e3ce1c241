"""The apps in which a payer may have opened a page, and what each of them can pay with.

Only the order of what is shown follows from it: anybody may send any User-Agent.

Source of the tokens: recorded User-Agent strings in public code, kept with their places in
`tests/domain/user_agents.py`; UnionPay's code-payment rules (`UnionPay/<version> <app>` in the
User-Agent of every app that takes its codes, also of banks).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.payments import Client


class App(StrEnum):
    ALIPAY = "alipay"
    WECHAT = "wechat"
    QQ = "qq"
    UNIONPAY = "unionpay"
    BAIDU = "baidu"
    MOMO = "momo"
    ZALOPAY = "zalopay"
    ZALO = "zalo"
    BROWSER = "browser"


@dataclass(frozen=True, slots=True)
class Opening:
    """`pays`: channels that the app itself pays with, best first. `refuses`: channels whose pages
    it does not open. `client` None: as in the browser of its device."""

    pays: tuple[str, ...] = ()
    refuses: frozenset[str] = frozenset()
    client: Client | None = None


WALLETS = frozenset({"alipay", "wechatpay", "unionpay", "momo", "zalopay", "viettel_money"})


def _wallet(*pays: str, client: Client | None = Client.MOBILE) -> Opening:
    """It pays by itself, and opens no other wallet's pages."""
    return Opening(pays, WALLETS - set(pays), client)


OPENINGS: Mapping[App, Opening] = {
    App.ALIPAY: _wallet("alipay"),
    App.WECHAT: _wallet("wechatpay", client=Client.WECHAT),
    App.QQ: _wallet("qqpay"),
    App.UNIONPAY: _wallet("unionpay"),
    App.MOMO: _wallet("momo"),
    App.ZALOPAY: _wallet("zalopay"),
    App.ZALO: Opening(("zalopay",)),
    App.BAIDU: Opening(),
    App.BROWSER: Opening(),
}

# The first that is found counts: who embeds another's browser keeps that one's token.
_TOKENS = (
    (App.ALIPAY, re.compile(r"AlipayClient/|AliApp\(AP/")),
    (App.WECHAT, re.compile(r"MicroMessenger/")),
    (App.MOMO, re.compile(r"MoMoPlatform", re.IGNORECASE)),
    (App.ZALOPAY, re.compile(r"ZaloPay(Web)?Client/")),
    (App.UNIONPAY, re.compile(r"\bUnionPay/[0-9]")),
    (App.QQ, re.compile(r"\bQQ/[0-9]")),
    (App.ZALO, re.compile(r"\bZalo (iOS|[Aa]ndroid)/")),
    (App.BAIDU, re.compile(r"baiduboxapp/")),
)
# Longer ones are nobody's; a pattern's work stays bounded.
MAX_USER_AGENT = 1024


def app_of(user_agent: str) -> App:
    shown = user_agent[:MAX_USER_AGENT]
    found = (app for app, token in _TOKENS if token.search(shown))
    return next(found, App.BROWSER)


def client_of(user_agent: str) -> Client:
    """Only a hint: which form of action suits the payer's browser."""
    client = OPENINGS[app_of(user_agent)].client
    if client is not None:
        return client
    return Client.MOBILE if "Mobi" in user_agent else Client.WEB
