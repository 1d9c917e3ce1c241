"""What Viettel's words mean, and what Viettel is told.

*Source*: as `channel.py`.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum

from chalicelib.domain.money import Money
from chalicelib.domain.payments import Failed, Outcome, Pending, Succeeded


class Verdict(Enum):
    PAID = "money moved"
    REFUSED = "no money moved"
    WAITING = "not decided yet"
    ABSENT = "nobody paid"


# payment_status. One that is not here is pending.
STATUSES: Mapping[str, Verdict] = {
    "-1": Verdict.ABSENT,
    "0": Verdict.WAITING,
    "1": Verdict.PAID,
    "2": Verdict.REFUSED,
    "3": Verdict.WAITING,  # Viettel itself does not know
}

# error_code of our answers. Whatever we recorded is ours to deal with: a refusal might make Viettel
# send back what a person here is about to send back.
DONE, REFUSED, TRY_AGAIN = "00", "01", "03"

_FORMS: Mapping[str, re.Pattern[str]] = {
    "error_code": re.compile("[A-Za-z0-9]{2}", re.ASCII),
    "payment_status": re.compile("-?[0-9]{1,2}", re.ASCII),
}
_PAID_FORMS: Mapping[str, re.Pattern[str]] = {
    "cust_msisdn": re.compile("[0-9]{9,15}", re.ASCII),
    "trans_amount": re.compile("[1-9][0-9]{0,11}", re.ASCII),
    "vt_transaction_id": re.compile("[A-Za-z0-9_.-]{1,64}", re.ASCII),
}


def read_outcome(fields: Mapping[str, str], told_at: datetime) -> Outcome:
    """Viettel names no time: it is when we were told.

    Raises: ValueError"""
    _require_forms(fields, _FORMS)
    status, error = fields["payment_status"], fields["error_code"]
    code = status if error == DONE else f"{status}-{error}"
    match STATUSES.get(status):
        case Verdict.PAID if error == DONE:
            _require_forms(fields, _PAID_FORMS)
            amount = Money(int(fields["trans_amount"]), "VND")
            return Succeeded(fields["vt_transaction_id"], amount, told_at)
        case Verdict.REFUSED:
            return Failed(code)
        case Verdict.WAITING:
            return Pending(code)
        case Verdict.ABSENT:
            return Pending(code, is_absent=True)
        case _:  # also "paid" with an error
            return Pending(code, is_unmapped=True)


def _require_forms(fields: Mapping[str, str], forms: Mapping[str, re.Pattern[str]]) -> None:
    for name, form in forms.items():
        if not form.fullmatch(fields.get(name, "")):
            raise ValueError(f"{name} is not of its form")
