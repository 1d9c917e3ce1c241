"""Asks the gateway: a signed form out, a signed member of a JSON object back.

*Source*: opendocs.alipay.com, "OpenAPI 协议", "自行实现验签" (synchronous answers).
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.channels.alipay.keys import certificate_numbers, is_signed, sign
from chalicelib.channels.alipay.outcomes import codes_of, is_unsettled
from chalicelib.channels.alipay.wire import (
    cut_members,
    encode,
    read_object,
    request_text,
    to_wire_time,
)
from chalicelib.channels.answers import reading_answer
from chalicelib.channels.contract import Credentials
from chalicelib.channels.credentials import read_field
from chalicelib.errors import OutcomeUnknown, TryLater
from chalicelib.outbound import Http

TIMEOUT_SECONDS = 10.0
HEADERS = {
    "Content-Type": "application/x-www-form-urlencoded;charset=utf-8",
    "Accept": "application/json",
}
ERROR = "error_response"


def sign_request(
    credentials: Credentials,
    method: str,
    content: Mapping[str, Any],
    at: datetime,
    addresses: Mapping[str, str],
) -> dict[str, str]:
    """The parameters of a request, `sign` the last. `addresses`: notify_url and return_url."""
    parameters = {
        "app_id": read_field(credentials, "app_id"),
        "method": method,
        "format": "JSON",
        "charset": "utf-8",
        "sign_type": "RSA2",
        "timestamp": to_wire_time(at),
        "version": "1.0",
        **addresses,
        **certificate_numbers(credentials),
        "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
    }
    return {**parameters, "sign": sign(credentials, request_text(parameters))}


def ask(
    http: Http, credentials: Credentials, parameters: Mapping[str, str]
) -> tuple[Mapping[str, Any], bytes]:
    """The signed answer to a request of `sign_request`, and the bytes that it came in.

    Raises: OutcomeUnknown where nobody can tell what became of it."""
    # The gateway reads the form in the charset of the URL, so that all but the content goes there.
    shared = {name: value for name, value in parameters.items() if name != "biz_content"}
    url = f"{read_field(credentials, 'gateway_url')}?{encode(shared)}"
    body = encode({"biz_content": parameters["biz_content"]}).encode()
    try:
        response = http.post(url, body, HEADERS, TIMEOUT_SECONDS)
    except TryLater as error:
        raise OutcomeUnknown("channel_unreachable", "the question was not sent") from error
    with reading_answer(response.body):
        if response.status != 200:
            raise OutcomeUnknown("channel_answer_unreadable", f"HTTP status {response.status}")
        answer = _read_signed(credentials, parameters["method"], response.body)
        if is_unsettled(answer):
            raise OutcomeUnknown("channel_unsettled", f"Alipay says {codes_of(answer)[1]}")
    return answer, response.body


def _read_signed(credentials: Credentials, method: str, body: bytes) -> Mapping[str, Any]:
    members = cut_members(body)
    told = members.get(f"{method.replace('.', '_')}_response")
    if told is None:
        # An error of the gateway's comes unsigned: it says nothing that can be believed.
        code = codes_of(read_object(members[ERROR]))[1] if ERROR in members else "no answer"
        raise OutcomeUnknown("channel_refused_question", f"Alipay says {code[:64]}")
    signature = json.loads(members.get("sign", '""'))
    if not isinstance(signature, str) or not is_signed(credentials, told.encode(), signature):
        raise OutcomeUnknown("channel_answer_signature", "the answer's signature does not hold")
    return read_object(told)
