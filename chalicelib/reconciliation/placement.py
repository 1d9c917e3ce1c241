"""To which account-day a statement file belongs, and which days' statements are due. Pure."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from chalicelib.channels.contract import Channel, FetchesStatements, ProvidesStatements
from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.province import ChannelAccount, Province
from chalicelib.storage.files import is_file_name

WINDOW_DAYS = 3


class Misplaced(StrEnum):
    """Why a file is nobody's; the values are error codes."""

    KEY = "statement_key_unreadable"
    DAY = "statement_day_invalid"
    FUTURE = "statement_day_in_future"
    CHANNEL = "statement_channel_unknown"
    ACCOUNT = "statement_account_unknown"
    NAME = "statement_file_name_refused"


def place_file(
    key: str, province: Province, channels: Mapping[str, Channel], now: datetime
) -> AccountDay | Misplaced:
    """`key`: statements/<channel>/<account>/<YYYY-MM-DD>/<file>, as it is in the bucket: unlike
    other notifications of S3, EventBridge's do not percent-encode it."""
    parts = key.split("/", 4)
    if len(parts) != 5 or parts[0] != "statements":
        return Misplaced.KEY
    channel, account, day_text, name = parts[1:]
    if not isinstance(channels.get(channel), ProvidesStatements):
        return Misplaced.CHANNEL
    if province.account_of(channel, account) is None:
        return Misplaced.ACCOUNT
    day = _read_day(day_text)
    if day is None:
        return Misplaced.DAY
    if day > business_day_of(now, province.zone):
        return Misplaced.FUTURE
    return AccountDay(channel, account, day) if is_file_name(name) else Misplaced.NAME


def list_due_days(province: Province, now: datetime) -> list[date]:
    """Newest first: a day's statement may name payments of the day before."""
    return _list_past_days(province, now, time.fromisoformat(province.statement_due))


def list_days_to_fetch(province: Province, channel: FetchesStatements, now: datetime) -> list[date]:
    """Newest first."""
    return _list_past_days(province, now, channel.statement_ready_from)


def list_reconciled_accounts(
    province: Province, channels: Mapping[str, Channel]
) -> list[ChannelAccount]:
    return [
        account
        for account in province.channel_accounts
        if isinstance(channels.get(account.channel), ProvidesStatements)
    ]


def _list_past_days(province: Province, now: datetime, since: time) -> list[date]:
    """`since`: local time from which the day before is among them."""
    local = now.astimezone(ZoneInfo(province.zone))
    days = [local.date() - timedelta(days=back) for back in range(1, WINDOW_DAYS + 1)]
    return days if local.time() >= since else days[1:]


def _read_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None
