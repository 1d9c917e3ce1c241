"""Who is signed in at the clerk's pages: a sealed cookie, good for a working day at most, and only
while the key is (decision 0149)."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from chalice.app import Request

from chalicelib.domain.business_day import to_epoch_ms
from chalicelib.domain.portals import OperatorKey, Scope, hash_key, is_well_formed_key
from chalicelib.errors import BadRequest, DataFault, Unauthorized
from chalicelib.wiring import platform

COOKIE = "errandless_counter"
CONTEXT = "counter session"
LIFE = timedelta(hours=8)
PATH = "/counter"


@dataclass(frozen=True, slots=True)
class Session:
    """`form_token`: in every form, so that no other site's form is taken."""

    clerk: OperatorKey
    form_token: str


def sign_in(key: str) -> str | None:
    """The cookie's value; None where the key is no clerk's."""
    parts = platform()
    clerk = _find_clerk(hash_key(key)) if is_well_formed_key(key) else None
    if clerk is None:
        return None
    ends_at = to_epoch_ms(parts.now() + LIFE)
    told = json.dumps({"key": clerk.key_hash, "ends_at": ends_at}).encode()
    return base64.urlsafe_b64encode(parts.envelope.seal(told, CONTEXT)).decode()


def read_session(request: Request) -> Session:
    """Raises: Unauthorized: nobody is signed in, or no longer; TryLater."""
    parts = platform()
    value = _cookie_of(request)
    try:
        told = json.loads(parts.envelope.open(base64.urlsafe_b64decode(value), CONTEXT))
    except (DataFault, ValueError):
        raise _signed_out() from None
    clerk = _find_clerk(told["key"])
    if clerk is None or to_epoch_ms(parts.now()) >= told["ends_at"]:
        raise _signed_out()
    return Session(clerk, hashlib.sha256(f"form|{value}".encode()).hexdigest()[:32])


def require_own_form(session: Session, form: dict[str, str]) -> None:
    """Raises: BadRequest for a form that is not from a page of this session."""
    given = form.get("form_token", "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(session.form_token.encode(), given):
        raise BadRequest("form_not_ours", "this form is of another page")


def set_cookie(value: str, seconds: int = int(LIFE.total_seconds())) -> str:
    root = urlsplit(platform().settings.public_base_url).path
    flags = "HttpOnly; Secure; SameSite=Strict"
    return f"{COOKIE}={value}; Path={root}{PATH}; Max-Age={seconds}; {flags}"


def end_cookie() -> str:
    return set_cookie("", 0)


def _cookie_of(request: Request) -> str:
    try:
        morsel = SimpleCookie(str(request.headers.get("cookie", ""))).get(COOKIE)
    except CookieError:
        morsel = None
    if morsel is None or not morsel.value:
        raise _signed_out()
    return morsel.value


def _find_clerk(key_hash: str) -> OperatorKey | None:
    parts = platform()
    found = parts.setup.find_key(key_hash, parts.now())
    is_clerk = isinstance(found, OperatorKey) and Scope.COUNTER_WRITE in found.scopes
    return found if isinstance(found, OperatorKey) and is_clerk else None


def _signed_out() -> Unauthorized:
    return Unauthorized("signed_out", "sign in with a clerk's key")
