"""Quảng Ninh in one process on moto, seeded from its own files as a sandbox is, with what a portal,
a payer and VNPAY do there."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import boto3

from chalicelib.domain.breaks import AccountDay
from chalicelib.wiring import Platform
from infra.bench.recorder import Recorder, recording
from infra.errandless.seed import SeedResult, seed_province
from tests.support.clients import MOTO_CONFIG, REGION, client
from tests.support.local_province import HttpAnswer, LocalProvince, local_province
from tests.support.notifications import send_ipn
from tests.support.portal_receiver import PortalReceiver

SERVICES = ("dynamodb", "sqs", "s3", "kms", "secretsmanager")
SIMULATOR = "http://127.0.0.1:9"
UNIT = "QNPHG"
ONE_LINE = ({"fee_item": "LP-DK-HOKINHDOANH"},)
TWO_LINES = (
    {"fee_item": "PHI-CHUNGTHUC-CHUKY", "quantity": 2},
    {"fee_item": "LP-GPXD-NHAO"},
)
# Any file number of the national dossier format.
DOSSIER = "000.22.35.H49-260302"
TRANSACTION = 14_000_000
DAY = date(2026, 3, 2)
STATEMENT_HEADER = "TxnRef,TransactionNo,BankTranNo,BankCode,Amount,PayDate,Type,Status"

Lines = Sequence[dict[str, Any]]


@dataclass
class BenchProvince:
    """`paid`: number, payment number and amount of each payment."""

    province: LocalProvince
    recorder: Recorder
    seeded: SeedResult
    paid: list[tuple[int, str, int]] = field(default_factory=list)

    def call(self, method: str, path: str, body: dict[str, Any] | None, key: str) -> HttpAnswer:
        headers = {"Authorization": f"Bearer {self.seeded.portal_key}", "Idempotency-Key": key}
        answer = self.province.http(method, path, body, headers)
        assert answer.status in (200, 201), answer
        return answer

    def create(self, number: int, lines: Lines = ONE_LINE, unit: str = UNIT) -> dict[str, Any]:
        """The portal's order: a citizen's dossier, with what portals send along."""
        dossier = f"{DOSSIER}-{number:04d}"
        body = {
            "reference": dossier,
            "payee_unit": unit,
            "lines": list(lines),
            "payer": {
                "kind": "individual",
                "name": "Nguyễn Thị Thanh Huyền",
                "identity": {"kind": "citizen_id", "number": f"0221850{number:05d}"},
                "phone": f"09123{number:05d}",
            },
            "return_url": f"https://portal.example/ho-so/{dossier}/ket-qua",
        }
        made: dict[str, Any] = self.call("POST", "/v1/orders", body, f"order-{number}").json
        return made

    def start(self, order: dict[str, Any], number: int) -> str:
        """The payment number."""
        path = f"/v1/orders/{order['payment_code']}/payments"
        body = {"channel": "vnpay", "client": "web"}
        payment_no: str = self.call("POST", path, body, f"payment-{number}").json["payment_no"]
        return payment_no

    def confirm(self, order: dict[str, Any], payment_no: str, number: int) -> None:
        """VNPAY's notification."""
        answer = send_ipn(
            self.province,
            payment_no,
            order["amount_minor"],
            vnp_TransactionNo=f"{TRANSACTION + number}",
            vnp_BankTranNo=f"VNP{TRANSACTION + number}",
        )
        assert answer.json["RspCode"] == "00", answer
        self.paid.append((number, payment_no, order["amount_minor"]))

    def look(self, order: dict[str, Any]) -> dict[str, Any]:
        seen: dict[str, Any] = self.call(
            "GET", f"/v1/orders/{order['payment_code']}", None, "unused"
        ).json
        return seen

    def pay(self, number: int, lines: Lines = ONE_LINE) -> None:
        """An order that is created and paid; what follows from it is not carried yet."""
        order = self.create(number, lines)
        self.confirm(order, self.start(order, number), number)

    def settle(self) -> None:
        """VNPAY's statement of the day arrives, and every payment is found in it."""
        rows = [STATEMENT_HEADER]
        for number, payment_no, amount_minor in self.paid:
            transaction = TRANSACTION + number
            rows.append(
                f"{payment_no},{transaction},VNP{transaction},NCB,"
                f"{amount_minor},20260302090130,01,00"
            )
        rows.append(f"TOTAL,{len(self.paid)},{sum(amount for _, _, amount in self.paid)}")
        self.province.clock.at += timedelta(days=1)
        body = "\r\n".join([*rows, ""]).encode()
        self.province.put_statement("vnpay", "quangninh", DAY.isoformat(), "day.csv", body)

    def matched(self) -> int:
        """How many payments the day's reconciliation matched; it must have found nothing else."""
        of = AccountDay("vnpay", "quangninh", DAY)
        summary = self.province.platform.reconciliations.read_summary(of)
        assert summary is not None
        assert not summary.break_counts, summary
        return summary.matched.count


@contextmanager
def bench_province() -> Iterator[BenchProvince]:
    """On a warm process: an order went all the way through it before."""
    seeded: list[SeedResult] = []

    def seed(platform: Platform) -> None:
        seeded.append(_seed(platform))

    with local_province(seed, http=PortalReceiver()) as province:
        observer = boto3.client(
            "dynamodb",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106 - moto's
            region_name=REGION,
            config=MOTO_CONFIG,
        )
        with recording([client(service) for service in SERVICES], observer) as recorder:
            bench = BenchProvince(province, recorder, seeded[0])
            with redirect_stdout(io.StringIO()):
                bench.pay(0)
                province.pump()
            recorder.take()
            yield bench


def _seed(platform: Platform) -> SeedResult:
    settings = platform.settings
    outputs = {
        "Province": settings.province,
        "SetupTable": settings.setup_table,
        "DataKeyId": settings.data_key_id,
        "SecretsPrefix": settings.secrets_prefix,
    }
    return seed_province(
        client,
        outputs,
        settings.province,
        substitutions={"SIMULATOR_URL": SIMULATOR},
        local=True,
        now=platform.now,
    )
