"""Which channels can take an order, and why the others cannot."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chalicelib.domain.money import Money
from chalicelib.domain.orders import Order
from chalicelib.domain.province import ChannelAccount, Mode, Province

OUT_OF_LIMITS = {
    "vi": "Số tiền nằm ngoài hạn mức của kênh này.",
    "en": "The amount is outside this channel's limits.",
    "zh": "金额超出该渠道的限额。",
}


@dataclass(frozen=True, slots=True)
class OfferedAccount:
    """`unavailable_reason` by language, None when it can be used now."""

    account: ChannelAccount
    unavailable_reason: Mapping[str, str] | None

    @property
    def is_available(self) -> bool:
        return self.unavailable_reason is None


@dataclass(frozen=True, slots=True)
class OfferedChannel:
    """`accounts`: those that may be asked for, of which the first that is available is taken when
    none is named; never empty. There is one, unless payers choose."""

    channel: str
    accounts: tuple[OfferedAccount, ...]

    @property
    def first(self) -> OfferedAccount:
        return next((each for each in self.accounts if each.is_available), self.accounts[0])

    @property
    def to_choose_from(self) -> tuple[OfferedAccount, ...]:
        return self.accounts if len(self.accounts) > 1 else ()

    @property
    def account(self) -> ChannelAccount:
        return self.first.account

    @property
    def unavailable_reason(self) -> Mapping[str, str] | None:
        return self.first.unavailable_reason

    def find(self, account: str | None) -> OfferedAccount | None:
        """`account` None: whichever is taken."""
        if account is None:
            return self.first
        named = (each for each in self.accounts if each.account.account == account)
        return next(named, None)


def offer_channels(
    province: Province,
    *,
    mode: Mode,
    payee_unit: str,
    amount: Money | None = None,
    allowed: tuple[str, ...] | None = None,
) -> tuple[OfferedChannel, ...]:
    """One entry per channel with an account for this unit; channels and accounts are in the
    profile's order, which is the rule. `amount` None leaves the limits out; `allowed` None allows
    every channel."""
    serving = (each for each in province.channel_accounts if _serves(each, mode, (payee_unit,)))
    return _offer(province, serving, amount, allowed)


def offer_for(province: Province, order: Order) -> tuple[OfferedChannel, ...]:
    """As `offer_channels`: a basket's accounts serve the units of all its bills."""
    units = order.payee_units
    serving = (each for each in province.channel_accounts if _serves(each, order.mode, units))
    return _offer(province, serving, order.amount, order.channels)


def _offer(
    province: Province,
    serving: Iterable[ChannelAccount],
    amount: Money | None,
    allowed: tuple[str, ...] | None,
) -> tuple[OfferedChannel, ...]:
    found: dict[str, list[OfferedAccount]] = {}
    for account in serving:
        if not (allowed and account.channel not in allowed):
            offer = OfferedAccount(account, _reason(account, amount))
            found.setdefault(account.channel, []).append(offer)
    offered = (OfferedChannel(channel, tuple(accounts)) for channel, accounts in found.items())
    return tuple(
        each
        if each.channel in province.payers_choose
        else OfferedChannel(each.channel, (each.first,))
        for each in offered
    )


def offer_account(account: ChannelAccount, order: Order) -> OfferedAccount | None:
    """One account by itself, as a provider that comes to us asks for it; None when it does not
    serve the order, also where payers would not be shown it beside others of its channel."""
    if order.channels and account.channel not in order.channels:
        return None
    if not _serves(account, order.mode, order.payee_units):
        return None
    return OfferedAccount(account, _reason(account, order.amount))


def _serves(account: ChannelAccount, mode: Mode, payee_units: tuple[str, ...]) -> bool:
    return account.mode is mode and all(map(account.serves, payee_units))


def _reason(account: ChannelAccount, amount: Money | None) -> Mapping[str, str] | None:
    if account.closed_reason is not None:
        return account.closed_reason
    if amount is None:
        return None
    fits = account.min_minor <= amount.amount_minor <= account.max_minor
    return None if fits and account.currency == amount.currency else OUT_OF_LIMITS
