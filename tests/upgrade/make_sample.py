"""Makes a release's sample: a small province's rows, journal and files, as that release wrote them.

    cd CHECKOUT-OF-THE-RELEASE && python PATH/TO/make_sample.py NAME

The release's own code runs: the folder that this is called in comes first on the path. Only what
stays from release to release is used of it: the tests' province, portal and notifications. What
later releases must be able to do with the sample is in `facts.json`, and in test_upgrade.py.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path.cwd()))

from tests.support.clients import client
from tests.support.local_province import LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_receiver import PortalReceiver
from tests.support.seeded import PORTAL_KEY, seed

SAMPLES = Path(__file__).parent / "samples"
DAY = "2026-03-02"
STATEMENT = (
    "TxnRef,TransactionNo,BankTranNo,BankCode,Amount,PayDate,Type,Status\r\n"
    "{},14000001,B1,NCB,80000,20260302090130,01,00\r\n"
    "{},14000009,B9,NCB,50000,20260302090500,01,00\r\n"
    "TOTAL,2,130000\r\n"
)
KEPT_SECRETS = ("vnpay/quangninh", "sandbox/quangninh")


class Portal:
    """Asks, and remembers what was answered."""

    def __init__(self, province: LocalProvince) -> None:
        self._province = province
        self.answers: list[dict[str, Any]] = []

    def post(self, target: str, key: str, body: dict[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {PORTAL_KEY}", "Idempotency-Key": key}
        answer = self._province.http("POST", target, body, headers)
        assert answer.status == 201, answer
        asked = {"target": target, "headers": headers, "body": body}
        self.answers.append({**asked, "status": answer.status, "text": answer.text})
        return answer.json

    def create(self, number: int, *fee_items: str) -> str:
        body = {
            "reference": f"HS-2026-{number:04d}",
            "payee_unit": "UNITA",
            "lines": [{"fee_item": each} for each in fee_items],
            "payer": {"kind": "individual", "name": "Nguyễn Văn An"},
        }
        code: str = self.post("/v1/orders", f"create-{number}", body)["payment_code"]
        return code

    def issue(self, number: int) -> str:
        """A bill that costs more with each day after its due date."""
        body = {
            "reference": f"TB-2026-{number:04d}",
            "payee_unit": "UNITA",
            "lines": [{"fee_item": "FEE-1"}],
            "payer": {"kind": "individual", "name": "Nguyễn Văn An"},
            "due_date": "2026-03-05",
            "valid_until": "2026-04-05",
            "surcharge": {"daily_rate": {"parts": 1, "per": 100}, "legal_basis": "sample"},
        }
        code: str = self.post("/v1/bills", f"issue-{number}", body)["payment_code"]
        return code

    def start(self, code: str) -> str:
        body = {"channel": "vnpay", "client": "web"}
        payment_no: str = self.post(f"/v1/orders/{code}/payments", f"start-{code}", body)[
            "payment_no"
        ]
        return payment_no


def live(province: LocalProvince) -> dict[str, Any]:
    """One order of each kind, a day with a statement, and what must be known of them later."""
    portal = Portal(province)
    paid, twice, waiting, untouched = (
        portal.create(1, "FEE-1", "CHARGE"),
        portal.create(2, "FEE-1"),
        portal.create(3, "FEE-1"),
        portal.create(4, "FEE-1"),
    )
    paid_no, twice_no, waiting_no = (portal.start(code) for code in (paid, twice, waiting))
    pay(province, paid_no, 80_000, "14000001")
    pay(province, twice_no, 50_000, "14000002")
    pay(province, twice_no, 50_000, "14000003")
    pay(province, "220000000000012314" + "01", 9_000, "14000004")
    province.pump()
    province.keep_journal(batch_size=7)
    province.clock.advance(hours=24)
    body = STATEMENT.format(paid_no, waiting_no).encode()
    province.put_statement("vnpay", "quangninh", DAY, "day.csv", body)
    last = portal.create(5, "FEE-1")
    bill = portal.issue(6)
    province.pump()
    province.keep_journal()
    return {
        "at": province.clock.at.isoformat(),
        "portal_key": PORTAL_KEY,
        "answers": portal.answers,
        "paid": paid,
        "waiting": waiting,
        "waiting_payment": waiting_no,
        "unpaid": [untouched, last],
        "bill": bill,
        "day": DAY,
    }


def pay(province: LocalProvince, payment_no: str, amount: int, transaction: str) -> None:
    answer = send_ipn(province, payment_no, amount, vnp_TransactionNo=transaction)
    assert answer.status == 200, answer


def keep(province: LocalProvince, facts: dict[str, Any], folder: Path) -> None:
    folder.mkdir(parents=True)
    settings = province.settings
    for name in ("ledger", "views", "setup"):
        rows = scan(getattr(settings, f"{name}_table"))
        write(folder / f"{name}.jsonl", "".join(text(row) + "\n" for row in rows).encode())
    for name in ("statements", "journal"):
        bucket = getattr(settings, f"{name}_bucket")
        for key in keys_of(bucket):
            body = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
            write(folder / "buckets" / name / key, body)
    facts["secrets"] = {
        name: client("secretsmanager").get_secret_value(SecretId=settings.secrets_prefix + name)[
            "SecretString"
        ]
        for name in KEPT_SECRETS
    }
    facts["data_keys"] = unwrapped(province)
    shown = json.dumps(facts, ensure_ascii=False, indent=1)
    write(folder / "facts.json", (shown + "\n").encode())


def scan(table: str) -> list[dict[str, Any]]:
    pages = client("dynamodb").get_paginator("scan").paginate(TableName=table)
    rows = [item for page in pages for item in page["Items"]]
    return sorted(rows, key=lambda row: (row["pk"]["S"], row["sk"]["S"]))


def unwrapped(province: LocalProvince) -> dict[str, str]:
    """The data keys in the clear, by their id: the KMS key that wrapped them dies with this."""
    settings = province.settings
    found = {}
    for row in scan(settings.setup_table):
        if row["pk"]["S"] == "DATAKEY" and "wrapped" in row:
            answer = client("kms").decrypt(
                KeyId=settings.data_key_id,
                CiphertextBlob=row["wrapped"]["B"],
                EncryptionContext={"province": settings.province},
            )
            found[row["data_key_id"]["B"].hex()] = base64.b64encode(answer["Plaintext"]).decode()
    return found


def keys_of(bucket: str) -> list[str]:
    pages = client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [each["Key"] for page in pages for each in page.get("Contents", [])]


def text(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True, default=as_text)


def as_text(content: Any) -> str:
    """Bytes, as Lambda's JSON has them."""
    return base64.b64encode(bytes(content)).decode()


def write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def main(name: str) -> None:
    with local_province(seed, PortalReceiver()) as province:
        keep(province, live(province), SAMPLES / name)


if __name__ == "__main__":
    main(sys.argv[1])
