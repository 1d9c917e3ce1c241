"""A bank's counter at the biller interface: money that was taken is told, and listed the day after.

It looks nothing up and locks nothing: `infra/conformance/client.mjs` does all that a bank does.
"""

import csv
import hashlib
import hmac
import io
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, date
from typing import Any

from infra.simulator.actions import read_amount
from infra.simulator.config import Account
from infra.simulator.core import FORGERS_KEY, Core, read_seconds
from infra.simulator.credit_notices import HANOI, Credit
from infra.simulator.pages import form_page
from infra.simulator.sender import FIRST_CALL_SECONDS, Delivery
from infra.simulator.side import Published, Side
from infra.simulator.statements import FAULTS, spoil
from infra.simulator.wire import Call, Refused, Reply, Request, json_reply

PAYMENTS_PATH = "/biller/v1/payments"
HEADER = ["payment_no", "transaction_no", "amount", "paid_at"]
OK = 200


def show_counter(_core: Core, _request: Request) -> Reply:
    content = (
        '<form method="post" action="/biller/counter">'
        f'<p><label>Bank <input name="partner_code" value="{PARTNER}"></label></p>'
        '<p><label>Payment number, or payment code <input name="payment_no"></label></p>'
        '<p><label>Amount <input name="other_amount_minor"></label></p>'
        "<p><button>Take the money</button></p></form>"
    )
    return Reply(200, form_page("A bank's counter", content).encode(), "text/html")


def take_money(core: Core, request: Request) -> Reply:
    """The money moves each time, and is told."""
    options = request.options
    account = core.account("biller", options.get("partner_code", PARTNER))
    amount, payment_no = read_amount(options, 0), options.get("payment_no", "")
    if amount < 1 or not payment_no:
        raise Refused(400, "give payment_no and other_amount_minor")
    is_forged = bool(options.get("forged"))
    money = core.credit(account, amount, payment_no, is_real=not is_forged)
    call = _tell(account, money, FORGERS_KEY if is_forged else account.secret)
    subject = {"channel": "biller", "payment": payment_no}
    delivery = Delivery(call, subject, lambda status, _: status == OK)
    seconds = read_seconds(options, 0.0)
    core.sender.deliver(delivery, seconds)
    if not seconds:
        delivery.first_call.wait(FIRST_CALL_SECONDS)
    did = [f"told, answered: {delivery.first_answer}"]
    return json_reply({"transaction_no": money.reference, "did": did}, 201)


def _tell(account: Account, money: Credit, key: str) -> Call:
    body = json.dumps(
        {
            "payment_no": money.memo,
            "transaction_no": money.reference,
            "status": "paid",
            "amount_minor": money.amount_minor,
            "currency": "VND",
            "paid_at": f"{money.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "business_day": money.at.astimezone(HANOI).date().isoformat(),
        }
    ).encode()
    timestamp, nonce = str(int(money.at.timestamp())), secrets.token_hex(16)
    lines = ("ERRANDLESS-REQUEST-1", account.merchant, "POST", PAYMENTS_PATH, timestamp, nonce)
    text = "\n".join((*lines, hashlib.sha256(body).hexdigest())).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Biller-Partner": account.merchant,
        "X-Biller-Timestamp": timestamp,
        "X-Biller-Nonce": nonce,
        "X-Biller-Signature": hmac.new(key.encode(), text, hashlib.sha256).hexdigest(),
    }
    return Call("POST", account.notification_url, headers, body)


def write_file(core: Core, request: Request, partner: str, day: str) -> Reply:
    account = core.account("biller", partner)
    faults = [name for name in request.options.get("faults", "").split(",") if name]
    if not set(faults) <= set(FAULTS):
        raise Refused(400, f"faults: {', '.join(FAULTS)}")
    try:
        business_day = date.fromisoformat(day)
    except ValueError as error:
        raise Refused(400, "not a date") from error
    rows = [
        (_row(money), money.amount_minor)
        for money in core.credits(account)
        if money.at.astimezone(HANOI).date() == business_day
    ]
    spoiled = spoil(account, rows, faults)
    total = sum(amount for _, amount in spoiled)
    totals = ["TOTAL", str(len(spoiled) + ("totals" in faults)), str(total), ""]
    text = io.StringIO()
    writer = csv.writer(text, delimiter="|", lineterminator="\r\n", quoting=csv.QUOTE_NONE)
    writer.writerows([HEADER, *(row for row, _ in spoiled), totals])
    return Reply(200, text.getvalue().encode(), "text/plain; charset=utf-8")


def _row(money: Credit) -> list[str]:
    when = f"{money.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return [money.memo, money.reference, str(money.amount_minor), when]


# These credentials are published: they guard nothing.
PARTNER, OTHER_PARTNER = "SIM-BANK-1", "SIM-BANK-2"
STATEMENT_LAYOUT: Mapping[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "pipe",
    "quoted": False,
    "columns": {
        "payment_no": "payment_no",
        "provider_transaction": "transaction_no",
        "amount": "amount",
        "paid_at": "paid_at",
    },
    "amount": {"scale": "decimal"},
    "paid_at": {"format": "%Y-%m-%dT%H:%M:%SZ", "zone": "UTC"},
    "trailer": {"marker": "TOTAL", "payment_count": 2, "payment_amount": 3},
}


def _published(partner: str) -> Published:
    key = f"simulator-only-published-key-of-{partner.lower()}"
    return Published(
        Account("biller", partner, key), {"partner_code": partner}, {"signing_key": key}
    )


SIDE = Side(
    channel="biller",
    published=(_published(PARTNER), _published(OTHER_PARTNER)),
    routes=(
        ("GET", "/biller/", show_counter),
        ("POST", "/biller/counter", take_money),
        ("GET", "/biller/([^/]+)/statements/([^/]+)\\.txt", write_file),
    ),
    has_files=False,
    statement_layout=STATEMENT_LAYOUT,
    file_faults=FAULTS,
    more_faults={"Money at the counter can be": "any amount, late, forged"},
)
