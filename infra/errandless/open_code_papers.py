"""`errandless open-codes keys`, `emergency-plan` and `drill`."""

import base64
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from chalicelib.domain.business_day import to_rfc3339
from chalicelib.domain.province import Mode
from chalicelib.storage.signing_keys import SigningKey
from infra.errandless.answers import answer, confirm, local_time, table
from infra.errandless.arguments import AsJson, Language, Local, Province, Yes
from infra.errandless.console import console
from infra.errandless.deployment import read_deployment
from infra.errandless.failures import OperatorError
from infra.errandless.open_code_commands import BATCHES, Out, Unit, open_codes_cli
from infra.errandless.portal_api import KEY_VARIABLE, PortalApi, http_ask, open_api
from infra.errandless.province_rows import open_province
from infra.errandless.run import read_description
from infra.open_codes.drill import Drill, SimulatedWorld, run_drill
from infra.open_codes.emergency_plan import write_plan

# Whoever imports them from here has all commands.
__all__ = ["open_codes_cli"]


@open_codes_cli.command("keys")
def keys_command(
    province: Province,
    *,
    mode: Annotated[Mode, typer.Option(help="Of test codes or of live ones.")] = Mode.LIVE,
    add: Annotated[bool, typer.Option("--add", help="A new key signs from now on.")] = False,
    retire: Annotated[str, typer.Option(help="This key's paper is not believed any more.")] = "",
    yes: Yes = False,
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Shows the keys that sign open codes; adds one, or retires one."""
    opened = open_province(province, local=local)
    store, now = opened.platform.signing_keys, opened.platform.now()
    if add:
        store.add(mode, now)
    if retire:
        confirm(f"Retire {retire}? What it signed will be called not ours.", yes=yes)
        store.retire(mode, retire, now)
    live = store.list_live(mode)
    headings = ("Key", "Public key (base64)", "Since", "")
    rows = [
        (
            *(key.key_id, _public(key), local_time(key.created_at, opened.zone)),
            "signs" if key is live[0] else "published",
        )
        for key in live
    ]
    shown = table(headings, rows) if rows else "The first key is made with the first batch."
    told = [
        {
            "key_id": key.key_id,
            "mode": mode.value,
            "public_key": _public(key),
            "created_at": to_rfc3339(key.created_at),
        }
        for key in live
    ]
    answer({"items": told}, lambda: [shown], as_json=as_json)


@open_codes_cli.command("emergency-plan")
def emergency_plan_command(
    province: Province,
    *,
    unit: Unit,
    language: Language = "",
    out: Out = Path(),
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Writes a unit's plan for the day on which it cannot reach the platform, to print.

    With --local, or with a portal's key in ERRANDLESS_PORTAL_KEY, it names the unit's batches."""
    read_deployment(province)
    name = f"emergency-plan-{unit}-{language}" if language else f"emergency-plan-{unit}"
    file = out / f"{name}.html"
    is_asked = local or KEY_VARIABLE in os.environ
    api = open_api(province, local=local, scope="orders:read") if is_asked else None
    batches = [_counted(api, each, unit) for each in api.items(BATCHES)] if api else None
    today = datetime.now().astimezone().date()
    text = write_plan(province, unit, language, batches, today=today)
    out.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    answer({"file": str(file)}, lambda: [str(file)], as_json=as_json)


@open_codes_cli.command("drill")
def drill_command(
    province: Province,
    *,
    unit: Annotated[str, typer.Option(help="The payee unit; else the first.")] = "",
    out: Annotated[str, typer.Option(help="A file for the report, as JSON.")] = "",
    local: Local = False,
    as_json: AsJson = False,
) -> None:
    """Plays an offline day of a unit with test codes and the simulator, with times."""
    read_deployment(province)
    if not local:
        raise OperatorError("A drill needs the channel simulator: `make run`, then --local.")
    running = read_description(province)
    api = PortalApi(http_ask(running["base_url"], running["portal"]["api_key"]))
    world = SimulatedWorld(api, running["simulator_url"])
    drill = run_drill(Drill(api, world, unit, lambda step: console.print(f"  {step}")))
    told = drill.as_json()
    if out:
        Path(out).write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", "utf-8")
    rows = [(each.name, each.said, f"{each.seconds:.1f} s") for each in drill.steps]
    shown = table(("Step", "Result", "Time"), rows, title=f"Drill of {drill.unit}")
    answer(told, lambda: [shown], as_json=as_json)
    if not drill.is_passed:
        raise typer.Exit(1)


def _counted(api: PortalApi, batch: dict[str, Any], unit: str) -> dict[str, Any]:
    """With how many of its codes are unused, where the key may see its codes."""
    if batch["payee_unit"] != unit or batch["state"] != "issued":
        return batch
    try:
        codes = api.items(f"{BATCHES}/{batch['batch']}/codes")
    except OperatorError:
        return batch
    return {**batch, "unused": sum(each["status"] == "created" for each in codes)}


def _public(key: SigningKey) -> str:
    return base64.b64encode(key.public).decode()
