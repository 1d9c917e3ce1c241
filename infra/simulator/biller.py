"""A bank's counter at the biller interface: money that was taken is told, or taken back, and listed
the day after.

It looks nothing up and locks nothing: `infra/conformance/client.mjs` does all that a bank does.
"""

import csv
import hashlib
import hmac
import io
import json
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from infra.simulator.actions import read_amount
from infra.simulator.config import Account
from infra.simulator.core import FORGERS_KEY, Core, read_seconds
from infra.simulator.credit_notices import Credit
from infra.simulator.pages import form_page
from infra.simulator.sender import FIRST_CALL_SECONDS, Delivery
from infra.simulator.side import Published, Side
from infra.simulator.statements import FAULTS, spoil
from infra.simulator.wire import Call, Refused, Reply, Request, json_reply

PAYMENTS_PATH = "/biller/v1/payments"
STILL_COUNTED = "still_counted"
CHINA_OFFSET_HOURS = 8
HEADER = ["payment_no", "transaction_no", "amount", "paid_at"]
OK, TRY_AGAIN = 200, 500


def show_counter(_core: Core, _request: Request) -> Reply:
    content = (
        '<form method="post" action="/biller/counter">'
        f'<p><label>Bank <input name="partner_code" value="{PARTNER}"></label></p>'
        '<p><label>Payment number, or payment code <input name="payment_no"></label></p>'
        '<p><label>Amount <input name="other_amount_minor"></label></p>'
        "<p><button>Take the money</button></p></form>"
        '<form method="post" action="/biller/reversal">'
        f'<p><label>Bank <input name="partner_code" value="{PARTNER}"></label></p>'
        '<p><label>Transaction number <input name="transaction_no"></label></p>'
        "<p><button>Take the payment back</button></p></form>"
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


def take_back(core: Core, request: Request) -> Reply:
    """Asked of the platform each time; the money is gone once it says so."""
    options = request.options
    account = core.account("biller", options.get("partner_code", PARTNER))
    wanted = options.get("transaction_no", "")
    money = next((each for each in core.credits(account) if each.reference == wanted), None)
    if money is None:
        raise Refused(404, "this bank took no money under that number")
    body = {
        "amount_minor": read_amount(options, money.amount_minor),
        "currency": _currency(account),
        "reversal_no": options.get("reversal_no", f"RV-{money.reference}"),
        "reason": "taken back at the simulated counter",
    }
    path = f"{PAYMENTS_PATH}/{money.reference}/reversal"
    base_url = account.notification_url.partition("/channels/")[0]
    call = _sign(account, account.secret, (base_url, path), body, core.now())
    subject = {"channel": "biller", "payment": money.memo}
    delivery = Delivery(call, subject, lambda status, _: status < TRY_AGAIN)
    core.sender.deliver(delivery, 0.0)
    delivery.first_call.wait(FIRST_CALL_SECONDS)
    answered = delivery.first_answer
    if answered.startswith(str(OK)):
        core.take_back(money)
    return json_reply({"transaction_no": money.reference, "did": [f"answered: {answered}"]}, 201)


def _tell(account: Account, money: Credit, key: str) -> Call:
    body = {
        "payment_no": money.memo,
        "transaction_no": money.reference,
        "status": "paid",
        "amount_minor": money.amount_minor,
        "currency": _currency(account),
        "paid_at": f"{money.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "business_day": money.at.astimezone(_zone(account)).date().isoformat(),
    }
    return _sign(account, key, ("", PAYMENTS_PATH), body, money.at)


def _currency(account: Account) -> str:
    return "CNY" if account.utc_offset_hours == CHINA_OFFSET_HOURS else "VND"


def _zone(account: Account) -> timezone:
    return timezone(timedelta(hours=account.utc_offset_hours))


def _sign(
    account: Account, key: str, to: tuple[str, str], content: Mapping[str, Any], at: datetime
) -> Call:
    """`to`: what stands before the path, "" for the account's notification address; the path."""
    body, (base_url, path) = json.dumps(content).encode(), to
    timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(16)
    lines = ("ERRANDLESS-REQUEST-1", account.merchant, "POST", path, timestamp, nonce)
    text = "\n".join((*lines, hashlib.sha256(body).hexdigest())).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Biller-Partner": account.merchant,
        "X-Biller-Timestamp": timestamp,
        "X-Biller-Nonce": nonce,
        "X-Biller-Signature": hmac.new(key.encode(), text, hashlib.sha256).hexdigest(),
    }
    return Call("POST", base_url + path if base_url else account.notification_url, headers, body)


def write_file(core: Core, request: Request, partner: str, day: str) -> Reply:
    account = core.account("biller", partner)
    asked = [name for name in request.options.get("faults", "").split(",") if name]
    faults = [name for name in asked if name != STILL_COUNTED]
    if not set(faults) <= set(FAULTS):
        raise Refused(400, f"faults: {', '.join(FAULTS)}")
    try:
        business_day = date.fromisoformat(day)
    except ValueError as error:
        raise Refused(400, "not a date") from error
    rows = [
        (_row(money, account), money.amount_minor)
        for money in core.credits(account)
        if money.at.astimezone(_zone(account)).date() == business_day
        and (STILL_COUNTED in asked or not core.is_taken_back(money))
    ]
    spoiled = spoil(account, rows, faults)
    total = sum(amount for _, amount in spoiled)
    count = str(len(spoiled) + ("totals" in faults))
    totals = ["TOTAL", count, _decimal(total, account), ""]
    text = io.StringIO()
    writer = csv.writer(text, delimiter="|", lineterminator="\r\n", quoting=csv.QUOTE_NONE)
    writer.writerows([HEADER, *(row for row, _ in spoiled), totals])
    return Reply(200, text.getvalue().encode(), "text/plain; charset=utf-8")


def _row(money: Credit, account: Account) -> list[str]:
    when = f"{money.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return [money.memo, money.reference, _decimal(money.amount_minor, account), when]


def _decimal(amount_minor: int, account: Account) -> str:
    if _currency(account) == "VND":
        return str(amount_minor)
    yuan, fen = divmod(amount_minor, 100)
    return f"{yuan}.{fen:02d}"


# These credentials are published: they guard nothing.
PARTNER = "SIM-BANK-1"
IN_VIETNAM = (PARTNER, "SIM-BANK-2", "SIM-VNPT-MONEY", "SIM-MOBIFONE-MONEY")
IN_CHINA = ("SIM-ICBC", "SIM-ABC", "SIM-HZCB")
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
    offset = CHINA_OFFSET_HOURS if partner in IN_CHINA else 7
    account = Account("biller", partner, key, utc_offset_hours=offset)
    return Published(account, {"partner_code": partner}, {"signing_key": key})


SIDE = Side(
    channel="biller",
    published=tuple(map(_published, (*IN_VIETNAM, *IN_CHINA))),
    routes=(
        ("GET", "/biller/", show_counter),
        ("POST", "/biller/counter", take_money),
        ("POST", "/biller/reversal", take_back),
        ("GET", "/biller/([^/]+)/statements/([^/]+)\\.txt", write_file),
    ),
    has_files=False,
    statement_layout=STATEMENT_LAYOUT,
    file_faults=FAULTS,
    more_faults={
        "Money at the counter can be": "any amount, late, forged",
        "Money that was taken back can be": f"of any amount; in the file as {STILL_COUNTED}",
    },
)
