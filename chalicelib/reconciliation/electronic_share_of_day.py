"""The electronic share of a day, by payee unit: counted from the day rows of every account."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.electronic_share import ElectronicShare, share_of
from chalicelib.domain.identifiers import PAYMENT_CODE_LENGTH
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Disposition
from chalicelib.domain.province import ChannelAccount, Mode, Province
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.storage.ledger import Ledger
from chalicelib.storage.views import Views

Shares = Mapping[str, ElectronicShare]


def shares_of_day(
    ledger: Ledger, views: Views, province: Province, day: date, mode: Mode
) -> Shares:
    """By payee unit: of what paid an order on `day` and has not gone back."""
    shares: defaultdict[str, ElectronicShare] = defaultdict(ElectronicShare)
    for account in province.channel_accounts:
        if account.mode is mode:
            of = AccountDay(account.channel, account.account, day)
            _add(shares, ledger, account, views.list_day_payments(of))
    return dict(sorted(shares.items()))


def total_of(shares: Shares) -> ElectronicShare:
    return sum(shares.values(), ElectronicShare())


def _add(
    shares: defaultdict[str, ElectronicShare],
    ledger: Ledger,
    account: ChannelAccount,
    payments: Iterable[DayPayment],
) -> None:
    applied = [each for each in payments if each.disposition is Disposition.APPLIED]
    orders = ledger.read_orders(_code_of(each) for each in applied)
    for each in applied:
        order = orders.get(_code_of(each))
        for unit, amount_minor in _by_unit(order, each).items() if order else ():
            shares[unit] += share_of([(account.channel, amount_minor)])


def _code_of(payment: DayPayment) -> str:
    return payment.payment_no[:PAYMENT_CODE_LENGTH]


def _by_unit(order: Order, payment: DayPayment) -> Mapping[str, int]:
    """A basket's money is that of several units; each counts it as one payment."""
    if order.covers:
        return order.split.by_unit
    return {order.payee_unit: payment.amount.amount_minor}
