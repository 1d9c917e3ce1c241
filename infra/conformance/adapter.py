"""A bank's adapter, run as a program: a JSON array of calls in, a JSON array of answers out."""

import json
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from infra.conformance.cases import Answer, Call
from infra.errandless.failures import OperatorError

PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Adapter:
    """`now`: epoch seconds."""

    command: str
    base_url: str
    partner_code: str
    signing_key: str
    now: Callable[[], float]

    def speak(self, call: Call) -> Answer:
        task = {
            "base_url": self.base_url,
            "partner_code": self.partner_code,
            "signing_key": self.signing_key + ("-forged" if call.is_forged else ""),
            "method": call.method,
            "path": call.path,
            "body": call.body,
            "timestamp": int(self.now()) + call.seconds,
        }
        if call.nonce is not None:
            task["nonce"] = call.nonce
        ran = subprocess.run(
            shlex.split(self.command),
            input=json.dumps([task]).encode(),
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        if ran.returncode != 0:
            said = ran.stderr.decode("utf-8", "replace").strip()
            raise OperatorError(f"{self.command} ended with {ran.returncode}: {said}")
        (answer,) = json.loads(ran.stdout)
        return Answer(answer["status"], answer["body"], answer["answer_is_signed"])
