"""Payee units with software of their own, which is asked for a bill that is not here."""

import re
from dataclasses import dataclass

from chalicelib.domain.record_reader import Record
from chalicelib.domain.web_addresses import read_web_address

# API Gateway ends a request after 29 seconds.
MAX_TIMEOUT_SECONDS = 5
MAX_SOURCES = 50

_UNIT = re.compile(r"[A-Z][A-Z0-9]{2,19}")
_SCHEME = re.compile(r"[a-z][a-z0-9-]{1,40}")
_PORTAL = re.compile(r"[a-z][a-z0-9-]{1,40}")
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,200}")


@dataclass(frozen=True, slots=True)
class BillSource:
    """`portal`: whose bills they become; it is told what becomes of them. `scheme` None: of
    everything that is owed to the unit. `secret_name`: of a secret like a channel account's, with
    the `signing_key` of both sides."""

    payee_unit: str
    portal: str
    url: str
    secret_name: str
    timeout_seconds: int
    scheme: str | None = None


def read_bill_sources(profile: Record) -> tuple[BillSource, ...]:
    """A document of before the sources does not say it."""
    records = profile.records("bill_sources") if profile.has("bill_sources") else []
    sources = tuple(_read_source(record) for record in records)
    if len({source.payee_unit for source in sources}) < len(sources):
        profile.fault("names the same unit twice", "bill_sources")
    if len(sources) > MAX_SOURCES:
        profile.fault(f"are more than {MAX_SOURCES}", "bill_sources")
    return sources


def _read_source(record: Record) -> BillSource:
    has_scheme = record.has("scheme")
    source = BillSource(
        payee_unit=record.text("payee_unit", _UNIT),
        portal=record.text("portal", _PORTAL),
        url=record.text("url"),
        secret_name=record.text("secret_name", _SECRET_NAME),
        timeout_seconds=record.whole("timeout_seconds", 1, MAX_TIMEOUT_SECONDS),
        scheme=record.text("scheme", _SCHEME) if has_scheme else None,
    )
    record.finish()
    if source.url and read_web_address(source.url) is None:
        record.fault("is no web address", "url")
    return source


def is_reachable(source: BillSource, outbound_origins: tuple[str, ...]) -> bool:
    """Over https; a sandbox may name origins that are spared."""
    spared = any(source.url.startswith(f"{origin}/") for origin in outbound_origins)
    return spared or source.url.startswith("https://")
