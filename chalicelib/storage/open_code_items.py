"""Open codes within their order's row, and their batches, as rows and back."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from chalicelib.domain.bills import Cancellation
from chalicelib.domain.business_day import from_epoch_ms, to_epoch_ms
from chalicelib.domain.money import Money
from chalicelib.domain.open_codes import Batch, BatchState, Binding, OpenCode
from chalicelib.domain.province import Mode
from chalicelib.storage.expressions import Item
from chalicelib.storage.keys import BATCH_PREFIX, batch_key
from chalicelib.storage.line_items import line_from_map, line_to_map


def open_code_to_map(open_code: OpenCode) -> Item:
    """Without what has not happened to it."""
    told: Item = {
        "batch": open_code.batch,
        "serial": open_code.serial,
        "valid_until": open_code.valid_until.isoformat(),
    }
    if open_code.binding is not None:
        told["binding"] = binding_to_map(open_code.binding)
    if open_code.void is not None:
        told["void"] = act_to_map(open_code.void)
    return told


def open_code_from_map(value: Mapping[str, Any]) -> OpenCode:
    binding, void = value.get("binding"), value.get("void")
    return OpenCode(
        batch=value["batch"],
        serial=value["serial"],
        valid_until=date.fromisoformat(value["valid_until"]),
        binding=None if binding is None else _binding_from_map(binding),
        void=None if void is None else act_from_map(void),
    )


def binding_to_map(binding: Binding) -> Item:
    return {
        "reference": binding.reference,
        "bound_at": to_epoch_ms(binding.at),
        "by": binding.by,
        "content_hash": binding.content_hash,
    }


def _binding_from_map(value: Mapping[str, Any]) -> Binding:
    at = from_epoch_ms(value["bound_at"])
    return Binding(value["reference"], at, value["by"], value["content_hash"])


def act_to_map(act: Cancellation) -> Item:
    return {"void_at": to_epoch_ms(act.at), "by": act.by, "reason": act.reason}


def act_from_map(value: Mapping[str, Any]) -> Cancellation:
    return Cancellation(from_epoch_ms(value["void_at"]), value["by"], value["reason"])


def batch_to_item(batch: Batch) -> Item:
    return {
        **batch_key(batch.batch_id),
        "portal": batch.portal,
        "mode": batch.mode.value,
        "payee_unit": batch.payee_unit,
        "lines": [line_to_map(line) for line in batch.lines],
        "amount_minor": batch.amount.amount_minor,
        "currency": batch.amount.currency,
        "guarded": batch.is_guarded,
        "count": batch.count,
        "valid_until": batch.valid_until.isoformat(),
        "expires_at": to_epoch_ms(batch.expires_at),
        "purpose": batch.purpose,
        "language": batch.language,
        "channels": None if batch.channels is None else list(batch.channels),
        "catalogue": batch.catalogue_version,
        "created_at": to_epoch_ms(batch.created_at),
        "signing_key": batch.key_id,
        "key_hash": batch.key_hash,
        "fingerprint": batch.fingerprint,
        "state": batch.state.value,
        "void": None if batch.void is None else act_to_map(batch.void),
    }


def batch_from_item(item: Mapping[str, Any]) -> Batch:
    channels, void = item.get("channels"), item.get("void")
    return Batch(
        batch_id=item["pk"].removeprefix(BATCH_PREFIX),
        portal=item["portal"],
        mode=Mode(item["mode"]),
        payee_unit=item["payee_unit"],
        lines=tuple(line_from_map(line) for line in item["lines"]),
        amount=Money(item["amount_minor"], item["currency"]),
        is_guarded=item["guarded"],
        count=item["count"],
        valid_until=date.fromisoformat(item["valid_until"]),
        expires_at=from_epoch_ms(item["expires_at"]),
        purpose=item["purpose"],
        language=item["language"],
        channels=None if channels is None else tuple(channels),
        catalogue_version=item["catalogue"],
        created_at=from_epoch_ms(item["created_at"]),
        key_id=item["signing_key"],
        key_hash=item["key_hash"],
        fingerprint=item["fingerprint"],
        state=BatchState(item["state"]),
        void=None if void is None else act_from_map(void),
    )
