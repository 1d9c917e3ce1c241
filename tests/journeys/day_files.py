"""The files of a day from everybody who took money: the simulator's, the banks', the terminals'."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from tests.journeys.place import Object, Place, profile
from tests.stack.portal import ask

# By channel: the field that names the account with the simulator.
ACCOUNT_FIELD = {"sandbox": "merchant_id", "vnpay": "tmn_code", "vietqr": "account_number"}


def files_of(place: Place, day: date, slips: list[Object] | None = None) -> dict[str, bytes]:
    """By their keys; without those that are fetched. `slips`: what the terminals recorded."""
    found = {taken.key(day): taken.file(day) for taken in place.takings.values()}
    for account in place.description["accounts"]:
        channel, name = account["channel"], account["account"]
        if channel in ACCOUNT_FIELD:
            merchant = account[ACCOUNT_FIELD[channel]]
            url = f"{place.simulator_url}/{channel}/{merchant}/statements/{day}.csv"
            answer = ask("GET", url)
            assert answer.status == 200, answer.body
            found[f"statements/{channel}/{name}/{day}/day.csv"] = answer.body
    if slips:
        found[f"statements/pos/bai-chay/{day}/day.csv"] = acquirers_file(place, slips)
    return found


def acquirers_file(place: Place, slips: list[Object]) -> bytes:
    zone = ZoneInfo(profile(place.description["province"])["zone"])
    rows = ["TID,Batch,Trace,Invoice,Amount,Time,Type"]
    for slip in slips:
        at = datetime.fromisoformat(slip["taken_at"]).astimezone(zone)
        number = ",".join(slip["number"].split("|"))
        rows.append(
            f"{number},{slip['payment_no']},{slip['amount_minor']},{at:%d/%m/%Y %H:%M:%S},SALE"
        )
    total = sum(slip["amount_minor"] for slip in slips)
    return "\r\n".join((*rows, f"TOTAL,{len(slips)},{total},,,,", "")).encode()
