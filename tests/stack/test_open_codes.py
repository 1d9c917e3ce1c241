"""A unit's open codes from the packaged template: issued, printed, checked, bound, paid, listed."""

import json
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

from infra.errandless.paths import ROOT
from tests.journeys.bills import bill_body
from tests.journeys.place import Place
from tests.stack.portal import pay

PATH = "/v1/open-code-batches"
PAYER = {"kind": "individual", "name": "Trần Thị Bình"}


def test_a_batch_is_printed_checked_bound_paid_and_listed(place: Place, tmp_path: Path) -> None:
    portal, body = place.portal, bill_body(place, "-")
    unit = body["payee_unit"]
    made = portal.post(
        PATH,
        {
            "payee_unit": unit,
            "lines": body["lines"],
            "count": 3,
            "days": 30,
            "purpose": "Quầy số 1",
        },
    )
    assert made.status == 201, made.body
    batch = f"{PATH}/{made.json['batch']}"
    codes = portal.get(f"{batch}/codes").json["items"]
    first, second, third = (each["payment_code"] for each in codes)

    sheet = portal.get(f"{batch}/sheet?lang=vi")
    assert (sheet.status, sheet.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert sheet.body.count(b"<svg") >= 6
    file = portal.get(f"{batch}/codes.csv")
    assert file.headers["content-type"].startswith("text/csv")
    assert len(file.body.decode("utf-8-sig").splitlines()) == 4
    (tmp_path / "keys.json").write_bytes(portal.get("/v1/open-code-keys").body)
    (tmp_path / "codes.csv").write_bytes(file.body)
    program = [sys.executable, "-I", str(ROOT / "infra/open_codes/check.py")]
    files = ["--keys", str(tmp_path / "keys.json"), "--csv", str(tmp_path / "codes.csv")]
    told = subprocess.run([*program, *files], capture_output=True, check=False)
    assert told.returncode == 0, (told.stdout, told.stderr)

    reference = str(uuid4())
    bound = portal.post(
        f"/v1/open-codes/{first}/bind", {"reference": reference, "payer": PAYER}, key=f"b-{first}"
    )
    assert bound.status == 200, bound.body
    assert bound.json["open_code"]["binding"]["reference"] == reference
    for code in (first, second):
        assert pay(portal.start_payment(code, "vnpay")).status == 303
        assert len(place.receipted(code)["receipts"]) == 1

    def listed(state: str) -> list[str]:
        found = portal.get(f"/v1/open-codes?payee_unit={unit}&state={state}&limit=100")
        return [each["payment_code"] for each in found.json["items"]]

    place.until(lambda: listed("unbound"), lambda seen: second in seen)
    place.until(lambda: listed("bound"), lambda seen: first in seen)
    day_end = portal.get(f"/v1/open-codes.csv?payee_unit={unit}").body.decode("utf-8-sig")
    assert "".join(second.split()) in day_end.replace(" ", "").replace("-", "")

    reason = {"reason": "tờ phiếu bị ướt"}
    gone = portal.post(f"/v1/open-codes/{third}/void", reason)
    assert (gone.status, gone.json["status"]) == (200, "cancelled"), gone.body
    rest = portal.post(f"{batch}/void", reason)
    assert (rest.status, rest.json["state"]) == (200, "void"), rest.body
    place.until(
        lambda: portal.get(PATH).json["items"],
        lambda seen: made.json["batch"] in json.dumps(seen),
    )
    assert portal.get(batch).json["state"] == "void"
