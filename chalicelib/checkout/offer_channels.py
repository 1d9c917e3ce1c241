"""Which channels can take an order, and why the others cannot."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.domain.money import Money
from chalicelib.domain.province import ChannelAccount, Mode, Province

OUT_OF_LIMITS = {
    "vi": "Số tiền nằm ngoài hạn mức của kênh này.",
    "en": "The amount is outside this channel's limits.",
    "zh": "金额超出该渠道的限额。",
}


@dataclass(frozen=True, slots=True)
class OfferedChannel:
    """`unavailable_reason` by language, None when it can be used now."""

    channel: str
    account: ChannelAccount
    unavailable_reason: Mapping[str, str] | None


def offer_channels(
    province: Province,
    *,
    mode: Mode,
    payee_unit: str,
    amount: Money | None = None,
    allowed: tuple[str, ...] | None = None,
) -> tuple[OfferedChannel, ...]:
    """One entry per channel with an account for this unit, in the profile's order; usable accounts
    win. `amount` None leaves the limits out; `allowed` None allows every channel."""
    best: dict[str, OfferedChannel] = {}
    for account in province.channel_accounts:
        if not _serves(account, mode, payee_unit) or (allowed and account.channel not in allowed):
            continue
        offer = OfferedChannel(account.channel, account, _reason(account, amount))
        known = best.get(account.channel)
        if known is None or (known.unavailable_reason and not offer.unavailable_reason):
            best[account.channel] = offer
    return tuple(best.values())


def _serves(account: ChannelAccount, mode: Mode, payee_unit: str) -> bool:
    serves_unit = account.payee_units is None or payee_unit in account.payee_units
    return account.mode is mode and serves_unit


def _reason(account: ChannelAccount, amount: Money | None) -> Mapping[str, str] | None:
    if account.closed_reason is not None:
        return account.closed_reason
    if amount is None:
        return None
    fits = account.min_minor <= amount.amount_minor <= account.max_minor
    return None if fits and account.currency == amount.currency else OUT_OF_LIMITS
