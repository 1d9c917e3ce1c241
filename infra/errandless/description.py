"""What `.local/<province>.json` tells a script about the province that runs here."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.errandless.deploy import Deployed
from infra.errandless.paths import PROVINCES
from infra.simulator import default_config

_DEFAULT_ACCOUNT = "test"


def describe(deployed: Deployed, endpoint_url: str, simulator_url: str) -> dict[str, Any]:
    outputs, seeded = deployed.outputs, deployed.seeded
    base_url = outputs["PublicBaseUrl"]
    channels: dict[str, dict[str, Any]] = {
        code: dict(fields) for code, fields in seeded.channels.items()
    }
    for code, fields in channels.items():
        path = f"/channels/{code}/{fields['account']}"
        fields["notification_url"] = f"{base_url}{path}/notifications"
        fields["return_url"] = f"{base_url}{path}/return"
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
        "channels": channels,
    }


def simulator_config(description: dict[str, Any]) -> str:
    """The simulator's own configuration, for the accounts that were seeded."""

    def account(code: str) -> str:
        return str(description["channels"].get(code, {}).get("account", _DEFAULT_ACCOUNT))

    config = default_config(
        description["base_url"], account("vnpay"), account("sandbox"), account("vietqr")
    )
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
