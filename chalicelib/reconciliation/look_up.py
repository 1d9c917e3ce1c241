"""What the ledger holds about a statement line: by key and consistently, so that it may judge."""

from chalicelib.domain.identifiers import split_payment_no
from chalicelib.domain.orders import Order
from chalicelib.domain.payments import Transaction
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.domain.statements import LineKind, StatementLine
from chalicelib.reconciliation.verdicts import Held, LookUp
from chalicelib.storage.keys import transaction_key
from chalicelib.storage.ledger import Ledger


def look_up_in(ledger: Ledger, account: ChannelAccount) -> LookUp:
    def look_up(line: StatementLine) -> Held:
        payment = _find_payment(ledger, account, line.provider_transaction)
        parts = split_payment_no(line.payment_no)
        order = ledger.read_order(parts[0]) if parts else None
        if parts is None or order is None:
            return Held(payment, None, None)
        if payment is None and line.kind is LineKind.REFUND:
            payment = _find_undecided(ledger, account, order, line.payment_no)
        attempt = order.attempt(parts[1])
        is_ours = attempt is not None and (
            (attempt.channel, attempt.account) == (account.channel, account.account)
        )
        status = attempt.status if attempt and is_ours else None
        return Held(payment, order.status, status, order.amount)

    return look_up


def _find_payment(
    ledger: Ledger, account: ChannelAccount, provider_transaction: str
) -> DayPayment | None:
    if not provider_transaction:
        return None
    key = transaction_key(account.channel, account.account, provider_transaction)
    transaction = ledger.read_transaction(key["pk"])
    return to_day_payment(transaction) if transaction else None


def _find_undecided(
    ledger: Ledger, account: ChannelAccount, order: Order, payment_no: str
) -> DayPayment | None:
    """For a refund under a number of its own: the order's cases name the money that came for it and
    paid nothing."""
    prefix = transaction_key(account.channel, account.account, "")["pk"]
    keys = [case_id.partition(":")[2] for case_id in (*order.cases, *order.decided_cases)]
    found = [ledger.read_transaction(key) for key in sorted(keys) if key.startswith(prefix)]
    payments = [to_day_payment(each) for each in found if each is not None]
    return next((each for each in payments if each.payment_no == payment_no), None)


def to_day_payment(transaction: Transaction) -> DayPayment:
    return DayPayment(
        provider_transaction=transaction.provider_transaction,
        payment_no=transaction.number_at_provider,
        amount=transaction.amount,
        paid_at=transaction.paid_at,
        disposition=transaction.disposition,
        business_day=transaction.business_day,
    )
