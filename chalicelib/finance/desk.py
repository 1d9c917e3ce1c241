"""What the exchange with one finance system works with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib.domain.business_day import business_day_of
from chalicelib.domain.finance_systems import FinanceSystem
from chalicelib.domain.portals import Portal
from chalicelib.domain.province import Province
from chalicelib.errors import DataFault
from chalicelib.finance.messages import MIN_KEY_LENGTH
from chalicelib.finance.read_bill import Reading
from chalicelib.storage.finance_inbox import FinanceInbox
from chalicelib.storage.finance_results import FinanceResults
from chalicelib.wiring import Platform


@dataclass(frozen=True, slots=True)
class FinanceDesk:
    parts: Platform
    province: Province
    system: FinanceSystem
    portal: Portal
    inbox: FinanceInbox
    results: FinanceResults

    def now(self) -> datetime:
        return self.parts.now()

    def today(self) -> date:
        return business_day_of(self.parts.now(), self.province.zone)

    def reading(self) -> Reading:
        return Reading(self.province, self.system, self.today())

    def keys(self) -> tuple[str, ...]:
        """Which sign its messages: the current one, and during a change the one before it.

        Raises: DataFault, TryLater."""
        secret = self.parts.secrets.read_secret(self.system.secret_name)
        found = (secret.current, secret.previous or {})
        keys = tuple(_signing_key(each) for each in found if each.get("signing_key"))
        if not keys:
            raise DataFault("secret_unreadable", f"{self.system.secret_name} has no signing_key")
        return keys


def _signing_key(secret: Mapping[str, Any]) -> str:
    key = str(secret["signing_key"])
    if len(key) < MIN_KEY_LENGTH:
        raise DataFault("secret_too_short", f"a signing_key has {MIN_KEY_LENGTH} characters")
    return key


def find_system(province: Province, sender: str) -> FinanceSystem | None:
    return next((each for each in province.finance_systems if each.sender == sender), None)


def system_of_portal(province: Province, portal: str) -> FinanceSystem | None:
    return next((each for each in province.finance_systems if each.portal == portal), None)


def open_desk(parts: Platform, system: FinanceSystem) -> FinanceDesk:
    """Raises: DataFault when its portal is not there."""
    portal = parts.setup.read_portal(system.portal)
    if portal is None:
        raise DataFault("portal_missing", f"the finance system {system.sender} has no portal")
    return FinanceDesk(
        parts=parts,
        province=parts.setup.read_province(),
        system=system,
        portal=portal,
        inbox=FinanceInbox(
            parts.dynamo, parts.settings.ledger_table, parts.envelope.seal, parts.envelope.open
        ),
        results=results_of(parts),
    )


def results_of(parts: Platform) -> FinanceResults:
    return FinanceResults(parts.dynamo, parts.settings.ledger_table)
