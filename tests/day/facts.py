"""What really happened: money that providers moved, what their files say of it, and those files."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum, auto
from zoneinfo import ZoneInfo

DAY = date(2026, 3, 2)
DAYS = (DAY - timedelta(days=1), DAY, DAY + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Account:
    """One of a channel's accounts; `unit`: the payee unit whose money it takes."""

    channel: str
    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class Country:
    code: str
    digits: str
    currency: str
    letters: str
    zone: str
    accounts: tuple[Account, ...]

    def at(self, day: date, clock: str) -> datetime:
        """`clock`: of this country, as 23:59:59."""
        return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo(self.zone))

    def day_of(self, instant: datetime) -> date:
        return instant.astimezone(ZoneInfo(self.zone)).date()


VIETNAM = Country(
    *("quangninh", "22", "VND", "VN", "Asia/Ho_Chi_Minh"),
    (
        Account("vnpay", "one-stop", "UNITA"),
        Account("vnpay", "hospital", "UNITB"),
        Account("vietqr", "treasury", "UNITA"),
        Account("vietqr", "clinic", "UNITB"),
    ),
)
CHINA = Country(
    *("zhejiang", "33", "CNY", "CN", "Asia/Shanghai"),
    (Account("alipay", "hangzhou", "UNITA"), Account("alipay", "ningbo", "UNITB")),
)


class Told(Enum):
    """How the platform hears of money from its provider."""

    ONCE = auto()
    TWICE = auto()
    BY_TWO = auto()  # two aggregators see the same bank account
    AFTER_A_FORGERY = auto()
    AFTER_A_REFUSAL = auto()  # an attempt before it failed
    WHEN_ASKED = auto()  # the notification is lost
    NEVER = auto()  # and nobody answers a question


class Standing(Enum):
    """What the order is when the platform hears of the money."""

    OPEN = auto()
    PAID = auto()
    EXPIRED = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """A row in the file of `day`; `name`: the provider's number as it stands there."""

    day: date
    name: str
    amount_minor: int
    is_refund: bool = False
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """Money that one provider moved at `at`, of `moved_minor`, under the number `name`. `order`:
    which of ours it is for, and `due_minor` what that asks for; None: none of ours. `is_named`:
    whether the provider says for which payment. `is_given_back`: a person decided that."""

    trouble: str
    account: Account
    name: str
    order: int | None
    due_minor: int
    moved_minor: int
    at: datetime
    told: Told = Told.ONCE
    standing: Standing = Standing.OPEN
    is_named: bool = True
    is_given_back: bool = False
    lines: tuple[Line, ...] = ()


class Content(Enum):
    WHOLE = auto()
    INCOMPLETE = auto()  # whole, but every other row is not there yet
    MISCOUNTED = auto()  # its own totals count one payment more than it has
    TRUNCATED = auto()


@dataclass(frozen=True, slots=True)
class File:
    """`is_fetched`: nobody delivers it; the platform must ask for it."""

    account: Account
    day: date
    name: str
    content: Content
    is_fetched: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """`files`: of one account's day in the order in which they are issued."""

    country: Country
    facts: tuple[Fact, ...]
    files: tuple[File, ...]
    orders: dict[int, tuple[Fact, ...]] = field(default_factory=dict)

    def lines_of(self, account: Account, day: date) -> list[tuple[Fact, Line]]:
        """In the order of their times."""
        found = [
            (fact, line)
            for fact in self.facts
            for line in fact.lines
            if fact.account == account and line.day == day
        ]
        return sorted(found, key=lambda each: (each[0].at, each[1].name, each[1].is_refund))
