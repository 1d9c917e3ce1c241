"""Whatever a message says, it is applied or refused: nothing else may come of it, since whatever
comes after it waits."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.bodies.models.bills import BillAmendRequest, BillIssueRequest
from chalicelib.bodies.validation import validate
from chalicelib.domain.finance_systems import NAMES
from chalicelib.domain.province_document import parse_province
from chalicelib.errors import RequestRefused
from chalicelib.finance.messages import parse_line, read_message
from chalicelib.finance.proposals import propose
from chalicelib.finance.read_bill import (
    Reading,
    in_their_words,
    read_amendment,
    read_cancellation,
    read_issue,
)
from chalicelib.storage.finance_inbox import KeptMessage
from tests.support.finance import ITEM, SYSTEM, UNIT, a_notice
from tests.support.local_province import START
from tests.support.seeded import province_document

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.sampled_from(["0", "1", "1.00", "-5", "1e9", "NaN", "Infinity", "20260331", "0.0005"])
    | st.sampled_from([UNIT, ITEM, "999999999999", "1" * 40, "20260230", "00010101", "99991231"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
LINES = st.lists(
    st.dictionaries(st.sampled_from(sorted(NAMES["line"].values())), VALUES) | VALUES, max_size=3
)
BODIES = st.dictionaries(
    st.sampled_from(sorted({*NAMES["bill"].values(), *NAMES["unit"].values()})), VALUES
)


def reading() -> Reading:
    document = province_document()
    document["profile"]["finance_systems"] = [SYSTEM]
    province = parse_province(document)
    return Reading(province, province.finance_systems[0], date(2026, 3, 2))


READING = reading()


def check(refusal: RequestRefused) -> None:
    """It says what is wrong, in the message's own words."""
    assert refusal.code
    for each in in_their_words(READING.system, refusal.errors):
        assert each.code
        assert each.detail


def message(kind: str) -> KeptMessage:
    return KeptMessage("hz-nontax", "m-1", 1, kind, b"", START)


@given(BODIES, LINES | VALUES, st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_bill_is_read_or_refused(body: dict[str, Any], lines: Any, is_near: bool) -> None:
    body = (a_notice() if is_near else {}) | body | {"ITEMS": lines}
    try:
        validate(BillIssueRequest, read_issue(READING, body))
    except RequestRefused as refusal:
        check(refusal)
    try:
        _, _, changes = read_amendment(READING, body)
        validate(BillAmendRequest, changes)
        read_cancellation(READING, body)
    except RequestRefused as refusal:
        check(refusal)


@given(st.dictionaries(st.sampled_from(sorted(NAMES["fee_item"].values())), VALUES), BODIES)
@settings(max_examples=200, deadline=None)
def test_any_unit_and_item_is_proposed_or_refused(
    item: dict[str, Any], unit: dict[str, Any]
) -> None:
    for kind, body in (("fee_item", item), ("unit", unit)):
        try:
            proposal = propose(READING, message(kind), body)
        except RequestRefused:
            continue
        assert proposal.verdict in ("same", "new", "differs")
        assert all(isinstance(each, str) for each in proposal.fields.values())


@given(st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
@settings(max_examples=300, deadline=None)
def test_any_line_is_a_message_or_refused(line: bytes) -> None:
    try:
        read_message(parse_line(line))
    except RequestRefused as refusal:
        check(refusal)


@given(
    st.fixed_dictionaries(
        {},
        optional=dict.fromkeys(
            ("sender", "message_id", "sequence_no", "kind", "sent_at", "body", "signature"), VALUES
        ),
    )
)
@settings(max_examples=200, deadline=None)
def test_any_envelope_is_read_or_refused(value: dict[str, Any]) -> None:
    try:
        read_message(value)
    except RequestRefused as refusal:
        check(refusal)


@pytest.mark.parametrize(
    "line", [b"[" * 100_000, b'{"a":' * 5_000, b"\xff\xfe{}", b'{"a":1,"a":2}']
)
def test_hostile_lines_are_refused(line: bytes) -> None:
    with pytest.raises(RequestRefused):
        parse_line(line)
