"""Bills of a request, one or many, and what is answered."""

import json
from typing import Any

from chalicelib.bodies.bill_issuing import Issuing
from chalicelib.bodies.order_bodies import describe_alone
from chalicelib.bodies.validation import validate
from chalicelib.errors import InvalidRequest, RequestRefused
from chalicelib.observability import record_change
from chalicelib.storage.keys import as_spoken
from chalicelib.web.problem import problem_body

# Of one bill among many: an answer is kept in a row, which has an end.
MAX_ERRORS = 10


def issue_one(issuing: Issuing, body: dict[str, Any]) -> tuple[int, str]:
    """HTTP status and text."""
    issued = issuing.issue(body)
    if not issued.is_own or issuing.is_dry:
        return 200, as_json(describe_alone(issuing.portal, issued.order))
    record_change("bill_issued", portal=issuing.portal.portal_id)
    return 201, issued.order.answer


def issue_many(issuing: Issuing, body: dict[str, Any], trace_id: str) -> tuple[int, str]:
    """Raises: TryLater when one could not be decided: those before it are issued, and stay so."""
    from chalicelib.bodies.models.bills import _BillBatch

    seen: set[tuple[str, str]] = set()
    results = []
    for index, asked in enumerate(validate(_BillBatch, body).bills):
        unit, reference = asked.get("payee_unit"), asked.get("reference")
        identity = (str(unit), as_spoken(str(reference)))
        try:
            if identity in seen:
                raise InvalidRequest("reference_repeated", "this reference is there twice")
            result = {**issuing.describe(issuing.issue(asked)), "problem": None}
            seen.add(identity)
        except RequestRefused as refusal:
            problem = problem_body(refusal, trace_id)
            problem["errors"] = problem["errors"][:MAX_ERRORS]
            result = {"result": "refused", "bill": None, "problem": problem}
        named = {"payee_unit": _text_or_none(unit), "reference": _text_or_none(reference)}
        results.append({"index": index, **named, **result})
    if not issuing.is_dry:
        record_change("bills_issued", portal=issuing.portal.portal_id, count=len(seen))
    return 200, as_json({"results": results})


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None
