"""Provinces seeded from their own folders as sandboxes, one or several on one moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chalicelib.outbound import Http
from chalicelib.wiring import use_platform
from infra.errandless.paths import PROVINCES
from infra.errandless.seed import SeedResult, seed_province
from tests.support.clients import SharingPlatform, client
from tests.support.local_province import Clock, HttpAnswer, LocalProvince
from tests.support.stack_on_moto import create_stack

SIMULATOR = "http://127.0.0.1:1"


@dataclass
class SeededProvince:
    """A local province with the keys that seeding gave it. It is served while it is used."""

    local: LocalProvince
    seeded: SeedResult

    @contextmanager
    def serving(self) -> Iterator[LocalProvince]:
        use_platform(self.local.platform)
        yield self.local

    def call(
        self,
        method: str,
        target: str,
        body: dict[str, Any] | None = None,
        *,
        key: str | None = None,
        idempotency_key: str = "",
    ) -> HttpAnswer:
        """As the sample portal, or with another key."""
        headers = {"Authorization": f"Bearer {key or self.seeded.portal_key}"}
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        with self.serving() as local:
            return local.http(method, target, body, headers)

    def open_page(self, target: str) -> HttpAnswer:
        with self.serving() as local:
            return local.http("GET", target)


def bring_up(
    code: str, clock: Clock, *, provinces: Path = PROVINCES, http: Http | None = None
) -> SeededProvince:
    """Within `local_cloud`."""
    settings = create_stack(code, f"https://pay.{code}.example", prefix=f"{code}-")
    outputs = {
        "Province": code,
        "SetupTable": settings.setup_table,
        "DataKeyId": settings.data_key_id,
        "SecretsPrefix": settings.secrets_prefix,
    }
    substitutions = {"SIMULATOR_URL": SIMULATOR}
    seeded = seed_province(
        client,
        outputs,
        code,
        substitutions=substitutions,
        local=True,
        provinces=provinces,
        now=clock,
    )
    platform = SharingPlatform(settings, now=clock, http=http)
    return SeededProvince(LocalProvince(settings, clock, platform), seeded)
