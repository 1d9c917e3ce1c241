"""Viettel Money beside generated samples, and what a text without separators must not let in.
The contract's tests run over it too."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from chalicelib.channels.contract import Message
from chalicelib.channels.viettelmoney.channel import Viettelmoney
from chalicelib.channels.viettelmoney.outcomes import STATUSES, Verdict
from chalicelib.channels.viettelmoney.wire import (
    CHECK_TEXT,
    PAYMENT_TEXT,
    QUESTION_TEXT,
    RESULT_ANSWER_TEXT,
    sign,
)
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Failed, Pending, Recorded, Succeeded
from chalicelib.errors import BadRequest, ChannelRefused, OutcomeUnknown, SignatureRefused
from chalicelib.outbound import Response
from tests.channels.kit import PAYMENT_NO, Told
from tests.channels.stand_ins import QUERY, REQUEST, StandInHttp, read_samples, refuse_to_answer
from tests.channels.viettelmoney_wire import (
    SECRET,
    check_sum,
    notify,
    posted,
    result,
    viettel_credentials,
)

SAMPLES = read_samples("viettel_money.json")
OURS = viettel_credentials()
FIELDS = OURS.account.fields
CHANNEL = Viettelmoney(StandInHttp(refuse_to_answer))
TEXTS = {
    "payment": PAYMENT_TEXT,
    "verify-request": CHECK_TEXT,
    "result-reply": RESULT_ANSWER_TEXT,
    "inquiry": QUESTION_TEXT,
}


def told_with(**changes: str) -> Message:
    """A result with other values, signed as the tests' Viettel would."""
    values = {**result(FIELDS, SECRET, Told()), **changes}
    del values["check_sum"]
    return posted(values | {"check_sum": check_sum(SECRET, *values.values())}, Told())


@pytest.mark.parametrize("sample_id", TEXTS)
def test_each_text_is_signed_as_the_samples_are(sample_id: str) -> None:
    sample = SAMPLES[sample_id]
    secret = {name: sample[name] for name in ("access_code", "hash_key")}
    fields = {"trans_amount": "125000", **sample["fields"]}
    assert sign(replace(OURS, current=secret), fields, TEXTS[sample_id]) == fields["check_sum"]


def test_every_sample_is_used() -> None:
    assert set(SAMPLES) == set(TEXTS)


def test_the_payer_is_sent_with_the_order_its_bill_and_the_exact_amount() -> None:
    url = urlsplit(CHANNEL.start_payment(OURS, REQUEST).url)
    sent = dict(parse_qsl(url.query))
    assert url._replace(query="").geturl() == FIELDS["payment_url"]
    assert sent == {
        "version": "2.0",
        "command": "PAYMENT",
        "merchant_code": "GOVQN",
        "order_id": REQUEST.payment_no,
        "billcode": REQUEST.payment_no[:18],
        "trans_amount": "50000",
        "desc": "Phi tham dinh HS 2026 001",
        "locale": "Vi",
        "return_url": REQUEST.return_url,
        "cancel_url": REQUEST.return_url,
        "check_sum": check_sum(
            SECRET,
            *(REQUEST.payment_no[:18], "PAYMENT", "GOVQN", REQUEST.payment_no, "50000", "2.0"),
        ),
    }


@pytest.mark.parametrize("amount", [Money(0, "VND"), Money(1_000_000_000, "VND"), Money(5, "CNY")])
def test_an_amount_that_viettel_does_not_take_is_refused(amount: Money) -> None:
    with pytest.raises(ChannelRefused):
        CHANNEL.start_payment(OURS, replace(REQUEST, amount=amount))


@pytest.mark.parametrize(
    ("status", "error", "outcome"),
    [
        ("-1", "00", Pending("-1", is_absent=True)),
        ("0", "00", Pending("0")),
        ("0", "03", Pending("0-03")),
        ("2", "00", Failed("2")),
        ("2", "16", Failed("2-16")),
        ("3", "00", Pending("3")),
        ("4", "00", Pending("4", is_unmapped=True)),
        ("1", "03", Pending("1-03", is_unmapped=True)),
    ],
)
def test_only_paid_without_error_pays_and_only_refused_fails(
    status: str, error: str, outcome: Any
) -> None:
    message = told_with(payment_status=status, error_code=error)
    assert CHANNEL.read_notification(OURS, message).outcome == outcome


def test_no_status_but_two_says_that_no_money_moved() -> None:
    assert [code for code, verdict in STATUSES.items() if verdict is Verdict.REFUSED] == ["2"]


def test_paid_is_believed_at_the_time_at_which_we_were_told() -> None:
    outcome = CHANNEL.read_notification(OURS, notify(FIELDS, SECRET, Told())).outcome
    assert outcome == Succeeded("14500001", Money(50_000, "VND"), Told().at)


# Values that give the same signed text: each moves a border between two of them.
def moved_border(left: str, right: str, count: int) -> Message:
    values = result(FIELDS, SECRET, Told())
    both = values[left] + values[right]
    place = len(values[left]) + count
    values[left], values[right] = both[:place], both[place:]
    return posted(values, Told())


