"""Reads a request: content type, size, JSON, idempotency key. Each fault has a code."""

import hashlib
import json
from typing import Any

from chalice.app import Request

from chalicelib.errors import BadRequest, TooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 64 * 1024
MAX_KEY_LENGTH = 255


def raw_body(request: Request) -> bytes:
    """Raises: TooLarge over 64 KB."""
    body = request.raw_body
    content = body.encode() if isinstance(body, str) else body
    if len(content) > MAX_BODY_BYTES:
        raise TooLarge("body_too_large", f"at most {MAX_BODY_BYTES} bytes")
    return content


def read_json(request: Request, *, may_be_empty: bool = False) -> tuple[dict[str, Any], bytes]:
    """The object and its fingerprint: SHA-256 of its canonical JSON. No body at all is an empty
    object where it `may_be_empty`.

    Raises: UnsupportedMediaType, TooLarge, BadRequest (`invalid_json`)."""
    body = raw_body(request)
    if may_be_empty and not body:
        body = b"{}"
    elif media_type(request) != "application/json":
        raise UnsupportedMediaType("content_type_not_json", "send Content-Type: application/json")
    try:
        value = json.loads(body, object_pairs_hook=_unique, parse_constant=_refuse_constant)
        canonical = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        fingerprint = hashlib.sha256(canonical.encode()).digest()
    except (ValueError, RecursionError) as error:
        raise BadRequest("invalid_json", "the body is not one JSON object in UTF-8") from error
    if not isinstance(value, dict):
        raise BadRequest("invalid_json", "the body is not a JSON object")
    return value, fingerprint


def media_type(request: Request) -> str:
    """In small letters, without parameters; "" where none is given."""
    return str(request.headers.get("content-type", "")).partition(";")[0].strip().lower()


def idempotency_key(request: Request) -> str:
    """Raises: BadRequest when it is missing or not 1 to 255 visible ASCII characters."""
    key: str = request.headers.get("idempotency-key", "")
    if not key:
        raise BadRequest("idempotency_key_missing", "send an Idempotency-Key header")
    if len(key) > MAX_KEY_LENGTH or not all("!" <= character <= "~" for character in key):
        raise BadRequest(
            "idempotency_key_invalid", f"1 to {MAX_KEY_LENGTH} visible ASCII characters"
        )
    return key


def client_ip(request: Request) -> str:
    """The address that API Gateway saw; forwarded headers are not believed."""
    return str(request.context.get("identity", {}).get("sourceIp") or "127.0.0.1")


def query_parameters(request: Request, allowed: tuple[str, ...]) -> dict[str, str]:
    """Raises: BadRequest for a parameter that is unknown or given twice."""
    parameters = request.query_params
    found: dict[str, str] = {}
    for name in parameters or ():
        if name not in allowed:
            raise BadRequest("unknown_parameter", f"no such parameter: {name[:50]}")
        values = parameters.getlist(name) if parameters else []
        if len(values) > 1:
            raise BadRequest("repeated_parameter", f"given twice: {name}")
        found[name] = values[0]
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a name appears twice in one object")
    return dict(pairs)


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")
