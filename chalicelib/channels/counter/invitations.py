"""What a payer is told who chooses to pay at a unit's counter."""

from collections.abc import Mapping

from chalicelib.channels.contract import Credentials, Instructions, PaymentRequest
from chalicelib.domain.identifiers import PAYMENT_CODE_LENGTH, group_payment_code


def invite(
    credentials: Credentials, request: PaymentRequest, texts: Mapping[str, str]
) -> Instructions:
    names = credentials.account.names
    language = request.language if request.language in texts else "en"
    place = names.get(language) or next(iter(names.values()))
    code = group_payment_code(request.payment_no[:PAYMENT_CODE_LENGTH])
    return Instructions(texts[language].format(place=place, code=code))
