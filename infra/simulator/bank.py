"""The bank where VietQR transfers arrive: a payer's app, credit notices, the account's listing."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from html import escape
from typing import Any

from infra.simulator.actions import read_amount
from infra.simulator.config import Account
from infra.simulator.core import FORGERS_KEY, Core, read_seconds
from infra.simulator.credit_notices import HANOI, NOTICES, Credit, is_acknowledged
from infra.simulator.pages import form_page
from infra.simulator.sender import FIRST_CALL_SECONDS, Delivery
from infra.simulator.side import Published, Side
from infra.simulator.statements import FAULTS, spoil
from infra.simulator.vietqr import MEMO_FORMS, scan
from infra.simulator.wire import Refused, Reply, Request, json_reply

LONG_AGO = datetime.min.replace(tzinfo=UTC)
# Casso and SePay number their test 0; payOS sends the sample of its documents.
TESTS = (
    Credit(0, "MA_GIAO_DICH_THU_NGHIEM", 599_000, "giao dich thu nghiem", LONG_AGO, "88888888"),
    Credit(123, "TF230204212323", 3_000, "VQRIO123", LONG_AGO, "12345678"),
)
HEADER = ["Date", "Reference", "Debit", "Credit", "Content"]


def show_app(_core: Core, _request: Request) -> Reply:
    forms = "".join(f"<option>{escape(name)}</option>" for name in MEMO_FORMS)
    content = (
        '<form method="post" action="/vietqr/transfers">'
        '<p><label>The code\'s text<br><textarea name="payload" rows="5" cols="60"></textarea>'
        "</label></p>"
        f'<p><label>Memo <select name="memo_form">{forms}</select></label></p>'
        '<p><label>Another amount <input name="other_amount_minor"></label></p>'
        f'<p><label>Told by <input name="notices" value="casso"></label> '
        f"(of {escape(', '.join(NOTICES))}; none: nobody tells)</p>"
        "<p><button>Transfer</button></p></form>"
    )
    return Reply(200, form_page("A payer's banking app", content).encode(), "text/html")


def transfer(core: Core, request: Request) -> Reply:
    """The money moves each time; the same credit is told by every aggregator that is named."""
    options = request.options
    scanned = scan(options.get("payload", ""))
    account = core.account("vietqr", scanned.account)
    form = options.get("memo_form") or "as_scanned"
    if form not in MEMO_FORMS:
        raise Refused(400, f"memo_form: {', '.join(MEMO_FORMS)}")
    amount = read_amount(options, scanned.amount_minor)
    if amount < 1:
        raise Refused(400, "the code names no amount: give other_amount_minor")
    credit = core.credit(
        account,
        amount,
        options.get("memo") or MEMO_FORMS[form](scanned.memo),
        is_real=not options.get("forged"),
    )
    return json_reply(_described(credit) | {"did": _tell(core, account, credit, options)}, 201)


def send_test(core: Core, request: Request, number: str) -> Reply:
    """As an aggregator does when its webhook is set up."""
    account = core.account("vietqr", number)
    test = TESTS[request.options.get("notices") == "payos"]
    test = replace(test, at=core.now())
    return json_reply({"did": _tell(core, account, test, request.options)})


def write_listing(core: Core, request: Request, number: str, day: str) -> Reply:
    account = core.account("vietqr", number)
    faults = [name for name in request.options.get("faults", "").split(",") if name]
    if not set(faults) <= set(FAULTS) - {"totals"}:
        raise Refused(400, f"faults: {', '.join(FAULTS)}, without totals")
    try:
        business_day = date.fromisoformat(day)
    except ValueError as error:
        raise Refused(400, "not a date") from error
    rows = [
        (_row(credit), credit.amount_minor)
        for credit in core.credits(account)
        if credit.at.astimezone(HANOI).date() == business_day
    ]
    spoiled = [row for row, _ in spoil(account, rows, [each for each in faults if each != "extra"])]
    if "extra" in faults and rows:
        spoiled.append([rows[0][0][0], "FT99999999", "", "99999", "tien dien"])
    fee = [f"{business_day:%d/%m/%Y} 23:00:00", "FEE", "1100", "", "phi dich vu"]
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([HEADER, *spoiled, fee])
    return Reply(200, text.getvalue().encode(), "text/csv; charset=utf-8")


ROUTES = (
    ("GET", "/vietqr/", show_app),
    ("POST", "/vietqr/transfers", transfer),
    ("POST", "/vietqr/([^/]+)/test", send_test),
    ("GET", "/vietqr/([^/]+)/statements/([^/]+)\\.csv", write_listing),
)


def _tell(core: Core, account: Account, credit: Credit, options: Mapping[str, str]) -> list[str]:
    named = [name for name in options.get("notices", "casso").split(",") if name != "none"]
    if not set(named) <= set(NOTICES):
        raise Refused(400, f"notices: none, or {', '.join(NOTICES)}")
    secret = FORGERS_KEY if options.get("forged") else account.secret
    seconds = read_seconds(options, 0.0)
    subject = {"channel": "vietqr", "payment": credit.memo}
    sent = []
    for place, name in enumerate(named):
        told = replace(credit, number=credit.number + place) if credit.number else credit
        call = NOTICES[name](account, told, secret)
        delivery = Delivery(call, subject, is_acknowledged)
        core.sender.deliver(delivery, seconds)
        sent.append((name, delivery))
    if seconds:
        return [f"{name} tells in {seconds:g} seconds" for name, _ in sent]
    for _, delivery in sent:
        delivery.first_call.wait(FIRST_CALL_SECONDS)
    return [f"{name} told, answered: {delivery.first_answer}" for name, delivery in sent]


def _described(credit: Credit) -> dict[str, object]:
    return {
        "reference": credit.reference,
        "amount_minor": credit.amount_minor,
        "memo": credit.memo,
        "at": credit.at.isoformat(),
    }


def _row(credit: Credit) -> list[str]:
    when = f"{credit.at.astimezone(HANOI):%d/%m/%Y %H:%M:%S}"
    return [when, credit.reference, "", str(credit.amount_minor), credit.memo]


# These credentials are published: they guard nothing. No bank gives such account numbers.
VIETQR_ACCOUNT_NUMBER, OTHER_ACCOUNT_NUMBER = "SIMULATEDVCB1", "SIMULATEDCTG1"
VIETQR_KEY = "simulator-only-published-key-of-all-aggregators"
OTHER_KEY = "simulator-only-published-key-of-the-second-bank"
SECRETS = ("casso_key", "sepay_secret", "sepay_api_key", "payos_checksum_key")
STATEMENT_LAYOUT: Mapping[str, Any] = {
    "encoding": "utf-8",
    "delimiter": "comma",
    "quoted": True,
    "columns": {
        "memo": "Content",
        "provider_transaction": "Reference",
        "amount": "Credit",
        "paid_at": "Date",
    },
    "amount": {"scale": "decimal", "may_be_empty": True},
    "paid_at": {"format": "%d/%m/%Y %H:%M:%S", "zone": "Asia/Ho_Chi_Minh"},
}


def _published(bank_bin: str, number: str, key: str) -> Published:
    fields = {
        "bank_bin": bank_bin,
        "account_number": number,
        "account_name": "ERRANDLESS SIMULATOR",
        "city": "VIET NAM",
        "notices": "casso sepay sepay-key payos",
    }
    return Published(Account("vietqr", number, key), fields, dict.fromkeys(SECRETS, key))


SIDE = Side(
    channel="vietqr",
    published=(
        _published("970436", VIETQR_ACCOUNT_NUMBER, VIETQR_KEY),
        _published("970415", OTHER_ACCOUNT_NUMBER, OTHER_KEY),
    ),
    routes=ROUTES,
    has_files=False,
    statement_layout=STATEMENT_LAYOUT,
    file_faults=tuple(fault for fault in FAULTS if fault != "totals"),
    more_faults={
        "A transfer can have": "another amount, no notice, a late one, several, a forged one",
        "Its memo can be": ", ".join(MEMO_FORMS),
        "It is told by": ", ".join(NOTICES),
    },
)
