"""An AWS that answers at once, so that a client's own cost is what is measured: it has the setup
rows, the data key and the secrets of a seeded province, and every write succeeds."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from infra.bench.bench_province import bench_province
from tests.support.clients import client


@dataclass(frozen=True)
class Snapshot:
    """What a function reads: rows by table and key, data keys by their wrapped form, secrets by
    name. `environment`: of the function; `portal_key`: a portal's API key."""

    rows: dict[str, Any]
    data_keys: dict[str, str]
    secrets: dict[str, str]
    environment: dict[str, str]
    portal_key: str

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        match operation:
            case "GetItem":
                item = self.rows.get(_row_name(asked["TableName"], asked["Key"]))
                return {"Item": item} if item else {}
            case "Decrypt":
                blob = asked["CiphertextBlob"]
                return {"Plaintext": self.data_keys[blob], "KeyId": "key"}
            case "GetSecretValue":
                name = asked["SecretId"]
                return {"Name": name, "SecretString": self.secrets[name]}
            case "TransactWriteItems" | "PutItem" | "UpdateItem":
                return {}
        raise NotImplementedError(operation)


def take_snapshot() -> Snapshot:
    with bench_province() as bench:
        settings = bench.province.settings
        items = bench.recorder.observer.scan(TableName=settings.setup_table)["Items"]
        wrapped = [item["wrapped"]["B"] for item in items if "wrapped" in item]
        context = {"province": settings.province}
        opened = [
            client("kms").decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"]
            for blob in wrapped
        ]
        secrets = client("secretsmanager")
        names = [each["Name"] for each in secrets.list_secrets()["SecretList"]]
        return Snapshot(
            rows={_row_name(settings.setup_table, item): _as_wire(item) for item in items},
            data_keys={_text(blob): _text(key) for blob, key in zip(wrapped, opened, strict=True)},
            secrets={
                name: secrets.get_secret_value(SecretId=name)["SecretString"] for name in names
            },
            environment={
                name.upper(): str(getattr(settings, name)) for name in settings.__dataclass_fields__
            },
            portal_key=bench.seeded.portal_key or "",
        )


def _row_name(table: str, item: dict[str, Any]) -> str:
    return f"{table}|{item['pk']['S']}|{item['sk']['S']}"


def _as_wire(value: Any) -> Any:
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, dict):
        return {name: _as_wire(inner) for name, inner in value.items()}
    return [_as_wire(inner) for inner in value] if isinstance(value, list) else value


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


@contextmanager
def stub_aws(snapshot: Snapshot) -> Iterator[str]:
    """Its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            operation = self.headers["X-Amz-Target"].rpartition(".")[2]
            body = json.dumps(snapshot.answer(operation, asked)).encode()
            self.send_response(200)
            self.send_header("Content-Type", self.headers["Content-Type"])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
