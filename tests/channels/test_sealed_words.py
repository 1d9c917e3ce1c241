"""Words about persons lie sealed in rows and journal, and come out whole for who may open them."""

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.channels.registry import build_channels
from chalicelib.errors import DataFault, TryLater
from chalicelib.storage.compression import compress, decompress
from chalicelib.storage.envelope import Envelope
from chalicelib.storage.evidence import SEALED, Evidence
from chalicelib.storage.expressions import encode
from tests.channels import vietqr_wire
from tests.channels.stand_ins import StandInHttp, refuse_to_answer
from tests.channels.test_vietqr_in_a_province import PATH, casso, payos, seed, send, sepay
from tests.channels.vietqr_wire import CASSO_CREDIT
from tests.journal.kept import bucket_journal
from tests.support.clients import client
from tests.support.local_province import LocalProvince, local_province
from tests.support.portal_client import create, start
from tests.support.rows import ledger_rows, message_rows, money_rows, scan

NAME, ACCOUNT = "NGUYEN THI CANARY", "0071000987654"
CANARIES = (NAME, ACCOUNT, "CANARY", "0987654")


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed) as running:
        yield running


@pytest.fixture
def payment_no(province: LocalProvince) -> str:
    code = create(province).json["payment_code"]
    number: str = start(province, code, "vietqr").json["payment_no"]
    return number


def memo(payment_no: str) -> str:
    return f"MBVCB.123.{payment_no}.CT tu {NAME}"


def named(**more: Any) -> dict[str, Any]:
    return {"counterAccountName": NAME, "counterAccountNumber": ACCOUNT, **more}


def readable(value: Any) -> str:
    """Everything that can be read in a row without a key, compressed texts unpacked."""
    if isinstance(value, dict) and value.keys() == {"B"}:
        return readable(base64.b64decode(value["B"]))
    if isinstance(value, dict):
        return " ".join(f"{name} {readable(inner)}" for name, inner in value.items())
    if isinstance(value, bytes):
        try:
            return decompress(value)
        except Exception:
            return value.decode("latin-1")
    return str(value)


def tell_everything(province: LocalProvince, payment_no: str) -> None:
    """Money, the same otherwise, money of nobody, money that went out, and what cannot be read."""
    told = casso(province, memo(payment_no), **named())
    assert (told.status, told.json) == (200, {"success": True})
    for answer in (
        sepay(province, memo(payment_no), **named()),
        payos(province, f"{NAME} no number", **named(reference="FT9")),
        casso(province, f"tra luong {NAME}", **named(amount=-90_000, id=7)),
        casso(province, "", **named(id=0)),
    ):
        assert answer.status == 200
    assert payos(province, memo(payment_no), **named(code="01", reference="FT10")).status == 200
    assert casso(province, memo(payment_no), **named(amount=[1])).status == 503


