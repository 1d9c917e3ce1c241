"""Whether a province's data are as its files say, and its work is done in time."""

from collections.abc import Iterator
from datetime import timedelta

from chalicelib.domain.bill_files import BillFileStatus
from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.cases import case_due_at
from chalicelib.domain.province import Province
from chalicelib.domain.province_document import document_version
from chalicelib.domain.reconciliations import ReconciliationStatus, Summary
from chalicelib.errors import DataFault
from chalicelib.reconciliation.placement import list_due_days, list_reconciled_accounts
from chalicelib.storage.keys import DuePurpose, due_shards
from chalicelib.storage.views import CaseSearch, Views
from infra.errandless.channel_secrets import AccountSecret, read_secret
from infra.errandless.doctor import Check, Examined, Finding, ok, problem, warning
from infra.errandless.failures import OperatorError
from infra.errandless.paths import PROVINCES
from infra.errandless.portals import list_keys
from infra.errandless.province_files import load_province
from infra.errandless.seed import SIMULATOR_URL
from infra.errandless.setup_rows import portal_ids, scan_setup

# The chaser comes every minute, the sweeper every five.
OVERDUE = timedelta(minutes=15)
MAX_CASE_PAGES = 10
_PAGE = 100
_WORKERS = {DuePurpose.ASK: "payment-chaser", DuePurpose.EFFECTS: "effect-sweeper"}


def look_at_version(examined: Examined) -> Iterator[Finding]:
    """The files here beside what was seeded."""
    opened = examined.opened
    province = opened.platform.setup.read_province()
    simulator = opened.simulator_url
    folder = PROVINCES / examined.code
    try:
        document = load_province(folder, {SIMULATOR_URL: simulator} if simulator else {})
    except DataFault as fault:
        headline = fault.detail.partition("\n")[0]
        yield problem(
            "data", f"The files: {headline}", f"errandless province check {province.code}"
        )
        return
    if document_version(document) == province.version:
        yield ok("data", f"The version seeded, {province.version}, is that of the files")
    else:
        what = f"The version seeded, {province.version}, is not that of the files here"
        yield warning("data", what, f"errandless seed {province.code}")


def look_at_secrets(examined: Examined) -> Iterator[Finding]:
    opened = examined.opened
    province = opened.platform.setup.read_province()
    if not province.channel_accounts:
        to_do = "Describe accounts in channel_accounts.json and seed."
        yield problem("secret", "There is no channel account: nobody can pay", to_do)
    for account in province.channel_accounts:
        name = f"{account.channel} {account.account}"
        try:
            known = read_secret(opened, account)
        except OperatorError as error:
            yield problem("secret", str(error), f"errandless secrets set {province.code} {name}")
            continue
        yield _judge_secret(name, known, province)


def _judge_secret(name: str, known: AccountSecret, province: Province) -> Finding:
    command = f"{province.code} {name}"
    if known.secret is None and known.wanted:
        return problem("secret", f"{name} has none", f"errandless secrets set {command}")
    if known.missing:
        what = f"{name} lacks {', '.join(known.missing)}"
        return problem("secret", what, f"errandless secrets rotate {command}")
    if known.secret is not None and known.secret.previous is not None:
        what = f"{name} is being rotated since {known.changed_at:%Y-%m-%d}"
        return warning("secret", what, f"errandless secrets drop-previous {command}")
    return ok("secret", f"{name} is complete")


def look_at_portals(examined: Examined) -> Iterator[Finding]:
    opened = examined.opened
    rows = scan_setup(opened.client("dynamodb"), opened.outputs["SetupTable"])
    keys = [each for each in list_keys(rows) if each.revoked_at is None]
    portals = portal_ids(rows)
    what = f"{len(portals)} portals; {len(keys)} live keys of portals and persons"
    if portals and keys:
        yield ok("portal", what)
    else:
        yield warning("portal", what, "errandless portals add, then errandless keys issue")


