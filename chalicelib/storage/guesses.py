"""How often somebody lately named an order that there is not, or a wrong word for it.

| row   | pk                | sk               | read by                      |
|-------|-------------------|------------------|------------------------------|
| guess | GUESSES#<subject> | <window's start> | whoever looks an order up    |

Rows are in the views table and go by themselves.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.storage.dynamo import MAX_KEYS, Dynamo
from chalicelib.storage.expressions import Expressions
from chalicelib.storage.keys import Key

WINDOW = timedelta(minutes=15)
# One address about one code; one address; one code from anywhere. The last is the largest, so that
# a stranger alone cannot keep the payer from his own order.
MAX_WRONG: Mapping[str, int] = {"pair": 10, "address": 40, "code": 200}


@dataclass(frozen=True, slots=True)
class Guesser:
    """`named`: the payment code, or whatever else was said to be somebody's. `address`: what
    counts as one place on the network (`network_of`)."""

    named: str
    address: str

    @property
    def subjects(self) -> dict[str, str]:
        return {
            "pair": f"pair#{self.named}#{self.address}",
            "address": f"address#{self.address}",
            "code": f"code#{self.named}",
        }


class Guesses:
    def __init__(self, dynamo: Dynamo, table: str) -> None:
        self._dynamo = dynamo
        self._table = table

    def is_over(self, guesser: Guesser, now: datetime) -> bool:
        keys = {kind: _key(subject, now) for kind, subject in guesser.subjects.items()}
        counts = {
            row["pk"]: row["wrong"]
            for row in self._dynamo.get_many(self._table, list(keys.values()))
        }
        return any(counts.get(key["pk"], 0) >= MAX_WRONG[kind] for kind, key in keys.items())

    def are_over(self, guessers: Sequence[Guesser], now: datetime) -> bool:
        """Whether one of them is."""
        limits = {
            _key(subject, now)["pk"]: MAX_WRONG[kind]
            for guesser in guessers
            for kind, subject in guesser.subjects.items()
        }
        wanted = [{"pk": pk, "sk": _window(now)} for pk in limits]
        rows = (
            row
            for start in range(0, len(wanted), MAX_KEYS)
            for row in self._dynamo.get_many(self._table, wanted[start : start + MAX_KEYS])
        )
        return any(row["wrong"] >= limits[row["pk"]] for row in rows)

    def count_wrong(self, guesser: Guesser, now: datetime) -> None:
        expires = int((now + 2 * WINDOW).timestamp())
        for subject in guesser.subjects.values():
            change = Expressions().increase("wrong").set("expires_at_epoch", expires)
            self._dynamo.update(self._table, _key(subject, now), change)


def network_of(ip: str) -> str:
    """Whoever has one IPv6 address has 2 to the power of 64 of them."""
    address = ipaddress.ip_address(ip)
    if address.version == 4:
        return ip
    return str(ipaddress.ip_network((address, 64), strict=False))


def _key(subject: str, now: datetime) -> Key:
    return {"pk": f"GUESSES#{subject}", "sk": _window(now)}


def _window(now: datetime) -> str:
    window = WINDOW // timedelta(milliseconds=1)
    return f"{to_epoch_ms(now) // window * window:013d}"
