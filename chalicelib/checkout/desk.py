"""What the checkout actions work with: the same for HTTP, for jobs and for a simulation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chalicelib.channels.contract import Channel, Credentials
from chalicelib.domain.province import ChannelAccount, Province
from chalicelib.storage.ledger import Ledger


@dataclass(frozen=True, slots=True)
class Desk:
    """`seal`: encrypts bytes for a context, here the payment code."""

    ledger: Ledger
    province: Province
    channels: Mapping[str, Channel]
    credentials_of: Callable[[ChannelAccount], Credentials]
    seal: Callable[[bytes, str], bytes]
    public_base_url: str
