"""Does with PyPI payos what stdin asks for: a JSON array of tasks in, one of results out."""

import json
import sys
from functools import cache
from typing import Any

from payos import PayOS
from payos.types.webhooks import WebhookData


@cache
def client(key: str) -> Any:
    return PayOS(client_id="x", api_key="x", checksum_key=key)


def sign(task: dict[str, Any]) -> Any:
    data = WebhookData(**task["data"]).model_dump_camel_case()
    return client(task["key"]).crypto.create_signature_from_object(data, task["key"])


def verify(task: dict[str, Any]) -> Any:
    try:
        client(task["key"]).webhooks.verify(task["body"])
    except Exception as error:
        return f"refused: {type(error).__name__}"
    return "accepted"


TASKS = {"sign": sign, "verify": verify}

if __name__ == "__main__":
    print(json.dumps([TASKS[task["do"]](task) for task in json.load(sys.stdin)]))
