"""J10: a school issues its tuition bills by a file, parents pay. Its failures: bad rows; a pupil
whose bill is amended, and one who is exempt."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.journeys.place import Object, Place

UNIT, ITEM = "HZJY", "XUEFEI-PUTONG-GAOZHONG"
PUPILS = 120
BAD = {7: "amount_minor", 40: "reference", 99: "fee_item"}
HEADING = "reference,payee_unit,fee_item,amount_minor,payer_kind,payer_name,due_date"


def tuition_file(place: Place) -> bytes:
    due = (place.today + timedelta(days=30)).isoformat()
    rows = []
    for line in range(2, PUPILS + 2):
        cells = [f"XF-{line:05d}", UNIT, ITEM, "120000", "individual", f"学生{line}", due]
        if BAD.get(line) == "amount_minor":
            cells[3] = "1200.00"
        if BAD.get(line) == "reference":
            cells[0] = "1.2E+17"
        if BAD.get(line) == "fee_item":
            cells[2] = "NONE"
        rows.append(",".join(cells))
    return "\n".join([HEADING, *rows, ""]).encode()


def results(place: Place, name: str) -> Object:
    """Of the file, once it was worked off: the tally, the bills by reference, the bad rows."""

    def read() -> dict[str, bytes]:
        found = place.reports("bill-files/")
        return {key.rpartition("/")[2]: body for key, body in found.items() if name in key}

    found = place.until(read, lambda seen: "result.json" in seen)
    bills = {row["reference"]: row for row in rows_of(found["bills.csv"])}
    tally = json.loads(found["result.json"])
    return {"tally": tally, "bills": bills, "errors": list(rows_of(found["errors.csv"]))}


def rows_of(body: bytes) -> csv.DictReader[str]:
    return csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""))


def tallied(found: Object) -> tuple[int, ...]:
    names = ("rows", "issued", "already_issued", "refused")
    return tuple(found["tally"][name] for name in names)


def walk(place: Place) -> None:
    portal, good = place.description["portal"]["id"], PUPILS - len(BAD)
    place.drop(f"bills/{portal}/tuition-a.csv", tuition_file(place))
    found = results(place, "tuition-a")
    assert tallied(found) == (PUPILS, good, 0, len(BAD))
    assert {int(row["line"]): row["column"] for row in found["errors"]} == BAD
    place.drop(f"bills/{portal}/tuition-b.csv", tuition_file(place))
    assert tallied(results(place, "tuition-b")) == (PUPILS, 0, good, len(BAD))

    paid, amended, exempt = (code_of(found, line) for line in (2, 3, 4))
    bank = place.bank("bank-of-hangzhou")
    assert bank.collect(paid, "XF-2").json["result"] == "paid"
    line = [{"fee_item": ITEM, "amount_minor": 90_000}]
    act(place, amended, "amend", lines=line, reason="a scholarship")
    act(place, exempt, "cancel", reason="exempt by law")
    assert bank.look_up(amended).json["amount_minor"] == 90_000
    assert bank.collect(amended, "XF-3").json["result"] == "paid"
    refused = bank.lock(
        {"payment_code": exempt, "amount_minor": 120_000, "currency": "CNY"}, "L-exempt"
    )
    assert refused.status == 409, refused.body

    for code, amount in ((paid, 120_000), (amended, 90_000)):
        order = place.receipted(code)
        assert (order["amount_minor"], len(order["receipts"])) == (amount, 1)
    place.settle()
    assert place.order(exempt)["status"] == "cancelled"


def code_of(found: Object, line: int) -> str:
    return str(found["bills"][f"XF-{line:05d}"]["payment_code"]).replace(" ", "")


def act(place: Place, code: str, verb: str, **body: Any) -> None:
    answer = place.portal.post(f"/v1/bills/{code}/{verb}", body)
    assert answer.status == 200, answer.body


def test_a_file_of_tuition_bills_is_issued_and_paid(walk_in: Callable[[str], Place]) -> None:
    place = walk_in("zhejiang")
    walk(place)
    assert place.replay() == []
