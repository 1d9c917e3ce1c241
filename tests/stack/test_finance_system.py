"""A finance department's system at the packaged province: messages by API and file, what it is
told, and what differs, all within the rights of the functions that do it."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from infra.simulator.finance import VIETNAM, FinanceSystem, as_file, notice
from tests.journeys.place import Object, Place
from tests.stack.portal import pay
from tests.stack.test_policies import Attempt, attempt  # noqa: F401 - a fixture

SENDER, UNIT, ITEM = "qn-finance", "1.22.002", "2852"


def a_bill(number: str) -> Object:
    days = {"MAKEDATE": "02/03/2026", "EXPIREDPAYDATE": "29/03/2030"}
    read: Object = notice(number, UNIT, "50000", ITEM, **days)
    return read


def test_messages_in_and_results_out(place: Place, invoke: Callable[[str], None]) -> None:
    system = FinanceSystem(SENDER, words=VIETNAM)

    def call(path: str, body: Object | None) -> tuple[int, Any]:
        asked = place.portal.get(path) if body is None else place.portal.post(path, body)
        return asked.status, asked.json

    following = call("/v1/finance/messages", {"messages": [{}]})[1]["next_sequence_no"]
    first, second, third = (
        system.message("bill", a_bill(f"TB-{uuid4()}"), sequence_no=following + n) for n in range(3)
    )
    status, told = call("/v1/finance/messages", {"messages": [first]})
    assert (status, [each["state"] for each in told["answers"]]) == (200, ["accepted"]), told
    place.drop(f"finance/{SENDER}/in/rest.jsonl", as_file([second, third]))
    answered = f"finance/{SENDER}/answers/rest.jsonl/"
    files = place.until(lambda: place.reports(answered), bool)
    lines = [json.loads(line) for line in b"".join(files.values()).splitlines()]
    assert [each["state"] for each in lines] == ["accepted", "accepted"], lines
    assert call(f"/v1/finance/messages/{third['message_id']}", None)[1]["state"] == "accepted"

    code = told["answers"][0]["result"]["payment_code"]
    assert pay(place.portal.start_payment(code, "vnpay")).status == 303
    place.receipted(code)

    def facts() -> list[str]:
        system.read_results(call)
        return [
            each["kind"]
            for _, each in sorted(system.results.items())
            if each["body"].get("MaThanhToan") == code
        ]

    assert place.until(facts, lambda seen: "receipt" in seen) == ["paid", "receipt"]
    status, totals = call(f"/v1/finance/totals?business_day={place.today}", None)
    assert (status, '"50000"' in json.dumps(totals)) == (200, True), totals
    invoke("finance-exchange")


def test_what_it_holds_is_compared(place: Place) -> None:
    held = {"SoThongBao": "TB-9", "MaDonVi": UNIT, "TongTien": "70000", "TrangThai": "DA_NOP"}
    folder = f"finance/{SENDER}/held/{place.today}"
    place.drop(f"{folder}/all.jsonl", json.dumps(held).encode() + b"\n")
    wanted = f"finance/{SENDER}/discrepancies/{place.today}/"
    files = place.until(
        lambda: place.reports(wanted),
        lambda seen: any(key.endswith("latest.json") for key in seen),
    )
    assert any(b"TB-9" in content for content in files.values()), list(files)


@pytest.mark.parametrize("role_of", ["finance-arrival", "finance-exchange"])
@pytest.mark.parametrize(
    ("bucket", "key", "code"),
    [
        ("ReportsBucket", "finance/probe", "done"),
        ("ReportsBucket", "reconciliations/probe", "AccessDenied"),
        ("StatementsBucket", "statements/probe", "AccessDenied"),
    ],
)
def test_its_functions_write_their_own_files_only(
    attempt: Attempt,  # noqa: F811
    local_province: dict[str, Any],
    role_of: str,
    bucket: str,
    key: str,
    code: str,
) -> None:
    arguments = {"Bucket": local_province["outputs"][bucket], "Key": key, "Body": "x"}
    assert attempt(role_of, "s3", "put_object", arguments) == code
