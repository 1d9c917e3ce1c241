"""Bills of a request, one or many, as they are issued or only tried, and what is answered."""

import json
from dataclasses import dataclass
from typing import Any

from chalicelib.checkout.issue_bill import IssueCommand, IssuedBill, issue_bill, try_bill
from chalicelib.domain.portals import Portal
from chalicelib.errors import InvalidRequest, RequestRefused
from chalicelib.observability import record_change
from chalicelib.storage.keys import as_spoken
from chalicelib.web.bill_bodies import fingerprint_of, read_bill, summarize_issued
from chalicelib.web.orders import describe_alone
from chalicelib.web.problem import problem_body
from chalicelib.web.request_reading import validate
from chalicelib.wiring import platform

# Of one bill among many: an answer is kept in a row, which has an end.
MAX_ERRORS = 10


@dataclass(frozen=True, slots=True)
class Issuing:
    """`key_hash`: of the request's Idempotency-Key. `is_dry`: nothing is written."""

    portal: Portal
    key_hash: bytes
    is_dry: bool

    def one(self, body: dict[str, Any]) -> tuple[int, str]:
        """HTTP status and text."""
        issued = self._issue(body)
        if not issued.is_own or self.is_dry:
            return 200, as_json(describe_alone(self.portal, issued.order))
        record_change("bill_issued", portal=self.portal.portal_id)
        return 201, issued.order.answer

    def many(self, body: dict[str, Any], trace_id: str) -> tuple[int, str]:
        """Raises: TryLater when one could not be decided: those before it are issued, and stay
        so."""
        from chalicelib.web.models.bills import _BillBatch

        seen: set[tuple[str, str]] = set()
        results = []
        for index, asked in enumerate(validate(_BillBatch, body).bills):
            unit, reference = asked.get("payee_unit"), asked.get("reference")
            identity = (str(unit), as_spoken(str(reference)))
            try:
                if identity in seen:
                    raise InvalidRequest("reference_repeated", "this reference is there twice")
                result = self._describe_result(self._issue(asked))
                seen.add(identity)
            except RequestRefused as refusal:
                problem = problem_body(refusal, trace_id)
                problem["errors"] = problem["errors"][:MAX_ERRORS]
                result = {"result": "refused", "bill": None, "problem": problem}
            named = {"payee_unit": _text_or_none(unit), "reference": _text_or_none(reference)}
            results.append({"index": index, **named, **result})
        if not self.is_dry:
            record_change("bills_issued", portal=self.portal.portal_id, count=len(seen))
        return 200, as_json({"results": results})

    def _issue(self, body: dict[str, Any]) -> IssuedBill:
        from chalicelib.web.models.bills import BillIssueRequest

        asked = validate(BillIssueRequest, body)
        parts = platform()
        command = IssueCommand(
            portal=self.portal,
            request=read_bill(asked),
            key_hash=self.key_hash,
            fingerprint=fingerprint_of(asked),
            now=parts.now(),
        )
        return (try_bill if self.is_dry else issue_bill)(parts.desk(), command)

    def _describe_result(self, issued: IssuedBill) -> dict[str, Any]:
        """What this request issued is told as it was issued, also by a repetition that finds
        it."""
        own = "would_issue" if self.is_dry else "issued"
        is_written = issued.is_own and not self.is_dry
        told = (
            json.loads(issued.order.answer)
            if is_written
            else describe_alone(self.portal, issued.order)
        )
        return {
            "result": own if issued.is_own else "already_issued",
            "bill": summarize_issued(told),
            "problem": None,
        }


def as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None
