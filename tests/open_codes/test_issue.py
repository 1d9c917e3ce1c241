"""Batches: what may be issued, once however often it is asked, and what is told of it."""

import base64
import csv
import io
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chalicelib.domain.identifiers import is_payment_code, verification_word
from chalicelib.domain.province import Mode
from chalicelib.errors import Conflict
from chalicelib.web.models.open_codes import (
    IssuedOpenCodeList,
    OpenCodeBatch,
    OpenCodeBatchList,
    OpenCodeKeyList,
)
from chalicelib.web.pages.open_code_sheet import hand_check, load_words
from chalicelib.web.pages.texts import LANGUAGES
from infra.open_codes.check import has_right_digits
from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn
from tests.support.open_codes import (
    PATH,
    bind,
    codes_of,
    issue_codes,
    issued_batch,
    issued_codes,
    void_batch,
    void_code,
)
from tests.support.portal_client import call, start
from tests.support.province_tables import read_tables
from tests.support.seeded import OPERATOR_KEY, OTHER_PORTAL_KEY
from tests.web.test_qr_image import read_svg


def test_a_batch_says_what_its_codes_are_for(province: LocalProvince) -> None:
    answer = issue_codes(province, count=200)
    batch = OpenCodeBatch.model_validate_json(answer.text)
    assert (answer.status, batch.state, batch.count) == (201, "issued", 200)
    assert (batch.amount_minor, batch.currency, batch.valid_until) == (50_000, "VND", "2026-04-01")
    assert batch.expires_at == "2026-04-01T17:00:00Z"
    codes = codes_of(province, batch.batch)
    assert [each["serial"] for each in codes] == list(range(1, 201))
    assert len({each["payment_code"] for each in codes}) == 200
    assert all(is_payment_code(each["payment_code"]) for each in codes)
    page = call(province, "GET", f"{PATH}/{batch.batch}/codes?limit=7").text
    assert len(IssuedOpenCodeList.model_validate_json(page).items) == 7
    look = call(province, "GET", f"{PATH}/{batch.batch}")
    assert look.json == answer.json
    province.pump()
    listed = OpenCodeBatchList.model_validate_json(call(province, "GET", PATH).text)
    assert [each.batch for each in listed.items] == [batch.batch]


def test_the_same_request_again_issues_none(province: LocalProvince) -> None:
    first = issue_codes(province)
    province.clock.advance(days=2)
    again = issue_codes(province)
    assert (again.status, again.text) == (first.status, first.text)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(read_tables(province).orders) == 3
    other = issue_codes(province, count=4)
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert issue_codes(province, "o-2").json["batch"] != first.json["batch"]


def test_two_portals_with_one_key_have_batches_of_their_own(province: LocalProvince) -> None:
    mine = issued_batch(province)
    theirs = issue_codes(province, portal_key=OTHER_PORTAL_KEY).json["batch"]
    assert mine != theirs
    for part in ("", "/codes", "/codes.csv", "/sheet"):
        answer = call(province, "GET", f"{PATH}/{theirs}{part}")
        assert (answer.status, answer.json["code"]) == (404, "batch_not_found")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"lines": [{"fee_item": "FEE-1", "amount_minor": 60_000}]}, "amount_not_allowed"),
        ({"lines": [{"fee_item": "RANGE"}]}, "amount_required"),
        ({"lines": [{"fee_item": "RANGE", "amount_minor": 9_999}]}, "amount_out_of_range"),
        ({"lines": [{"fee_item": "COPIES", "quantity": 101}]}, "quantity_out_of_range"),
        ({"lines": [{"fee_item": "OLD"}]}, "fee_item_unknown"),
        ({"payee_unit": "UNITB"}, "payee_unit_unknown"),
        ({"count": 201}, "out_of_range"),
        ({"count": 0}, "out_of_range"),
        ({"days": None}, "valid_until_or_days"),
        ({"valid_until": "2026-03-31"}, "valid_until_or_days"),
        ({"days": None, "valid_until": "2026-03-01"}, "validity_out_of_range"),
        ({"days": None, "valid_until": "2027-03-04"}, "validity_out_of_range"),
        ({"language": "xx"}, "language_unknown"),
        ({"channels": ["nope"]}, "channel_unknown"),
        ({"purpose": ""}, "too_short"),
    ],
)
def test_what_does_not_fit_is_refused_and_writes_nothing(
    province: LocalProvince, changes: dict[str, Any], code: str
) -> None:
    answer = issue_codes(province, **changes)
    assert (answer.status, answer.json["code"]) == (422, code)
    assert read_tables(province).ledger == {}


