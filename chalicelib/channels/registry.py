"""Every channel, by name: adding one is its line in `CLASSES`.

A channel is loaded when it is first asked for: a cold start that confirms a payment of one channel
does not load the others.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module

from chalicelib.channels.contract import Channel
from chalicelib.outbound import Http

# Module below `chalicelib.channels`, and the class that is built with the way out.
CLASSES: Mapping[str, str] = {
    "vnpay": "vnpay.channel:Vnpay",
    "alipay": "alipay.channel:Alipay",
    "viettelmoney": "viettelmoney.channel:Viettelmoney",
    "vietqr": "vietqr.channel:Vietqr",
    "biller": "biller.channel:Biller",
    "cash": "counter.cash:Cash",
    "pos": "counter.pos:Pos",
    "sandbox": "sandbox:Sandbox",
}


class Channels(Mapping[str, Channel]):
    def __init__(self, http: Http) -> None:
        self._http = http
        self._built: dict[str, Channel] = {}

    def __getitem__(self, code: str) -> Channel:
        if code not in self._built:
            module, _, name = CLASSES[code].partition(":")
            build = getattr(import_module(f"chalicelib.channels.{module}"), name)
            self._built[code] = build(self._http)
        return self._built[code]

    def __iter__(self) -> Iterator[str]:
        return iter(CLASSES)

    def __len__(self) -> int:
        return len(CLASSES)


def build_channels(http: Http) -> Mapping[str, Channel]:
    return Channels(http)
