"""Every answer to a question is kept to the byte, also what nobody can read."""

from hashlib import sha256

import pytest

from chalicelib.channels.contract import Answered, Credentials, PaymentQuery
from chalicelib.channels.sandbox import Sandbox
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Failed, Pending, Succeeded
from chalicelib.errors import OutcomeUnknown
from chalicelib.storage.messages import MAX_KEPT_BYTES
from tests.checkout.test_kept_words import RAW, attempt, opened
from tests.support.local_province import LocalProvince
from tests.support.portal_client import create, start
from tests.support.rows import ledger_rows, message_rows


class Speaking(Sandbox):
    """A sandbox that answers from a script."""

    def __init__(self, *answers: Answered | OutcomeUnknown) -> None:
        self.answers = list(answers)

    def query_payment(self, credentials: Credentials, query: PaymentQuery) -> Answered:
        answer = self.answers.pop(0)
        if isinstance(answer, OutcomeUnknown):
            raise answer
        return answer


def ask(province: LocalProvince, *answers: Answered | OutcomeUnknown) -> str:
    code = create(province).json["payment_code"]
    number: str = start(province, code, "sandbox").json["payment_no"]
    channels = {**province.platform.channels, "sandbox": Speaking(*answers)}
    province.platform.channels = channels
    for _ in answers:
        province.clock.advance(minutes=5)
        province.chase()
    return number


def test_every_answer_to_a_question_is_kept_also_what_nobody_can_read(
    province: LocalProvince,
) -> None:
    number = ask(
        province,
        Answered(Pending("waiting"), b"first"),
        OutcomeUnknown("channel_answer_unreadable", "HTML", answer=b"<html>\xff"),
        OutcomeUnknown("answer_lost", "nothing came"),
        Answered(Pending("waiting"), b"first"),
        Answered(Failed("refused"), b"last"),
    )
    rows = sorted(message_rows(province), key=lambda row: row["received_at"])
    assert [(row["outcome"], row["code"], opened(province, row)) for row in rows] == [
        ("pending", "waiting", b"first"),
        ("unknown", "channel_answer_unreadable", b"<html>\xff"),
        ("pending", "waiting", b"first"),
        ("failed", "refused", b"last"),
    ]
    assert {(row["pk"], row["kind"]) for row in rows} == {(f"M#{number}", "answer")}
    assert attempt(province, number) == "failed"


def test_an_answer_that_tells_of_money_is_kept_with_the_money(province: LocalProvince) -> None:
    paid = Succeeded("SB-1", Money(50_000, "VND"), province.clock())
    ask(province, Answered(paid, RAW))
    (row,) = ledger_rows(province, "T#")
    assert province.platform.ledger.evidence.open(row["raw"], row["pk"]) == RAW
    assert message_rows(province) == []


def test_more_than_64_kilobytes_are_cut_and_the_whole_is_known_by_its_hash(
    province: LocalProvince,
) -> None:
    long = bytes(range(256)) * 300
    ask(province, OutcomeUnknown("answer_too_long", "too long", answer=long))
    (row,) = message_rows(province)
    assert (row["length"], row["whole"]) == (76_800, sha256(long).hexdigest())
    assert opened(province, row) == long[:MAX_KEPT_BYTES]


def test_an_unmapped_answer_is_counted_too(
    province: LocalProvince, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(province, Answered(Pending("X88", is_unmapped=True), b"{}"))
    assert capsys.readouterr().out.replace(" ", "").count('"codes_unmapped":[1.0]') == 2