def test_amounts_of_every_tariff(province: LocalProvince) -> None:
    lines = [
        {"fee_item": "COPIES", "quantity": 12},
        {"fee_item": "RANGE", "amount_minor": 10_000},
        {"fee_item": "FINE", "amount_minor": 1},
    ]
    answer = issue_codes(province, lines=lines)
    assert (answer.status, answer.json["amount_minor"]) == (201, 34_001)


def test_an_operators_key_issues_none(province: LocalProvince) -> None:
    answer = issue_codes(province, portal_key=OPERATOR_KEY)
    assert (answer.status, answer.json["code"]) == (403, "scope_missing")


def test_every_code_is_signed_by_the_published_key(province: LocalProvince) -> None:
    codes = codes_of(province, issued_batch(province))
    keys = OpenCodeKeyList.model_validate_json(call(province, "GET", "/v1/open-code-keys").text)
    (key,) = keys.items
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.public_key))
    for each in codes:
        text, _, signature = each["signed_text"].rpartition("|")
        public.verify(base64.urlsafe_b64decode(f"{signature}=="), text.encode())
        code = each["payment_code"]
        assert text == f"OPEN1|t1|{code}|UNITA|FEE-1|50000|VND|2026-04-01"
        portal = province.platform.setup.read_portal("portal-a")
        assert portal is not None
        assert each["verification_word"] == verification_word(portal.code_secret, code)


def test_a_new_key_signs_and_the_old_one_stays_published(province: LocalProvince) -> None:
    old = issued_batch(province)
    before = codes_of(province, old)
    store, clock = province.platform.signing_keys, province.clock
    assert store.add(Mode.TEST, clock.at).key_id == "t2"
    keys = call(province, "GET", "/v1/open-code-keys").json["items"]
    assert [key["key_id"] for key in keys] == ["t2", "t1"]
    assert codes_of(province, old) == before
    new = codes_of(province, issued_batch(province, "o-2"))
    assert new[0]["signed_text"].startswith("OPEN1|t2|")
    store.retire(Mode.TEST, "t1", clock.at)
    assert [key.key_id for key in store.list_live(Mode.TEST)] == ["t2"]
    assert codes_of(province, old)[0]["signed_text"].startswith("OPEN1|t2|")
    with pytest.raises(Conflict):
        store.retire(Mode.TEST, "t2", clock.at)


def test_a_private_key_is_nowhere_in_the_clear(province: LocalProvince) -> None:
    issued_batch(province)
    (row,) = [row for row in read_tables(province).setup if row["pk"].startswith("SIGNING#")]
    assert row.keys() == {"pk", "sk", "public", "created_at", "sealed_private"}
    assert len(row["sealed_private"]) == 32 + 37


def test_the_file_keeps_all_digits_and_runs_nothing(province: LocalProvince) -> None:
    batch = issued_batch(province)
    answer = call(province, "GET", f"{PATH}/{batch}/codes.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    codes = codes_of(province, batch)
    assert [row["payment_code"].replace(" ", "") for row in rows] == [
        each["payment_code"] for each in codes
    ]
    for row in rows:
        assert re.fullmatch(r"(\d{3} ){5}\d{3}", row["payment_code"])
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def sheet(province: LocalProvince, batch: str, query: str = "") -> str:
    answer = call(province, "GET", f"{PATH}/{batch}/sheet{query}")
    assert answer.status == 200, answer
    assert "script" not in answer.headers["Content-Security-Policy"]
    return answer.text


def test_the_squares_on_a_slip_are_read_by_another_program(province: LocalProvince) -> None:
    batch = issued_batch(province, count=2)
    codes = codes_of(province, batch)
    drawn = re.findall(r"<svg.*?</svg>", sheet(province, batch), re.DOTALL)
    wanted = [each[name] for each in codes for name in ("pay_url", "signed_text")]
    assert [read_svg(each) for each in drawn] == [[each] for each in wanted]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", ("Mã nộp tiền in sẵn", "Từ xác minh", "50.000\u00a0đồng", "01/04/2026")),
        ("en", ("Open payment codes", "The unit’s own list", "50,000\u00a0VND", "1 April 2026")),
    ],
)
def test_a_sheet_speaks_its_language(
    province: LocalProvince, language: str, words: tuple[str, ...]
) -> None:
    text = sheet(province, issued_batch(province), f"?lang={language}")
    assert f'<html lang="{language}">' in text
    assert [word for word in words if word not in text] == []


