"""Bills of units with software of their own: asked for when a payer or a bank names a number.

What a unit answers is issued as if its portal had sent it, so that it is one order with its
obligation, however often it is asked for. A unit that does not answer is left alone for a while
(`storage/breakers.py`); what is known of its bills stays payable.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from chalicelib.bodies.bill_bodies import read_changes
from chalicelib.bodies.bill_issuing import Issuing
from chalicelib.bodies.validation import validate
from chalicelib.channels.unit_system import Question, UnitKeys, ask_unit, read_keys
from chalicelib.checkout.amend_bill import BillAct, amend_bill
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.domain.bill_sources import BillSource
from chalicelib.domain.identifiers import plain_fact
from chalicelib.domain.orders import Order
from chalicelib.domain.portals import Portal
from chalicelib.domain.province import Province
from chalicelib.errors import (
    ChannelError,
    Conflict,
    DataFault,
    ErrandlessError,
    InvalidRequest,
    OutcomeUnknown,
    TryLater,
)
from chalicelib.observability import Metric, alert, count, record_change, warn
from chalicelib.storage.keys import as_spoken
from chalicelib.storage.stored_answers import StoredAnswer
from chalicelib.wiring import platform

MAX_ASKED = 4
AMENDED = "the unit's own system says so"


@dataclass(frozen=True, slots=True)
class Fetched:
    """`order` None: nobody who answered knows the bill. `is_unanswered`: somebody who was to be
    asked did not answer, or was not asked because he lately did not."""

    order: Order | None
    is_unanswered: bool


Answer = Mapping[str, Any] | ErrandlessError | None


def sources_of(province: Province, units: Iterable[str], scheme: str | None) -> list[BillSource]:
    """Those to ask about a number of one of the units, named at a scheme's entry or not."""
    asked = set(units)
    return [
        source
        for source in province.bill_sources
        if source.payee_unit in asked and source.scheme in (None, scheme or source.scheme)
    ][:MAX_ASKED]


def fetch_bill(sources: list[BillSource], reference: str, second_fact: str) -> Fetched:
    """Asks them side by side, so that a slow one costs no more than its own time."""
    if not sources:
        return Fetched(None, is_unanswered=False)
    parts, now = platform(), platform().now()
    breakers = parts.breakers.read(source.payee_unit for source in sources)
    willing = [
        source
        for source in sources
        if parts.breakers.may_ask(source.payee_unit, breakers.get(source.payee_unit), now)
    ]
    order, is_unanswered = None, len(willing) < len(sources)
    for source, answer in zip(willing, _ask_all(willing, reference, second_fact), strict=True):
        found = _take(source, answer, reference, second_fact)
        if isinstance(found, ErrandlessError):
            _count_failure(source, found)
            is_unanswered = True
            continue
        if source.payee_unit in breakers:
            parts.breakers.forget(source.payee_unit)
        order = order or found
    return Fetched(order, is_unanswered)


def _ask_all(sources: list[BillSource], reference: str, second_fact: str) -> list[Answer]:
    """Only HTTP in the threads: what AWS is asked for comes before and after."""
    if not sources:
        return []
    http = platform().unit_http
    asked = [(_keys_of(source), _question(source, reference, second_fact)) for source in sources]

    def ask(pair: tuple[UnitKeys | DataFault, Question]) -> Answer:
        keys, question = pair
        if isinstance(keys, DataFault):
            return keys
        try:
            return ask_unit(http, keys, question)
        except (TryLater, ChannelError) as error:
            return error

    if len(asked) == 1:
        return [ask(asked[0])]
    with ThreadPoolExecutor(len(asked)) as pool:
        return list(pool.map(ask, asked))


def _keys_of(source: BillSource) -> UnitKeys | DataFault:
    try:
        secret = platform().secrets.read_secret(source.secret_name)
        return read_keys(secret.current, secret.previous)
    except DataFault as fault:
        return fault


def _question(source: BillSource, reference: str, second_fact: str) -> Question:
    parts = platform()
    return Question(source, reference, plain_fact(second_fact), parts.new_id(), parts.now())


