"""Order and transaction records as rows, and back."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.money import Money
from chalicelib.domain.orders import IssuedReceipt, Order, OrderStatus, VoidedReceipt
from chalicelib.domain.payments import (
    Attempt,
    Client,
    Disposition,
    PaymentStatus,
    Reversal,
    Transaction,
)
from chalicelib.domain.province import Mode
from chalicelib.storage.bill_items import bill_from_map, bill_to_map
from chalicelib.storage.compression import compress, decompress
from chalicelib.storage.cover_items import covers_from_map, covers_to_map
from chalicelib.storage.expressions import Item
from chalicelib.storage.keys import DuePurpose, due_shard, order_key, transaction_key
from chalicelib.storage.line_items import line_from_map, line_to_map
from chalicelib.storage.open_code_items import open_code_from_map, open_code_to_map
from chalicelib.storage.part_items import parts_from_map

# In place of its kind, of a case on an order that a person has decided.
DECIDED = "decided"


def _instant(epoch_ms: int | None) -> datetime | None:
    return None if epoch_ms is None else from_epoch_ms(epoch_ms)


def _epoch(instant: datetime | None) -> int | None:
    return None if instant is None else to_epoch_ms(instant)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def order_to_item(order: Order) -> Item:
    """The row of a new order. The maps are written empty: a nested SET on a missing map is
    refused."""
    return {
        **order_key(order.payment_code),
        "portal": order.portal,
        "mode": order.mode.value,
        "payee_unit": order.payee_unit,
        "reference": order.reference,
        "status": order.status.value,
        "currency": order.amount.currency,
        **money_attributes(order),
        "catalogue": order.catalogue_version,
        "created_at": to_epoch_ms(order.created_at),
        "guarded": order.is_guarded,
        "key_hash": order.idempotency_key_hash,
        "fingerprint": order.fingerprint,
        "payer": order.sealed_payer,
        "attempts": {},
        "receipts": {},
        "cases": {},
        "covers": covers_to_map(order.covers),
        "due_at": _epoch(order.due_at),
        "due_shard": None
        if order.due_at is None
        else due_shard(DuePurpose.ASK, order.payment_code),
        "open_code": order.open_code and open_code_to_map(order.open_code),
    }


def money_attributes(order: Order) -> Item:
    """What is owed and until when. Of a bill it may change until it is paid; of another order it
    never does."""
    bill = order.bill
    return {
        "amount_minor": order.amount.amount_minor,
        "expires_at": to_epoch_ms(order.expires_at),
        "content": compress(_content_text(order)),
        "due_on": None if bill is None else bill.terms.due_on.isoformat(),
        "priced_on": None if bill is None else bill.priced_on.isoformat(),
        "bill_version": None if bill is None else bill.version,
    }


def order_from_item(item: Mapping[str, Any]) -> Order:
    answer, _, rest = decompress(item["content"]).partition("\n")
    content = json.loads(rest)
    lines = tuple(line_from_map(line) for line in content["lines"])
    return Order(
        payment_code=item["pk"].removeprefix("O#"),
        portal=item["portal"],
        mode=Mode(item["mode"]),
        payee_unit=item["payee_unit"],
        reference=item["reference"],
        status=OrderStatus(item["status"]),
        amount=Money(item["amount_minor"], item["currency"]),
        lines=lines,
        language=content["language"],
        return_url=content["return_url"],
        channels=None if content["channels"] is None else tuple(content["channels"]),
        metadata=content["metadata"],
        catalogue_version=item["catalogue"],
        created_at=from_epoch_ms(item["created_at"]),
        expires_at=from_epoch_ms(item["expires_at"]),
        is_guarded=item["guarded"],
        idempotency_key_hash=item["key_hash"],
        fingerprint=item["fingerprint"],
        answer=answer,
        sealed_payer=item["payer"],
        attempts=tuple(
            attempt_from_map(int(no), value) for no, value in sorted(item["attempts"].items())
        ),
        receipts=tuple(
            receipt_from_map(ReceiptKind(kind), value)
            for kind, value in sorted(item["receipts"].items())
        ),
        paid_by=item.get("paid_by"),
        paid_at=_instant(item.get("paid_at")),
        due_at=_instant(item.get("due_at")),
        cases={case_id: kind for case_id, kind in item["cases"].items() if kind != DECIDED},
        decided_cases=tuple(
            sorted(case_id for case_id, kind in item["cases"].items() if kind == DECIDED)
        ),
        bill=bill_from_map(content["bill"], lines) if "bill" in content else None,
        reversals=tuple(item.get("reversals", ())),
        voided_receipts=tuple(map(voided_from_map, item.get("voided", ()))),
        open_code=open_code_from_map(item["open_code"]) if "open_code" in item else None,
        covers=covers_from_map(item.get("covers", {})),
        parts=parts_from_map(item.get("parts", {})),
        paid_in=item.get("paid_in"),
    )


def _content_text(order: Order) -> str:
    """The answer's line, then one of what it does not hold: JSON inside JSON would be escaped, and
    compress badly."""
    content: Item = {
        "lines": [line_to_map(line) for line in order.lines],
        "language": order.language,
        "return_url": order.return_url,
        "channels": order.channels,
        "metadata": dict(order.metadata),
    }
    if order.bill is not None:
        content["bill"] = bill_to_map(order.bill)
    rest = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return f"{order.answer}\n{rest}"


def attempt_name(attempt_no: int) -> str:
    """The attempt's name in the order's map; it sorts as its number does."""
    return f"{attempt_no:02d}"


def attempt_to_map(attempt: Attempt) -> Item:
    lock = {"lock": True} if attempt.is_lock else {}
    return {
        **lock,
        "channel": attempt.channel,
        "account": attempt.account,
        "status": attempt.status.value,
        "client": attempt.client.value,
        "started_at": to_epoch_ms(attempt.started_at),
        "expires_at": to_epoch_ms(attempt.expires_at),
        "key_hash": attempt.idempotency_key_hash,
        "asks": attempt.asks,
    }


def attempt_from_map(attempt_no: int, value: Mapping[str, Any]) -> Attempt:
    return Attempt(
        attempt_no=attempt_no,
        channel=value["channel"],
        account=value["account"],
        status=PaymentStatus(value["status"]),
        client=Client(value["client"]),
        started_at=from_epoch_ms(value["started_at"]),
        expires_at=from_epoch_ms(value["expires_at"]),
        idempotency_key_hash=value["key_hash"],
        asks=value["asks"],
        reason=value.get("reason"),
        is_lock=value.get("lock", False),
    )


def receipt_to_map(receipt: IssuedReceipt) -> Item:
    return {
        "series": receipt.series,
        "number": receipt.number,
        "token": receipt.token,
        "issued_at": to_epoch_ms(receipt.issued_at),
    }


def receipt_from_map(kind: ReceiptKind, value: Mapping[str, Any]) -> IssuedReceipt:
    return IssuedReceipt(
        kind=kind,
        series=value["series"],
        number=value["number"],
        token=value["token"],
        issued_at=from_epoch_ms(value["issued_at"]),
    )


def voided_to_map(voided: VoidedReceipt) -> Item:
    return {
        **receipt_to_map(voided.issued),
        "kind": voided.issued.kind.value,
        "voided_at": to_epoch_ms(voided.voided_at),
        "turn": voided.turn,
    }


def voided_from_map(value: Mapping[str, Any]) -> VoidedReceipt:
    issued = receipt_from_map(ReceiptKind(value["kind"]), value)
    return VoidedReceipt(issued, from_epoch_ms(value["voided_at"]), value["turn"])


def reversal_to_map(reversal: Reversal) -> Item:
    return {
        "reversal_no": reversal.reversal_no,
        "reversed_at": to_epoch_ms(reversal.at),
        "reason": reversal.reason,
        "turn": reversal.turn,
        "voids": [kind.value for kind in reversal.voids],
    }


def reversal_from_map(value: Mapping[str, Any]) -> Reversal:
    return Reversal(
        reversal_no=value["reversal_no"],
        at=from_epoch_ms(value["reversed_at"]),
        reason=value["reason"],
        turn=value["turn"],
        voids=tuple(ReceiptKind(kind) for kind in value["voids"]),
    )


def transaction_to_item(transaction: Transaction) -> Item:
    return {
        **transaction_key(
            transaction.channel, transaction.account, transaction.provider_transaction
        ),
        "channel": transaction.channel,
        "account": transaction.account,
        "provider_transaction": transaction.provider_transaction,
        "payment_no": transaction.payment_no,
        "amount_minor": transaction.amount.amount_minor,
        "currency": transaction.amount.currency,
        "paid_at": to_epoch_ms(transaction.paid_at),
        "recorded_at": to_epoch_ms(transaction.recorded_at),
        "disposition": transaction.disposition.value,
        "raw": transaction.raw,
        "told_payment_no": transaction.told_payment_no,
        "business_day": transaction.business_day and transaction.business_day.isoformat(),
        "reversal": transaction.reversal and reversal_to_map(transaction.reversal),
    }


def transaction_from_item(item: Mapping[str, Any]) -> Transaction:
    return Transaction(
        channel=item["channel"],
        account=item["account"],
        provider_transaction=item["provider_transaction"],
        payment_no=item["payment_no"],
        amount=Money(item["amount_minor"], item["currency"]),
        paid_at=from_epoch_ms(item["paid_at"]),
        recorded_at=from_epoch_ms(item["recorded_at"]),
        disposition=Disposition(item["disposition"]),
        raw=item["raw"],
        told_payment_no=item.get("told_payment_no"),
        business_day=_day(item.get("business_day")),
        reversal=reversal_from_map(item["reversal"]) if "reversal" in item else None,
    )