def look_at_due(examined: Examined) -> Iterator[Finding]:
    """Orders and cases whose time is long over, from the index."""
    ledger = examined.opened.platform.ledger
    for purpose in DuePurpose:
        overdue = sum(
            len(ledger.list_due(shard, examined.now - OVERDUE, _PAGE))
            for shard in due_shards(purpose)
        )
        worker = _WORKERS.get(purpose, purpose.value)
        minutes = OVERDUE // timedelta(minutes=1)
        if overdue:
            what = f"{overdue} or more wait longer than {minutes} minutes for {worker}"
            yield problem("due", what, f"Read the log of {worker}; is its schedule on?")
        else:
            yield ok("due", f"Nothing waits longer than {minutes} minutes for {worker}")


def look_at_cases(examined: Examined) -> Iterator[Finding]:
    """Those over their time are counted as the list of cases has it."""
    parts = examined.opened.platform
    province = parts.setup.read_province()
    cases = [
        case
        for case_ids in _open_case_ids(parts.views)
        for case in parts.cases.read_many(case_ids).values()
        if case.is_listed
    ]
    overdue = sum(examined.now > case_due_at(case, province) for case in cases)
    if not cases:
        yield ok("case", "No case is open")
    elif overdue:
        what = f"{len(cases)} open, {overdue} of them over their time"
        yield warning("case", what, f"errandless cases list {examined.code}")
    else:
        yield ok("case", f"{len(cases)} open, all within their time")


def _open_case_ids(views: Views) -> Iterator[list[str]]:
    """Page by page."""
    cursor = None
    for _ in range(MAX_CASE_PAGES):
        page = views.list_open_cases(CaseSearch(), _PAGE, cursor)
        yield page.case_ids
        cursor = page.cursor
        if cursor is None:
            return


def look_at_reconciliations(examined: Examined) -> Iterator[Finding]:
    """Each account's last day that is due."""
    desk = examined.opened.platform.reconciliation_desk()
    day = list_due_days(desk.province, examined.now)[0]
    for account in list_reconciled_accounts(desk.province, desk.channels):
        of = AccountDay(account.channel, account.account, day)
        yield _judge_day(examined.code, of, desk.store.read_summary(of))
    unplaced = desk.store.list_unplaced(_PAGE)
    if unplaced:
        what = f"{len(unplaced)} files belong to no account's day, as {unplaced[0].key}"
        yield warning("statement", what, "errandless statements put, in the right place")


def _judge_day(code: str, of: AccountDay, summary: Summary | None) -> Finding:
    place = f"{of.channel} {of.account} {of.business_day}"
    if summary is None:
        return warning("statement", f"{place} was never reconciled", f"errandless reconcile {code}")
    if summary.status is ReconciliationStatus.NOT_ARRIVED:
        to_do = f"errandless statements put {code} {place} FILE"
        return warning("statement", f"{place}: the statement is missing", to_do)
    count = sum(summary.break_counts.values())
    if count:
        to_do = f"errandless reconcile {code} {place} --breaks"
        return warning("statement", f"{place}: {count} breaks", to_do)
    return ok("statement", f"{place} agrees: {summary.matched.count} payments")


def look_at_bill_files(examined: Examined) -> Iterator[Finding]:
    """Those of every portal that nobody has gone on with."""
    opened = examined.opened
    rows = scan_setup(opened.client("dynamodb"), opened.outputs["SetupTable"])
    files = [file for each in portal_ids(rows) for file in opened.platform.bill_files.list(each)]
    for file in files:
        since = file.changed_at or file.arrived_at
        if file.status is BillFileStatus.WORKING and examined.now - since > OVERDUE:
            what = f"{file.key} stands still at line {file.line}"
            yield problem("bills", what, "Read the log of bill-file-worker; then redrive.")
    if files:
        yield ok("bills", f"{len(files)} files of bills came in the last 90 days")


WORK_CHECKS = (
    Check("data", look_at_version),
    Check("secrets", look_at_secrets),
    Check("portals", look_at_portals),
    Check("due", look_at_due),
    Check("cases", look_at_cases),
    Check("bill_files", look_at_bill_files),
    Check("reconciliations", look_at_reconciliations),
)
