"""Every channel, by name. Adding one is a builder here, and its line.

A channel is loaded when it is first asked for: a cold start that confirms a payment of one channel
does not load the others.
"""

from collections.abc import Callable, Iterator, Mapping

from chalicelib.channels.contract import Channel
from chalicelib.outbound import Http


def _vnpay(http: Http) -> Channel:
    from chalicelib.channels.vnpay.channel import Vnpay

    return Vnpay(http)


def _alipay(http: Http) -> Channel:
    from chalicelib.channels.alipay.channel import Alipay

    return Alipay(http)


def _vietqr(_: Http) -> Channel:
    from chalicelib.channels.vietqr.channel import Vietqr

    return Vietqr()


def _sandbox(http: Http) -> Channel:
    from chalicelib.channels.sandbox import Sandbox

    return Sandbox(http)


_BUILDERS: Mapping[str, Callable[[Http], Channel]] = {
    "vnpay": _vnpay,
    "alipay": _alipay,
    "vietqr": _vietqr,
    "sandbox": _sandbox,
}


class Channels(Mapping[str, Channel]):
    def __init__(self, http: Http) -> None:
        self._http = http
        self._built: dict[str, Channel] = {}

    def __getitem__(self, code: str) -> Channel:
        if code not in self._built:
            self._built[code] = _BUILDERS[code](self._http)
        return self._built[code]

    def __iter__(self) -> Iterator[str]:
        return iter(_BUILDERS)

    def __len__(self) -> int:
        return len(_BUILDERS)


def build_channels(http: Http) -> Mapping[str, Channel]:
    return Channels(http)
