"""What the ledger holds about a statement line: by key and consistently, so that it may judge."""

from chalicelib.domain.identifiers import split_payment_no
from chalicelib.domain.payments import Transaction
from chalicelib.domain.province import ChannelAccount
from chalicelib.domain.reconciliations import DayPayment
from chalicelib.domain.statements import StatementLine
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
        attempt = order.attempt(parts[1])
        is_ours = attempt is not None and (
            (attempt.channel, attempt.account) == (account.channel, account.account)
        )
        return Held(payment, order.status, attempt.status if attempt and is_ours else None)

    return look_up


def _find_payment(
    ledger: Ledger, account: ChannelAccount, provider_transaction: str
) -> DayPayment | None:
    if not provider_transaction:
        return None
    key = transaction_key(account.channel, account.account, provider_transaction)
    transaction = ledger.read_transaction(key["pk"])
    return to_day_payment(transaction) if transaction else None


def to_day_payment(transaction: Transaction) -> DayPayment:
    return DayPayment(
        provider_transaction=transaction.provider_transaction,
        payment_no=transaction.payment_no,
        amount=transaction.amount,
        paid_at=transaction.paid_at,
        disposition=transaction.disposition,
    )
