"""The signature of a message, by programs that neither side is made of."""

import hashlib
import json
import subprocess
from typing import Any

from infra.simulator.finance import FINANCE_SIGNING_KEY


def other_signature(message: dict[str, Any]) -> str:
    body = json.dumps(message["body"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    lines = [
        *("ERRANDLESS-FINANCE-1", message["sender"], message["message_id"]),
        *(str(message["sequence_no"]), message["kind"], message["sent_at"]),
        hashlib.sha256(body.encode()).hexdigest(),
    ]
    command = ["openssl", "dgst", "-sha256", "-hmac", FINANCE_SIGNING_KEY, "-r"]
    done = subprocess.run(command, input="\n".join(lines).encode(), capture_output=True, check=True)
    return done.stdout.decode().split()[0]
