"""Real races between real processes, and functions killed in the middle of their work."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from infra.errandless.target import Target
from infra.local_cloud.server import REGION
from tests.stack.portal import PortalClient, ask, pay, wait_until
from tests.support.notifications import VNPAY_PATH, ipn_fields, sign_ipn

Province = dict[str, Any]

PROCESSES = 16
REPEATS = 50
BEHIND_THE_API = ("-ledger-stream", "-receipt-numberer", "-notice-sender")


def send(url: str) -> str:
    code: str = ask("GET", url).json["RspCode"]
    return code


def ipn_url(local_province: Province, payment_no: str, amount_minor: int, transaction: str) -> str:
    fields = ipn_fields(payment_no, amount_minor, vnp_TransactionNo=transaction)
    return f"{local_province['base_url']}{VNPAY_PATH}?{sign_ipn(fields)}"


def notices_by_type(local_province: Province, payment_code: str) -> dict[str, set[str]]:
    """The ids under which each type of notice came."""
    found: dict[str, set[str]] = {}
    for each in ask("GET", local_province["simulator_url"] + "/portal/notices").json["items"]:
        if payment_code in each["body"]:
            notice_type = each["body"].split('"type":"')[1].split('"')[0]
            found.setdefault(notice_type, set()).add(each["headers"]["webhook-id"])
    return found


def rows_of(local_province: Province, payment_code: str) -> Counter[str]:
    """How many rows of each kind the ledger holds about one order."""
    dynamo = Target(REGION, local_province["aws_endpoint_url"]).client("dynamodb")
    table = local_province["outputs"]["LedgerTable"]
    pages = dynamo.get_paginator("scan").paginate(TableName=table)
    return Counter(
        item["pk"]["S"].partition("#")[0]
        for page in pages
        for item in page["Items"]
        if payment_code in str(item)
    )


def test_one_notification_50_times_from_16_processes_is_one_payment(
    local_province: Province, portal: PortalClient
) -> None:
    order = portal.new_order().json
    code = order["payment_code"]
    payment_no = portal.start_payment(code, "vnpay")["payment_no"]
    url = ipn_url(local_province, payment_no, order["amount_minor"], "70000001")
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        codes = Counter(pool.map(send, [url] * REPEATS))
    assert codes == {"00": 1, "02": REPEATS - 1}

    paid = portal.wait_for_order(code, lambda each: bool(each["receipts"]))
    assert (paid["status"], len(paid["receipts"]), paid["cases"]) == ("paid", 1, [])
    told = wait_until(
        lambda: notices_by_type(local_province, code), lambda found: "receipt.issued" in found
    )
    assert {name: len(ids) for name, ids in told.items()} == {"order.paid": 1, "receipt.issued": 1}
    rows = rows_of(local_province, code)
    assert (rows["O"], rows["T"], rows["R"], rows["CASE"]) == (1, 1, 1, 0)


def test_two_payments_of_one_order_at_once_are_one_payment_and_one_refund_case(
    local_province: Province, portal: PortalClient
) -> None:
    order = portal.new_order().json
    code = order["payment_code"]
    urls = [
        ipn_url(local_province, started["payment_no"], order["amount_minor"], f"8000000{number}")
        for number, started in enumerate(portal.start_payment(code, "vnpay") for _ in range(2))
    ]
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        codes = Counter(pool.map(send, urls * 8))
    assert codes == {"00": 2, "02": 14}
    paid = portal.wait_for_order(code, lambda each: bool(each["receipts"]))
    assert [case["kind"] for case in paid["cases"]] == ["double_payment"]
    rows = rows_of(local_province, code)
    assert (rows["T"], rows["R"], rows["CASE"]) == (2, 1, 1)


def test_200_creates_with_one_key_at_once_are_one_order_and_one_answer(
    local_province: Province, portal: PortalClient
) -> None:
    body = portal.order_body("created-two-hundred-times")
    with ThreadPoolExecutor(PROCESSES) as pool:
        answers = list(
            pool.map(lambda _: portal.post("/v1/orders", body, key="two-hundred"), range(200))
        )
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert rows_of(local_province, answers[0].json["payment_code"])["O"] == 1


def test_killed_functions_lose_nothing(local_province: Province, portal: PortalClient) -> None:
    shorten_visibility(local_province)
    codes = []
    with functions_being_killed(local_province["stack_name"]) as kills:
        for _ in range(8):
            code = portal.new_order().json["payment_code"]
            assert pay(portal.start_payment(code, "vnpay")).status == 303
            codes.append(code)
        for code in codes:
            portal.wait_for_order(code, lambda each: each["status"] == "paid")
        wait_until(lambda: len(kills), lambda count: count > 0)
    sweep = Target(REGION, local_province["aws_endpoint_url"]).client("lambda").invoke
    sweep(FunctionName=f"{local_province['stack_name']}-effect-sweeper", Payload=b"{}")
    for code in codes:
        portal.wait_for_order(code, lambda each: bool(each["receipts"]), seconds=240)
        told = wait_until(
            lambda code=code: notices_by_type(local_province, code),  # type: ignore[misc]
            lambda found: set(found) == {"order.paid", "receipt.issued"},
            seconds=240,
        )
        assert all(len(ids) == 1 for ids in told.values())
    numbers = sorted(_receipt_numbers(portal, codes))
    assert len(set(numbers)) == len(codes)


def shorten_visibility(local_province: Province) -> None:
    """What a killed function held comes again after minutes: here after seconds."""
    sqs = Target(REGION, local_province["aws_endpoint_url"]).client("sqs")
    for output in ("ReceiptsQueueUrl", "NoticesQueueUrl"):
        url = local_province["outputs"][output]
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "5"})


def _receipt_numbers(portal: PortalClient, codes: list[str]) -> Iterator[tuple[str, str]]:
    for code in codes:
        (receipt,) = portal.get(f"/v1/orders/{code}").json["receipts"]
        yield receipt["series"], receipt["number"]


@contextmanager
def functions_being_killed(stack_name: str) -> Iterator[list[int]]:
    """Every process that serves a function behind the API is killed, again and again."""
    killed: list[int] = []
    stop = threading.Event()

    def kill() -> None:
        while not stop.wait(0.4):
            for process in serving_processes(stack_name):
                os.kill(process, signal.SIGKILL)
                killed.append(process)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    try:
        yield killed
    finally:
        stop.set()
        thread.join()


def serving_processes(stack_name: str) -> list[int]:
    names = tuple(f"{stack_name}{suffix}" for suffix in BEHIND_THE_API)
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and _function_of(folder) in names:
            found.append(int(folder.name))
    return found


def _function_of(process: Path) -> str:
    try:
        environment = (process / "environ").read_bytes().split(b"\0")
    except OSError:
        return ""
    for entry in environment:
        name, _, value = entry.partition(b"=")
        if name == b"AWS_LAMBDA_FUNCTION_NAME":
            return value.decode()
    return ""
