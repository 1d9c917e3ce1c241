"""A bill's body, whoever brings it: issued, or only tried, and told."""

import json
from dataclasses import dataclass
from typing import Any

from chalicelib.bodies.bill_bodies import fingerprint_of, read_bill, summarize_issued
from chalicelib.bodies.order_bodies import describe_alone
from chalicelib.bodies.validation import validate
from chalicelib.checkout.issue_bill import IssueCommand, IssuedBill, issue_bill, try_bill
from chalicelib.domain.portals import Portal
from chalicelib.wiring import platform


@dataclass(frozen=True, slots=True)
class Issuing:
    """`key_hash`: of what brings the bills. `is_dry`: nothing is written."""

    portal: Portal
    key_hash: bytes
    is_dry: bool

    def issue(self, body: dict[str, Any]) -> IssuedBill:
        """Raises: InvalidRequest; Conflict; TryLater."""
        from chalicelib.bodies.models.bills import BillIssueRequest

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

    def describe(self, issued: IssuedBill) -> dict[str, Any]:
        """`result` and `bill`, as for one of many. What this bringer issued is told as it was
        issued, also by a repetition that finds it."""
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
        }