def test_a_counterpartys_name_and_account_appear_in_no_table_journal_or_log(
    province: LocalProvince, payment_no: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tell_everything(province, payment_no)
    province.pump()
    province.keep_journal()
    settings = province.settings
    tables = (settings.ledger_table, settings.views_table, settings.setup_table)
    rows = [row for table in tables for row in scan(table)]
    assert len(ledger_rows(province, "T#")) == 2
    assert len(message_rows(province)) >= 4
    journal = bucket_journal(province)
    lines = [
        json.loads(line)
        for name in journal.names()
        if name.endswith(".jsonl.gz")
        for line in gzip.decompress(journal.read(name)).splitlines()
    ]
    assert len(lines) > len(ledger_rows(province))
    logged = capsys.readouterr()
    for text in (*map(readable, rows), *map(readable, lines), logged.out, logged.err):
        assert not [canary for canary in CANARIES if canary in text]


def test_every_word_comes_out_whole_for_who_may_open_it(
    province: LocalProvince, payment_no: str
) -> None:
    message = vietqr_wire.casso(
        {
            **CASSO_CREDIT,
            **named(description=memo(payment_no), transactionDateTime="2026-03-02 09:01:30"),
        }
    )
    send(province, message)
    (row,) = ledger_rows(province, "T#")
    assert row["raw"][:1] == SEALED
    assert province.platform.ledger.evidence.open(row["raw"], row["pk"]) == message.raw_body
    sepay(province, memo(payment_no), **named())
    (kept,) = province.platform.ledger.messages.of(payment_no)
    opened = province.platform.ledger.evidence.open(kept.message.raw, kept.row)
    assert NAME.encode() in opened
    assert len(opened) == kept.length
    with pytest.raises(DataFault):
        province.platform.ledger.evidence.open(kept.message.raw, row["pk"])


def test_the_same_notice_again_leaves_every_row_as_it_is_though_seals_differ(
    province: LocalProvince, payment_no: str
) -> None:
    tell_everything(province, payment_no)
    before = ledger_rows(province)
    province.clock.advance(minutes=1)
    tell_everything(province, payment_no)
    assert ledger_rows(province) == before


def test_a_row_of_the_last_release_lies_in_clear_and_stays_readable(
    province: LocalProvince, payment_no: str
) -> None:
    casso(province, memo(payment_no), **named())
    (row,) = ledger_rows(province, "T#")
    raw = province.platform.ledger.evidence.open(row["raw"], row["pk"])
    old = {**row, "raw": compress(raw.decode())}
    client("dynamodb").put_item(TableName=province.settings.ledger_table, Item=encode(old))
    assert province.platform.ledger.evidence.open(old["raw"], row["pk"]) == raw
    casso(province, memo(payment_no), **named())
    assert message_rows(province) == []
    province.pump()


def test_where_nothing_can_be_sealed_nothing_is_written_and_the_notice_comes_again(
    province: LocalProvince, payment_no: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> bytes:
        raise TryLater("kms_busy", "the key store is busy")

    before = ledger_rows(province)
    with monkeypatch.context() as patched:
        patched.setattr(Envelope, "seal", refuse)
        assert casso(province, memo(payment_no), **named()).status == 503
        assert casso(province, "", **named(id=0)).status == 503
    assert ledger_rows(province) == before
    assert casso(province, memo(payment_no), **named()).status == 200


def test_a_forged_notice_is_not_even_sealed(province: LocalProvince, payment_no: str) -> None:
    before = money_rows(province)
    forged = vietqr_wire.casso({**CASSO_CREDIT, "description": payment_no}, "FORGED")
    assert send(province, forged).status == 401
    assert province.http("POST", PATH, b"{" * 100).status == 401
    assert (money_rows(province), message_rows(province)) == (before, [])


def test_the_hash_of_words_about_persons_cannot_be_guessed_at(province: LocalProvince) -> None:
    evidence = province.platform.ledger.evidence
    fingerprint = evidence.fingerprint(b"told", "vietqr")
    assert fingerprint == evidence.fingerprint(b"told", "vietqr")
    plain = Evidence(None, lambda _channel: False).fingerprint(b"told", "vietqr")
    assert (len(fingerprint), fingerprint != plain) == (64, True)


def test_which_channels_tell_of_persons_is_written_down() -> None:
    channels = build_channels(StandInHttp(refuse_to_answer))
    told = {code: channel.tells_of_persons for code, channel in channels.items()}
    assert told == {
        "alipay": True,
        "biller": False,
        "cash": False,
        "pos": False,
        "sandbox": False,
        "vietqr": True,
        "viettelmoney": True,
        "vnpay": False,
    }


def test_what_only_follows_money_opens_no_words(
    province: LocalProvince, payment_no: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Stream, receipts, notices and sweeper have no right to."""
    casso(province, memo(payment_no), **named())

    def refuse(*_: Any) -> bytes:
        raise AssertionError("nothing may be opened here")

    monkeypatch.setattr(Evidence, "open", refuse)
    province.pump()
    province.clock.advance(minutes=5)
    province.sweep()
    assert len(ledger_rows(province, "R#")) == 1
