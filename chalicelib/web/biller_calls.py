"""A call of the biller interface: who signed it, and the signature on what he gets.

A view is called with a `Call` after the signature held. Whatever it answers or raises is signed;
what was not signed well is answered without a signature, since there is nobody to sign it for.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalice.app import Blueprint, Request, Response

from chalicelib.channels.biller.signature import (
    PARTNER_HEADER,
    SignedRequest,
    check_signature,
    sign_answer,
)
from chalicelib.channels.contract import Credentials
from chalicelib.domain.province import ChannelAccount, Province
from chalicelib.errors import DataFault, ErrandlessError, SignatureRefused, Unauthorized
from chalicelib.observability import Metric, alert, count, warn
from chalicelib.web.operations import Operation, operation, trace_id_of
from chalicelib.web.problem import problem_response, status_of
from chalicelib.web.request_reading import raw_body
from chalicelib.wiring import platform

CHANNEL = "biller"
REFUSED = "the signature does not hold, or nobody has this partner code"


@dataclass(frozen=True, slots=True)
class Call:
    """`now`: one instant for the whole call."""

    request: Request
    signed: SignedRequest
    credentials: Credentials
    province: Province
    now: datetime

    @property
    def account(self) -> ChannelAccount:
        return self.credentials.account


View = Callable[..., Response]


def biller_operation(
    blueprint: Blueprint, described: Operation, *, may_repeat: bool = False
) -> Callable[[View], View]:
    """`may_repeat`: the very same bytes may come again, since that does nothing more."""

    def declare(view: View) -> View:
        @functools.wraps(view)
        def handled(request: Request, **path: str) -> Response:
            call = _authenticate(request, described, path)
            try:
                _take_nonce(call, may_repeat=may_repeat)
                response = view(call, **path)
            except ErrandlessError as error:
                if status_of(error) == 500:
                    alert("request_failed", error)
                response = problem_response(error, trace_id_of(request))
            return _signed(call, response)

        return operation(blueprint, described)(handled)

    return declare


def _authenticate(request: Request, described: Operation, path: dict[str, str]) -> Call:
    """Raises: Unauthorized; an unknown partner and a wrong signature are not told apart."""
    parts = platform()
    province, now = parts.setup.read_province(), parts.now()
    headers = {str(name).lower(): value for name, value in request.headers.items()}
    signed = SignedRequest(
        described.method, described.path.format(**path), headers, raw_body(request)
    )
    account = _find_account(province, signed.header(PARTNER_HEADER))
    if account is None:
        raise _refuse(Unauthorized("signature_wrong", REFUSED))
    credentials = parts.credentials_of(account)
    try:
        check_signature(credentials, signed, now)
    except SignatureRefused as refusal:
        raise _refuse(_as_unauthorized(refusal)) from None
    return Call(request, signed, credentials, province, now)


def _find_account(province: Province, partner: str) -> ChannelAccount | None:
    """Raises: DataFault when two accounts have this partner code."""
    found = [
        account
        for account in province.channel_accounts
        if account.channel == CHANNEL and account.fields.get("partner_code") == partner
    ]
    if len(found) > 1:
        raise DataFault("partner_code_ambiguous", f"{len(found)} accounts are {partner}")
    return found[0] if found else None


def _as_unauthorized(refusal: SignatureRefused) -> Unauthorized:
    match refusal.code:
        case "signature_missing":
            return Unauthorized("signature_missing", "send the four X-Biller headers")
        case "signature_expired":
            action = "Set the clock, and sign anew with a new nonce."
            detail = "it was signed more than 5 minutes ago, or ahead of our clock"
            return Unauthorized("signature_expired", detail, suggested_action=action)
        case _:
            return Unauthorized("signature_wrong", REFUSED)


def _refuse(refusal: Unauthorized) -> Unauthorized:
    count(Metric.SIGNATURES_REFUSED, channel=CHANNEL)
    warn("biller_call_refused", channel=CHANNEL, code=refusal.code)
    return refusal


def _take_nonce(call: Call, *, may_repeat: bool) -> None:
    """Raises: Unauthorized."""
    account, fingerprint = call.account.account, call.signed.fingerprint
    first = platform().nonces.take(account, call.signed.nonce, fingerprint, call.now)
    if first is not None and not (may_repeat and first == fingerprint):
        raise _refuse(
            Unauthorized(
                "nonce_used",
                "this nonce came before",
                suggested_action="Sign anew, with a new nonce.",
            )
        )


def _signed(call: Call, response: Response) -> Response:
    body = response.body.encode() if isinstance(response.body, str) else response.body
    headers = sign_answer(
        call.credentials, call.signed.nonce, response.status_code, body, platform().now()
    )
    response.headers.update(headers)
    return response
