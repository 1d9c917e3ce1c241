"""A counter: a place in a payee unit where a clerk takes money, with its drawer and terminal."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.domain.catalog import PayeeUnit
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.record_reader import Record

CASH = "cash"
POS = "pos"

_COUNTER = re.compile(r"[a-z0-9][a-z0-9-]{1,20}", re.ASCII)
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,40}", re.ASCII)
_PORTAL = re.compile(r"[a-z0-9][a-z0-9-]{0,40}", re.ASCII)

# Where in the document, and what is wrong.
Tell = Callable[[str, int, str], None]


@dataclass(frozen=True, slots=True)
class Counter:
    """`portal`: in whose name orders are issued here, which also says whether their money is real.
    `cash_account`: of the drawer; `pos_account` None: no cards are taken."""

    counter: str
    payee_unit: str
    portal: str
    names: Mapping[str, str]
    cash_account: str
    pos_account: str | None

    def account_for(self, means: str) -> str | None:
        """By channel."""
        return {CASH: self.cash_account, POS: self.pos_account}.get(means)


def read_counters(profile: Record, languages: tuple[str, ...]) -> tuple[Counter, ...]:
    """A document of before the counters does not say it."""
    records = profile.records("counters") if profile.has("counters") else []
    return tuple(_read_counter(record, languages) for record in records)


def _read_counter(record: Record, languages: tuple[str, ...]) -> Counter:
    counter = Counter(
        counter=record.text("counter", _COUNTER),
        payee_unit=record.text("payee_unit"),
        portal=record.text("portal", _PORTAL),
        names=record.names("names", languages),
        cash_account=record.text("cash_account", _ACCOUNT),
        pos_account=record.optional("pos_account", lambda key: record.text(key, _ACCOUNT)),
    )
    record.finish()
    return counter


def check_counters(
    counters: Sequence[Counter],
    units: Mapping[str, PayeeUnit],
    accounts: Sequence[ChannelAccount],
    tell: Tell,
) -> None:
    """Each drawer is one counter's alone; a terminal's contract may be shared."""
    places = {(each.channel, each.account): each for each in accounts}
    codes: set[str] = set()
    drawers: set[str] = set()
    for index, counter in enumerate(counters):
        if counter.counter in codes:
            tell("counter", index, f"the code {counter.counter!r} is there twice")
        if counter.payee_unit not in units:
            tell("payee_unit", index, f"unknown unit {counter.payee_unit!r}")
        if counter.cash_account in drawers:
            tell("cash_account", index, "is another counter's drawer")
        codes.add(counter.counter)
        drawers.add(counter.cash_account)
        for channel, name in ((CASH, counter.cash_account), (POS, counter.pos_account)):
            account = places.get((channel, name or ""))
            if name is not None and (account is None or not account.serves(counter.payee_unit)):
                what = f"no account {name!r} of {channel} serves {counter.payee_unit!r}"
                tell(f"{channel}_account", index, what)
