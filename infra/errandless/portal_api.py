"""The province's API as a portal calls it, for commands that do what a portal could."""

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from infra.errandless.deployment import read_deployment
from infra.errandless.failures import OperatorError
from infra.errandless.run import read_description

KEY_VARIABLE = "ERRANDLESS_PORTAL_KEY"
MAX_TRIES = 8
TIMEOUT_SECONDS = 60
AGAIN = frozenset({429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


# Method, path, body and Idempotency-Key.
Ask = Callable[[str, str, "dict[str, Any] | None", str], ApiAnswer]


@dataclass(frozen=True, slots=True)
class PortalApi:
    """`ask` tries again what may be tried again, with the same key."""

    ask: Ask

    def get(self, path: str) -> ApiAnswer:
        return self._done(self.ask("GET", path, None, ""))

    def post(self, path: str, body: dict[str, Any], key: str) -> ApiAnswer:
        return self._done(self.ask("POST", path, body, key))

    def items(self, path: str) -> list[dict[str, Any]]:
        """Of all pages."""
        found: list[dict[str, Any]] = []
        cursor, joint = "", "&" if "?" in path else "?"
        while True:
            page = self.get(f"{path}{joint}limit=100{cursor}").json
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    def _done(self, answer: ApiAnswer) -> ApiAnswer:
        """Raises: OperatorError with what the API says."""
        if answer.status < 400:
            return answer
        raise OperatorError(sentence_of(answer))


def sentence_of(answer: ApiAnswer) -> str:
    try:
        told = answer.json
    except ValueError:
        return f"The API answered {answer.status} and nothing that can be read."
    fields = "; ".join(f"{each['field']}: {each['detail']}" for each in told.get("errors", ()))
    parts = (f"{told.get('detail')} ({told.get('code')})", fields, told.get("suggested_action"))
    return "The API refused it: " + ". ".join(part.rstrip(".") for part in parts if part) + "."


def open_api(province: str, *, local: bool, scope: str) -> PortalApi:
    """The key is read from ERRANDLESS_PORTAL_KEY; with `local` it is the sample portal's.

    Raises: OperatorError"""
    deployment = read_deployment(province)
    if local:
        running = read_description(province)
        return PortalApi(http_ask(running["base_url"], running["portal"]["api_key"]))
    api_key = os.environ.get(KEY_VARIABLE, "")
    if not api_key:
        raise OperatorError(f"Set {KEY_VARIABLE} to a portal's key with {scope}.")
    return PortalApi(http_ask(deployment.public_base_url, api_key))


def http_ask(base_url: str, api_key: str) -> Ask:
    def ask(method: str, path: str, body: dict[str, Any] | None, key: str) -> ApiAnswer:
        headers = {"Authorization": f"Bearer {api_key}", "Content-Type": "application/json"}
        headers |= {"Idempotency-Key": key} if key else {}
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        for turn in range(MAX_TRIES):
            if turn:
                time.sleep(min(30, 0.5 * 2**turn))  # the province asked to wait
            request = urllib.request.Request(  # noqa: S310 - the province's own address
                f"{base_url}{path}", data=data, headers=headers, method=method
            )
            try:
                with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310
                    return ApiAnswer(answer.status, answer.read().decode())
            except urllib.error.HTTPError as error:
                if error.code not in AGAIN:
                    return ApiAnswer(error.code, error.read().decode("utf-8", "replace"))
            except OSError:
                continue
        raise OperatorError(f"{base_url} does not answer; what was done stays. Run it again.")

    return ask
