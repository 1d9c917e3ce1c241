"""Bytes as an answer. Chalice's own way refuses a request whose Accept header does not name the
type, which a browser's does not; API Gateway takes every type as bytes (infra/stack/api.yaml)."""

from base64 import b64encode
from typing import Any

from chalice.app import Request, Response

from chalicelib.errors import BadRequest


class BinaryResponse(Response):
    def __init__(self, content: bytes, headers: dict[str, str | list[str]]) -> None:
        super().__init__(body="", headers=headers)
        self.content = content

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:
        body = b64encode(self.content).decode()
        return {**super().to_dict(binary_types), "body": body, "isBase64Encoded": True}


def require_accept(request: Request) -> None:
    """Raises: BadRequest: without that header API Gateway hands the bytes over as base64 text."""
    if not request.headers.get("accept"):
        raise BadRequest("accept_missing", "send an Accept header, as Accept: application/pdf")