def test_the_sheets_words_are_the_same_in_every_language() -> None:
    keys = [list(load_words(language).entries) for language in LANGUAGES]
    assert keys[0] == keys[1] == keys[2]
    for language in LANGUAGES:
        assert all(load_words(language).entries.values())


def test_a_sheet_has_what_a_clerk_checks_by_hand(province: LocalProvince) -> None:
    batch = issued_batch(province)
    text = sheet(province, batch)
    for each in codes_of(province, batch):
        code = each["payment_code"]
        assert text.count(" ".join(re.findall("...", code))) >= 2  # the list and the slip
        assert text.count(each["verification_word"]) >= 2
    first = codes_of(province, batch)[0]["payment_code"]
    for step in hand_check(first):
        assert step in text


def test_the_steps_by_hand_end_in_one_for_right_digits_alone(province: LocalProvince) -> None:
    for code in issued_codes(province, count=40):
        assert hand_check(code)[-1].endswith("→ 1")
        wrong = code[:8] + code[9] + code[8] + code[10:]
        assert hand_check(wrong)[-1].endswith("→ 1") == has_right_digits(wrong) == (wrong == code)


def test_what_cannot_be_sold_is_not_printed_again(province: LocalProvince) -> None:
    batch = issued_batch(province, count=5)
    codes = [each["payment_code"] for each in codes_of(province, batch)]
    assert void_code(province, codes[0]).status == 200
    assert bind(province, codes[1]).status == 200
    payment_no = start(province, codes[2]).json["payment_no"]
    assert send_ipn(province, payment_no).json["RspCode"] == "00"
    text = sheet(province, batch)
    shown = [code for code in codes if text.count(" ".join(re.findall("...", code))) > 0]
    assert shown == codes[3:]
    assert "1, 2, 3" in text
    province.clock.advance(days=31)
    assert text.count("<svg") == 4
    assert "<svg" not in sheet(province, batch)


def test_a_part_of_the_sheets(province: LocalProvince) -> None:
    batch = issued_batch(province, count=60)
    assert sheet(province, batch).count('class="slip"') == 48
    assert sheet(province, batch, "?first=49").count('class="slip"') == 12
    for query in ("?first=0", "?first=61", "?count=49", "?count=x", "?page=1"):
        answer = call(province, "GET", f"{PATH}/{batch}/sheet{query}")
        assert answer.status == 400, query


def test_a_batch_that_was_taken_back_is_not_printed(province: LocalProvince) -> None:
    batch = issued_batch(province)
    assert void_batch(province, batch).status == 200
    answer = call(province, "GET", f"{PATH}/{batch}/sheet")
    assert (answer.status, answer.json["code"]) == (409, "batch_void")


def test_a_batch_whose_request_died_is_not_printed(province: LocalProvince) -> None:
    """And goes on where it stopped when the request comes again."""
    put = province.platform.ledger.open_codes.put
    calls = 0

    def dies(orders: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError("the process ended")
        return put(orders)

    province.platform.ledger.open_codes.put = dies  # type: ignore[method-assign]
    assert issue_codes(province, count=60).status == 500
    (batch,) = [row["pk"].removeprefix("BATCH#") for row in read_tables(province).of("BATCH#")]
    for part in ("codes", "codes.csv", "sheet"):
        answer = call(province, "GET", f"{PATH}/{batch}/{part}")
        assert (answer.status, answer.json["code"]) == (409, "batch_incomplete")
    assert void_batch(province, batch).json["code"] == "batch_incomplete"
    province.clock.advance(hours=5)
    assert issue_codes(province, count=60).json["batch"] == batch
    assert len(codes_of(province, batch)) == 60
