"""What an open code says beside its order, and what its batch says."""

from typing import Any

from chalicelib.domain.bills import Cancellation
from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.open_codes import Batch, OpenCode


def describe_open_code(open_code: OpenCode) -> dict[str, Any]:
    binding = open_code.binding
    return {
        "batch": open_code.batch,
        "serial": open_code.serial,
        "valid_until": open_code.valid_until.isoformat(),
        "binding": None
        if binding is None
        else {"reference": binding.reference, "at": to_rfc3339(binding.at), "by": binding.by},
        "void": _describe_act(open_code.void),
    }


def describe_batch(batch: Batch, base_url: str) -> dict[str, Any]:
    own = f"{base_url}/v1/open-code-batches/{batch.batch_id}"
    return {
        "batch": batch.batch_id,
        "state": batch.state.value,
        "mode": batch.mode.value,
        "payee_unit": batch.payee_unit,
        "lines": [
            {
                "fee_item": line.fee_item,
                "names": dict(line.names),
                "quantity": line.quantity,
                "amount_minor": line.amount_minor,
                "receipt_kind": line.receipt_kind.value,
                "description": line.description,
            }
            for line in batch.lines
        ],
        "amount_minor": batch.amount.amount_minor,
        "currency": batch.amount.currency,
        "count": batch.count,
        "valid_until": batch.valid_until.isoformat(),
        "expires_at": to_rfc3339(batch.expires_at),
        "purpose": batch.purpose,
        "language": batch.language,
        "issued_by": batch.portal,
        "key_id": batch.key_id,
        "created_at": to_rfc3339(batch.created_at),
        "void": _describe_act(batch.void),
        "links": {
            "self": own,
            "codes": f"{own}/codes",
            "sheet": f"{own}/sheet",
            "csv": f"{own}/codes.csv",
            "void": f"{own}/void",
        },
    }


def _describe_act(act: Cancellation | None) -> dict[str, Any] | None:
    if act is None:
        return None
    return {"at": to_rfc3339(act.at), "by": act.by, "reason": act.reason}
