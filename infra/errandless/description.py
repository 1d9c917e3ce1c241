"""What `.local/<province>.json` tells a script about the province that runs here."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.errandless.deploy import Deployed
from infra.errandless.paths import PROVINCES
from infra.simulator import config_for


def describe(deployed: Deployed, endpoint_url: str, simulator_url: str) -> dict[str, Any]:
    outputs, seeded = deployed.outputs, deployed.seeded
    base_url = outputs["PublicBaseUrl"]
    accounts = [_reached_at(base_url, account) for account in seeded.accounts]
    channels = {
        account["channel"]: {name: told for name, told in account.items() if name != "channel"}
        for account in reversed(accounts)
    }
    return {
        "province": outputs["Province"],
        "base_url": base_url,
        "simulator_url": simulator_url,
        "aws_endpoint_url": endpoint_url,
        "stack_name": deployed.stack_name,
        "outputs": outputs,
        "portal": {
            "id": seeded.portal_id,
            "api_key": seeded.portal_key,
            "webhook_secret": seeded.webhook_secret,
        },
        "operator": {"api_key": seeded.operator_key},
        "clerk": {"api_key": seeded.clerk_key},
        "channels": channels,
        "accounts": accounts,
    }


def _reached_at(base_url: str, account: Mapping[str, str]) -> dict[str, str]:
    own = f"{base_url}/channels/{account['channel']}/{account['account']}"
    return {
        **account,
        "notification_url": f"{own}/notifications",
        "return_url": f"{own}/return",
    }


def simulator_config(description: dict[str, Any]) -> str:
    """The simulator's own configuration, for the accounts that were seeded."""

    config = config_for(description["base_url"], description["accounts"])
    hours = _utc_offset_hours(description["province"])
    accounts = tuple(
        replace(each, utc_offset_hours=hours) if each.channel == "sandbox" else each
        for each in config.accounts
    )
    return replace(config, accounts=accounts).to_json()


def _utc_offset_hours(province: str) -> int:
    """The sandbox's day is the province's; the others have their country's."""
    profile = json.loads((PROVINCES / province / "profile.json").read_text("utf-8"))
    offset = datetime.now(UTC).astimezone(ZoneInfo(profile["zone"])).utcoffset()
    return (offset or timedelta(0)) // timedelta(hours=1)
