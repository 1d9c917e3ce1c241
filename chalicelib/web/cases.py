"""Cases: what persons must decide, and their decisions, by operators of finance."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Request, Response

from chalicelib.bodies.validation import validate
from chalicelib.checkout.create_order import hash_idempotency_key
from chalicelib.domain.cases import Case, CaseKind, CaseState, read_public_case_id
from chalicelib.domain.identifiers import split_payment_no
from chalicelib.domain.payments import Transaction
from chalicelib.domain.portals import Scope
from chalicelib.errors import BadRequest, Conflict, DataFault, NotFound
from chalicelib.observability import alert, record_change
from chalicelib.storage.stored_answers import StoredAnswer
from chalicelib.web.authorization import require_operator
from chalicelib.web.operations import Consistency, Operation, json_response, operation
from chalicelib.web.paging import PAGE_PARAMETERS, read_page, write_cursor
from chalicelib.web.request_reading import (
    idempotency_key,
    query_parameters,
    read_json,
)
from chalicelib.wiring import platform

if TYPE_CHECKING:
    from chalicelib.checkout.decide_case import Asked, CaseDesk, Decided
    from chalicelib.storage.views import CaseSearch

cases = Blueprint(__name__)

FILTERS = ("kind", "state", "owner")
ONE = "/v1/cases/{case_id}"
# Under whom the answers to operators are kept; the key's hash holds the person.
OPERATORS = "operators"
MAX_WORDS_BYTES = 4096


def _decision(verb: str, summary: str) -> Operation:
    return Operation(
        "POST",
        f"{ONE}/{verb}",
        summary,
        scope=Scope.FINANCE_WRITE,
        request=f"Case{verb.capitalize()}Request",
        answer="Case",
        errors=(400, 404, 409, 413, 415, 422),
        needs_idempotency_key=True,
    )


@operation(
    cases,
    Operation(
        "GET",
        "/v1/cases",
        "Cases that are not closed, newest first; an empty owner: nobody's; a page may be short",
        scope=Scope.FINANCE_READ,
        answer="CaseList",
        errors=(400,),
        parameters=(*FILTERS, *PAGE_PARAMETERS),
        consistency=Consistency.EVENTUAL,
    ),
)
def list_cases(request: Request) -> Response:
    parts = platform()
    require_operator(request, parts.setup, parts.now(), Scope.FINANCE_READ)
    parameters = query_parameters(request, (*FILTERS, *PAGE_PARAMETERS))
    page, search = read_page(parameters), _read_search(parameters)
    found = parts.views.list_open_cases(search, page.limit, page.after or None)
    by_id = parts.cases.read_many(found.case_ids)
    listed = [by_id[case_id] for case_id in found.case_ids if case_id in by_id]
    body = {
        "items": [_describe(case) for case in listed if case.is_listed and search.wants(case)],
        "next_cursor": write_cursor(found.cursor) if found.cursor else None,
    }
    return json_response(body)


@operation(
    cases,
    Operation(
        "GET",
        ONE,
        "A case, with its money and the order that the money named",
        scope=Scope.FINANCE_READ,
        answer="CaseDetail",
        errors=(404,),
    ),
)
def look(request: Request, case_id: str) -> Response:
    from chalicelib.checkout.decide_case import read_case
    from chalicelib.domain.case_representation import describe_money, describe_named_order

    parts = platform()
    person = require_operator(request, parts.setup, parts.now(), Scope.FINANCE_READ)
    case = read_case(_desk(), _read_id(case_id))
    money = parts.ledger.read_transaction(case.transaction_key) if case.has_money else None
    named = split_payment_no(case.payment_no)
    order = parts.ledger.read_order(named[0]) if named else None
    may_read = Scope.FINANCE_WRITE in person.scopes
    body = {
        **_describe(case),
        "transaction": describe_money(money) if money else None,
        "provider_words": _provider_words(money) if money and may_read else None,
        "order": describe_named_order(order) if order else None,
    }
    return json_response(body)


def _provider_words(money: Transaction) -> str | None:
    """They may name persons: for who decides on the case, and not without a trace."""
    record_change("provider_words_read", transaction=money.key)
    try:
        raw = platform().ledger.evidence.open(money.raw, money.key)
    except DataFault as fault:
        alert("provider_words_unreadable", fault, transaction=money.key)
        return None
    return raw[:MAX_WORDS_BYTES].decode("utf-8", "replace")


@operation(cases, _decision("take", "Take a case: its owner is the key's person"))
def take(request: Request, case_id: str) -> Response:
    return _decide(request, case_id, "take")


@operation(cases, _decision("release", "Nobody owns the case any more"))
def release(request: Request, case_id: str) -> Response:
    return _decide(request, case_id, "release")


@operation(cases, _decision("assign", "Its money pays the order of a payment code"))
def assign(request: Request, case_id: str) -> Response:
    return _decide(request, case_id, "assign")


@operation(cases, _decision("refund", "Its money goes back; another person confirms it"))
def refund(request: Request, case_id: str) -> Response:
    return _decide(request, case_id, "refund")


@operation(cases, _decision("refunded", "Its money went back; not by whoever decided it"))
def refunded(request: Request, case_id: str) -> Response:
    return _decide(request, case_id, "refunded")


@operation(cases, _decision("dismiss", "Nothing is to be done; not for money that we hold"))
def dismiss(request: Request, case_id: str) -> Response:
    return _decide(request, case_id, "dismiss")


def _decide(request: Request, public_id: str, verb: str) -> Response:
    from chalicelib.checkout.decide_case import Asked
    from chalicelib.web.models import cases as models

    parts = platform()
    person = require_operator(request, parts.setup, parts.now(), Scope.FINANCE_WRITE).person
    key = idempotency_key(request)
    body, fingerprint = read_json(request)
    wanted = validate(getattr(models, f"Case{verb.capitalize()}Request"), body)
    case_id = _read_id(public_id)
    key_hash = hash_idempotency_key(f"case|{person}|{verb}|{case_id}|{key}")
    stored = parts.ledger.read_answer(OPERATORS, key_hash)
    if stored is not None:
        stored.require_same_request(fingerprint)
        return _answer(stored, is_replay=True)

    def compose(case: Case) -> StoredAnswer:
        text = json.dumps(_describe(case), ensure_ascii=False, separators=(",", ":"))
        return StoredAnswer(OPERATORS, key_hash, fingerprint, 200, text)

    asked = Asked(case_id, person, parts.now(), key_hash, compose)
    try:
        decided = _run(verb, _desk(), asked, wanted)
    except Conflict:
        stored = parts.ledger.read_answer(OPERATORS, key_hash)
        if stored is None:
            raise
        stored.require_same_request(fingerprint)  # the same request was quicker, at the same moment
        return _answer(stored, is_replay=True)
    assert decided.answer is not None
    if not decided.is_replay:
        record_change(f"case_{verb}", case_id=case_id, by=person)
    return _answer(decided.answer, is_replay=decided.is_replay)


def _run(verb: str, desk: "CaseDesk", asked: "Asked", wanted: Any) -> "Decided":
    from chalicelib.checkout import decide_case as decisions
    from chalicelib.checkout.case_rules import Refund
    from chalicelib.domain.money import Money

    match verb:
        case "take":
            return decisions.take_case(desk, asked)
        case "release":
            return decisions.release_case(desk, asked)
        case "assign":
            return decisions.assign_money(desk, asked, wanted.payment_code, wanted.reason)
        case "refund":
            return decisions.decide_refund(desk, asked, wanted.reason)
        case "refunded":
            amount = Money(wanted.amount_minor, desk.province.currency)
            refund = Refund(wanted.reference, amount, wanted.refunded_on)
            return decisions.confirm_refund(desk, asked, refund)
        case _:
            return decisions.dismiss_case(desk, asked, wanted.reason)


def _desk() -> "CaseDesk":
    from chalicelib.checkout.decide_case import CaseDesk

    parts = platform()
    return CaseDesk(parts.ledger, parts.cases, parts.setup.read_province())


def _answer(stored: StoredAnswer, *, is_replay: bool) -> Response:
    headers = {"Idempotent-Replayed": "true"} if is_replay else {}
    return json_response(stored.text, stored.status, headers)


def _read_id(public_id: str) -> str:
    """Raises: NotFound"""
    case_id = read_public_case_id(public_id)
    if case_id is None:
        raise NotFound("case_not_found", "no such case")
    return case_id


def _read_search(parameters: Mapping[str, str]) -> "CaseSearch":
    from chalicelib.storage.views import CaseSearch

    kind, state = parameters.get("kind"), parameters.get("state")
    try:
        return CaseSearch(
            kind=None if kind is None else CaseKind(kind),
            state=None if state is None else CaseState(state),
            owner=parameters.get("owner"),
        )
    except ValueError as error:
        raise BadRequest("invalid_parameter", "no such kind or state") from error


def _describe(case: Case) -> dict[str, Any]:
    from chalicelib.domain.case_representation import describe_case

    parts = platform()
    return describe_case(case, parts.setup.read_province(), parts.now())
