"""A journal of made-up orders, each created, started, paid and receipted: six records, one lane or
another, in batches as the keeper writes them."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from chalicelib.domain.identifiers import build_payment_code
from chalicelib.journal.batches import build_batch, lane_of
from chalicelib.storage.compression import compress
from chalicelib.storage.expressions import encode
from chalicelib.storage.journal import JournalHead
from infra.errandless.row_store import canonical

RECORDS_PER_ORDER = 6
ZONE = "Asia/Ho_Chi_Minh"
START = datetime(2026, 3, 1, 1, tzinfo=UTC)
SERIES = "UNITA-phi-2026"
Record = dict[str, Any]


def write_journal(folder: Path, orders: int, batch_size: int = 500) -> dict[str, JournalHead]:
    """Where the lanes end."""
    heads: dict[str, JournalHead] = {}
    waiting: dict[str, list[Record]] = {}
    for record in made_records(orders):
        lane = lane_of(record)
        records = waiting.setdefault(lane, [])
        records.append(record)
        if len(records) >= batch_size:
            heads[lane] = _write(folder, lane, heads.get(lane), records)
            records.clear()
    for lane, records in waiting.items():
        if records:
            heads[lane] = _write(folder, lane, heads.get(lane), records)
    return heads


def _write(folder: Path, lane: str, head: JournalHead | None, records: list[Record]) -> JournalHead:
    batch = build_batch(lane, head, records, ZONE)
    file = folder / batch.key
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(batch.content)
    return batch.head


def made_records(orders: int) -> Iterator[Record]:
    sequence = 0
    for number in range(1, orders + 1):
        at = START + timedelta(seconds=number // 10)
        for old, new in _life_of(number, int(at.timestamp()) * 1000):
            sequence += 1
            yield _record(sequence, int(at.timestamp()), old, new)


def _record(sequence: int, at: int, old: Any, new: Any) -> Record:
    change = {
        "Keys": {name: new[name] for name in ("pk", "sk")},
        "NewImage": new,
        "SequenceNumber": f"{sequence:021d}",
        "ApproximateCreationDateTime": at,
    }
    if old is not None:
        change["OldImage"] = old
    return {"eventName": "MODIFY" if old else "INSERT", "dynamodb": change}


def _life_of(number: int, now: int) -> Iterator[tuple[Any, Any]]:
    code = build_payment_code("22", number)
    created = _order(code, number, now)
    attempt: Record = {
        "channel": "vnpay",
        "account": "quangninh",
        "status": "initiated",
        "client": "web",
    }
    attempt |= {"started_at": now, "expires_at": now + 900_000, "key_hash": b"k" * 32, "asks": 0}
    pending = {**created, "status": "pending", "attempts": {"01": attempt}}
    transaction = f"T#vnpay#quangninh#{number}"
    paid = {
        **pending,
        "status": "paid",
        "paid_by": transaction,
        "paid_at": now,
        "attempts": {"01": {**attempt, "status": "succeeded"}},
    }
    mark = {"series": SERIES, "number": number, "token": f"token-{number}", "issued_at": now}
    receipted = {**paid, "receipts": {"phi": mark}}
    states = [_typed(each) for each in (created, pending, paid, receipted)]
    yield None, states[0]
    yield states[0], states[1]
    yield states[1], states[2]
    yield None, _typed(_transaction(transaction, code, number, now))
    yield states[2], states[3]
    yield None, _typed(_receipt(code, mark, transaction))


def _typed(row: dict[str, Any]) -> Any:
    """As Lambda's JSON has it."""
    return json.loads(canonical(encode(row)))


def _order(code: str, number: int, now: int) -> dict[str, Any]:
    line: Record = {"fee_item": "PHI-1", "names": {"vi": "Phí thẩm định hồ sơ"}, "quantity": 1}
    line |= {"amount_minor": 50_000, "receipt_kind": "phi", "description": None}
    rest: Record = {
        "lines": [line],
        "language": "vi",
        "return_url": None,
        "channels": None,
        "metadata": {},
    }
    answer = json.dumps({"payment_code": code, "status": "created", "amount_minor": 50_000})
    return {
        "pk": f"O#{code}",
        "sk": "-",
        "portal": f"portal-{number % 7}",
        "mode": "live",
        "payee_unit": "UNITA",
        "reference": f"HS-{number}",
        "status": "created",
        "amount_minor": 50_000,
        "currency": "VND",
        "content": compress(f"{answer}\n{json.dumps(rest, ensure_ascii=False)}"),
        "catalogue": "0123456789abcdef",
        "created_at": now,
        "expires_at": now + 86_400_000,
        "guarded": True,
        "key_hash": b"h" * 32,
        "fingerprint": b"f" * 32,
        "payer": b"p" * 160,
        "attempts": {},
        "receipts": {},
        "cases": {},
    }


def _transaction(pk: str, code: str, number: int, now: int) -> dict[str, Any]:
    return {
        "pk": pk,
        "sk": "-",
        "channel": "vnpay",
        "account": "quangninh",
        "provider_transaction": str(number),
        "payment_no": f"{code}01",
        "amount_minor": 50_000,
        "currency": "VND",
        "paid_at": now,
        "recorded_at": now,
        "disposition": "applied",
        "raw": compress(f"vnp_TxnRef={code}01&vnp_Amount=5000000"),
    }


def _receipt(code: str, mark: dict[str, Any], transaction: str) -> dict[str, Any]:
    number = mark["number"]
    return {
        **mark,
        "pk": f"R#{SERIES}#{number:07d}",
        "sk": "-",
        "kind": "phi",
        "payment_code": code,
        "payee_unit": "UNITA",
        "amount_minor": 50_000,
        "currency": "VND",
        "paid_by": transaction,
        "paid_on": "2026-03-01",
        "payer": b"p" * 160,
    }