def _count_failure(source: BillSource, error: ErrandlessError) -> None:
    parts, unit = platform(), source.payee_unit
    count(Metric.BILL_SOURCES_SILENT, payee_unit=unit)
    warn("bill_source_silent", payee_unit=unit, code=error.code)
    if isinstance(error, DataFault):
        alert("bill_source_faulty", error, payee_unit=unit)
    if parts.breakers.count_failure(unit, parts.now()):
        warn("bill_source_left_alone", payee_unit=unit)


def _take(
    source: BillSource, answer: Answer, reference: str, second_fact: str
) -> Order | ErrandlessError | None:
    """The order that the answer leads to; None: there is no such bill. An answer that makes no bill
    counts as none."""
    if answer is None or isinstance(answer, ErrandlessError):
        return answer
    portal = platform().setup.read_portal(source.portal)
    if portal is None:
        return DataFault("bill_source_incomplete", f"there is no portal {source.portal}")
    is_same = as_spoken(str(answer.get("reference"))) == as_spoken(reference)
    if answer.get("payee_unit") != source.payee_unit or not is_same:
        return OutcomeUnknown("answer_unreadable", "a bill of another number")
    body = {**answer, "second_fact": plain_fact(second_fact)}
    try:
        return _issue(portal, body)
    except InvalidRequest as wrong:
        alert("bill_source_faulty", wrong, payee_unit=source.payee_unit)
        return OutcomeUnknown("answer_unreadable", f"no bill: {wrong.code}")


def _issue(portal: Portal, body: dict[str, Any]) -> Order | None:
    """Raises: InvalidRequest; TryLater."""
    unit, reference = body["payee_unit"], body["reference"]
    key_hash = hash_idempotency_key(f"source|{unit}|{as_spoken(reference)}")
    try:
        issued = Issuing(portal, key_hash, is_dry=False).issue(body)
    except Conflict as conflict:
        known = _find_own(portal, unit, reference)
        if known is None or conflict.code != "bill_differs":
            # Another portal's order, or one that is no bill, has the number: its word opens it.
            return known
        return _amend(portal, known, body)
    record_change("bill_fetched", payment_code=issued.order.payment_code)
    return issued.order


def _find_own(portal: Portal, unit: str, reference: str) -> Order | None:
    parts = platform()
    orders = parts.ledger.read_orders(parts.obligations.find_orders((unit,), reference))
    own = (order for order in orders.values() if order.bill and order.portal == portal.portal_id)
    return next(own, None)


def _amend(portal: Portal, known: Order, body: Mapping[str, Any]) -> Order:
    """What the unit says now, as far as it can still be changed: what is paid, or being paid, stays
    as it is."""
    from chalicelib.bodies.models.bills import BillAmendRequest

    assert known.bill is not None
    names = {"lines", "due_date", "days_to_pay", "valid_until", "reductions"}
    changes = {name: value for name, value in body.items() if name in names}
    if "fee_item" in body:
        changes["lines"] = [
            {"fee_item": body["fee_item"], "amount_minor": body.get("principal_minor")}
        ]
    changes["surcharge"] = body.get("surcharge")
    asked = validate(BillAmendRequest, {"reason": AMENDED, **changes})
    act = BillAct(portal, AMENDED, platform().now())
    key_hash = hash_idempotency_key(f"source|{known.payment_code}|{known.bill.version + 1}")
    answer = StoredAnswer(portal.portal_id, key_hash, b"-", 200, "{}")
    try:
        amend_bill(platform().desk(), known, read_changes(asked), act, lambda _: answer)
    except (Conflict, TryLater) as refusal:
        warn("bill_source_not_followed", payment_code=known.payment_code, code=refusal.code)
        return platform().ledger.read_order(known.payment_code) or known
    except InvalidRequest as same:
        if same.code != "nothing_to_amend":
            raise
        return known
    record_change("bill_amended", payment_code=known.payment_code)
    return platform().ledger.read_order(known.payment_code) or known
