"""Every channel, by name. Adding one is a line here."""

from collections.abc import Mapping

from chalicelib.channels.alipay.channel import Alipay
from chalicelib.channels.contract import Channel
from chalicelib.channels.sandbox import Sandbox
from chalicelib.channels.vietqr.channel import Vietqr
from chalicelib.channels.vnpay.channel import Vnpay
from chalicelib.outbound import Http


def build_channels(http: Http) -> Mapping[str, Channel]:
    channels: tuple[Channel, ...] = (Vnpay(http), Alipay(http), Vietqr(), Sandbox(http))
    return {channel.code: channel for channel in channels}
