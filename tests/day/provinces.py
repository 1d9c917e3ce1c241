"""Two provinces made for the day: two accounts per channel, one for each payee unit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from chalicelib.wiring import Platform, use_platform
from tests.day.facts import DAYS, Account, Country
from tests.day.providers import Outside, account_parts
from tests.day.statements import LAYOUTS
from tests.domain.province_documents import account, item, unit
from tests.support import seeded
from tests.support.clients import SharingPlatform
from tests.support.local_province import LocalProvince, local_cloud
from tests.support.stack_on_moto import create_stack

UNITS = ("UNITA", "UNITB")
# The first portal has an endpoint for notices.
PORTALS = (("portal-a", seeded.PORTAL_KEY), ("portal-b", seeded.OTHER_PORTAL_KEY))
MOST = {"VND": 50_000_000, "CNY": 5_000_000}


@contextmanager
def province_of(country: Country) -> Iterator[tuple[LocalProvince, Outside]]:
    """At the beginning of its first day."""
    with local_cloud(country.at(DAYS[0], "00:00:00")) as clock:
        outside = Outside(clock)
        settings = create_stack(country.code, f"https://pay.{country.code}.example")
        platform = SharingPlatform(settings, now=clock, http=outside)
        use_platform(platform)
        _seed(platform, country)
        yield LocalProvince(settings, clock, platform), outside


def _seed(platform: Platform, country: Country) -> None:
    seeded.seed(platform)
    platform.setup.write_province(_document(country))
    for of in country.accounts:
        platform.secrets.write_secret(f"{of.channel}/{of.name}", account_parts(of)[1])
    for portal_id, _ in PORTALS:
        portal = platform.setup.read_portal(portal_id)
        assert portal is not None
        platform.setup.write_portal(replace(portal, payee_units=frozenset(UNITS)))


def _document(country: Country) -> dict[str, Any]:
    document = seeded.province_document()
    document["profile"] |= {
        "code": country.code,
        "digits": country.digits,
        "currency": country.currency,
        "country": country.letters,
        "zone": country.zone,
    }
    document["profile"].pop("schemes", None)
    tariff = {"rule": "open", "max_minor": MOST[country.currency]}
    document["payee_units"] = [unit(code) for code in UNITS]
    document["fee_items"] = [
        item("FEE", *UNITS, tariff=tariff),
        item("CHARGE", *UNITS, tariff=tariff, receipt_kind="lephi"),
    ]
    document["channel_accounts"] = [_account(country, each) for each in country.accounts]
    return document


def _account(country: Country, of: Account) -> dict[str, Any]:
    return account(
        of.channel,
        account=of.name,
        payee_units=[of.unit],
        currency=country.currency,
        fields=account_parts(of)[0],
        secret_name=f"{of.channel}/{of.name}",
        statement_layout=LAYOUTS[of.channel],
        min_minor=1,
        max_minor=MOST[country.currency],
    )