@pytest.mark.parametrize(
    ("left", "right", "count"),
    [
        ("billcode", "cust_msisdn", 1),
        ("billcode", "cust_msisdn", -1),
        ("cust_msisdn", "error_code", 1),
        ("cust_msisdn", "error_code", -1),
        ("error_code", "merchant_code", 1),
        ("error_code", "merchant_code", -1),
        ("merchant_code", "order_id", 1),
        ("merchant_code", "order_id", -1),
        ("order_id", "payment_status", 1),
        ("order_id", "payment_status", -1),
        ("payment_status", "trans_amount", -1),
    ],
)
def test_a_border_that_was_moved_is_not_believed(left: str, right: str, count: int) -> None:
    """`Pending` with a code that nobody knows is not believed either."""
    try:
        outcome = CHANNEL.read_notification(OURS, moved_border(left, right, count)).outcome
    except (SignatureRefused, BadRequest):
        return
    assert isinstance(outcome, Pending)
    assert outcome.is_unmapped


@pytest.mark.parametrize("count", [1, 2, 7])
def test_what_a_moved_border_of_the_amount_leaves_is_another_amount(count: int) -> None:
    """Nothing in the text tells it: such a message is wrong money for a person, never a payment."""
    outcome = CHANNEL.read_notification(
        OURS, moved_border("trans_amount", "vt_transaction_id", count)
    ).outcome
    assert isinstance(outcome, Succeeded)
    assert outcome.amount > Money(50_000, "VND")


def test_our_answer_to_a_check_is_no_result() -> None:
    """It is signed with the same key, over a text that begins alike."""
    amount = "150000"
    said = check_sum(SECRET, PAYMENT_NO[:18], "00", "GOVQN", PAYMENT_NO, amount)
    values = {
        "billcode": PAYMENT_NO[:18],
        "cust_msisdn": "",
        "error_code": "00",
        "merchant_code": "GOVQN",
        "order_id": PAYMENT_NO,
        "payment_status": "1",
        "trans_amount": "5000",
        "vt_transaction_id": "0",
        "check_sum": said,
    }
    with pytest.raises(BadRequest):
        CHANNEL.read_notification(OURS, posted(values, Told()))


def test_what_the_browser_brings_is_only_a_return() -> None:
    message = replace(
        notify(FIELDS, SECRET, Told()),
        method="GET",
        query=result(FIELDS, SECRET, Told()),
        raw_body=b"",
    )
    assert CHANNEL.read_notification(OURS, message).is_return


def test_an_answer_names_the_order_and_is_signed() -> None:
    message = notify(FIELDS, SECRET, Told())
    answer = CHANNEL.sign_answer(OURS, message, CHANNEL.answer(Recorded.PAID))
    assert json.loads(answer.body) == {
        "error_code": "00",
        "merchant_code": "GOVQN",
        "order_id": PAYMENT_NO,
        "return_url": "",
        "return_bill_code": "",
        "return_other_info": "",
        "check_sum": check_sum(SECRET, "00", "GOVQN", PAYMENT_NO),
    }


def checking(amount: str, order_id: str = PAYMENT_NO, merchant_code: str = "GOVQN") -> Message:
    values = {"billcode": order_id[:18], "merchant_code": merchant_code, "order_id": order_id}
    return posted(values | {"check_sum": check_sum(SECRET, *values.values(), amount)}, Told())


def test_a_check_is_answered_with_the_stored_amount() -> None:
    answer = CHANNEL.answer_check(OURS, checking("50000"), Money(50_000, "VND"), stands=True)
    assert json.loads(answer.body) == {
        "billcode": PAYMENT_NO[:18],
        "merchant_code": "GOVQN",
        "order_id": PAYMENT_NO,
        "trans_amount": "50000",
        "error_code": "00",
        "check_sum": check_sum(SECRET, PAYMENT_NO[:18], "00", "GOVQN", PAYMENT_NO, "50000"),
    }
    over = CHANNEL.answer_check(OURS, checking("50000"), Money(50_000, "VND"), stands=False)
    assert json.loads(over.body)["error_code"] == "01"


@pytest.mark.parametrize(
    ("message", "owed"),
    [
        (checking("49000"), Money(50_000, "VND")),
        (checking("50000"), Money(49_000, "VND")),
        (checking("50000", merchant_code="GOVHL"), Money(50_000, "VND")),
        (checking("50000"), None),
    ],
)
def test_a_check_of_another_amount_merchant_or_order_is_refused_alike(
    message: Message, owed: Money | None
) -> None:
    answer = CHANNEL.answer_check(OURS, message, owed, stands=True)
    assert answer == CHANNEL.answer(None)
    assert "check_sum" not in answer.body


def test_a_question_is_a_signed_form() -> None:
    http = StandInHttp(lambda _: Response(500, {}, b""))
    with pytest.raises(OutcomeUnknown):
        Viettelmoney(http).query_payment(OURS, QUERY)
    ((url, sent, headers),) = http.posted
    assert url == FIELDS["api_url"]
    assert headers == {"Content-Type": "application/x-www-form-urlencoded"}
    assert sent.decode() == urlencode(
        {
            "cmd": "TRANS_INQUIRY",
            "merchant_code": "GOVQN",
            "order_id": QUERY.payment_no,
            "version": "2.0",
            "check_sum": check_sum(SECRET, "TRANS_INQUIRY", "GOVQN", QUERY.payment_no, "2.0"),
        }
    )
