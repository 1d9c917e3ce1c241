"""Asks the deployed API two questions that it must be able to answer."""

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from infra.errandless.failures import OperatorError

_TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class SmokeTest:
    """`channels`: codes that the test portal may use; None when there was no key to ask with."""

    base_url: str
    channels: tuple[str, ...] | None


def smoke_test(base_url: str, api_key: str | None) -> SmokeTest:
    """Raises: OperatorError"""
    _ask(f"{base_url}/health", None)
    if api_key is None:
        return SmokeTest(base_url, None)
    answer = _ask(f"{base_url}/v1/channels", api_key)
    return SmokeTest(base_url, tuple(sorted({each["channel"] for each in answer["items"]})))


def _ask(url: str, api_key: str | None) -> Any:
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own stack's address
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as response:  # noqa: S310
            return json.load(response)
    except urllib.error.HTTPError as error:
        body = error.read()[:300].decode(errors="replace")
        raise OperatorError(f"{url} answered {error.code}: {body}") from error
    except (OSError, ValueError) as error:
        raise OperatorError(f"{url} did not answer as it should: {error}") from error
