"""Bytes as an answer. Chalice's own way refuses a request whose Accept header does not name the
type, which a browser's does not; API Gateway takes every type as bytes (infra/stack/api.yaml)."""

from base64 import b64encode
from typing import Any

from chalice.app import Response


class BinaryResponse(Response):
    def __init__(self, content: bytes, headers: dict[str, str | list[str]]) -> None:
        super().__init__(body="", headers=headers)
        self.content = content

    def to_dict(self, binary_types: list[str] | None = None) -> dict[str, Any]:
        body = b64encode(self.content).decode()
        return {**super().to_dict(binary_types), "body": body, "isBase64Encoded": True}
