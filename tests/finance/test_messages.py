"""Messages of a finance system by API: believed, kept once, applied in order."""

import json
import random
from typing import Any

import pytest

from infra.simulator.finance import FinanceSystem
from tests.support.bills import look
from tests.support.finance import (
    COPIES,
    ITEM,
    SENDER,
    SYSTEM,
    UNIT,
    a_notice,
    add_finance,
    exchange,
    pay,
    send,
    sent,
)
from tests.support.local_province import LocalProvince
from tests.support.portal_client import call
from tests.support.rows import ledger_rows, message_rows
from tests.support.seeded import OPERATOR_KEY, OTHER_PORTAL_KEY, province_document


def orders(province: LocalProvince) -> list[dict[str, Any]]:
    return ledger_rows(province, "O#")


def test_a_notice_becomes_a_bill_of_the_mapped_unit_and_item(
    province: LocalProvince, system: FinanceSystem
) -> None:
    (answer,) = sent(province, system.message("bill", a_notice()))
    assert (answer["state"], answer["sequence_no"], answer["problem"]) == ("accepted", 1, None)
    bill = answer["result"]
    assert (bill["bill"], bill["amount_minor"], bill["due_date"]) == (
        "issued",
        1_000_000,
        "2026-03-31",
    )
    order = look(province, bill["payment_code"])
    assert (order["payee_unit"], order["reference"], order["status"]) == (
        "UNITA",
        "N-1",
        "created",
    )
    assert [line["fee_item"] for line in order["lines"]] == ["FINE"]
    assert order["metadata"] == {"region": "330100", "business": "0101"}
    assert order["bill"]["valid_until"] == "2026-03-31"  # no surcharge is counted


def test_a_message_sent_again_gets_the_same_answer_and_issues_none(
    province: LocalProvince, system: FinanceSystem
) -> None:
    message = system.message("bill", a_notice())
    first, again = send(province, message), send(province, message)
    assert first.text == again.text
    assert len(orders(province)) == 1


def test_a_bill_sent_twice_under_two_ids_is_one(
    province: LocalProvince, system: FinanceSystem
) -> None:
    first, second = sent(
        province, system.message("bill", a_notice()), system.message("bill", a_notice())
    )
    assert (first["result"]["bill"], second["result"]["bill"]) == ("issued", "already_issued")
    assert first["result"]["payment_code"] == second["result"]["payment_code"]
    assert len(orders(province)) == 1


def test_an_id_that_comes_with_other_content_is_refused_and_changes_nothing(
    province: LocalProvince, system: FinanceSystem
) -> None:
    sent(province, system.message("bill", a_notice()))
    (answer,) = sent(province, system.message("bill", a_notice(amount="5"), sequence_no=1))
    assert (answer["state"], answer["problem"]["code"]) == ("not_kept", "message_id_reused")
    other = {"message_id": "another", "sequence_no": 1}
    (answer,) = sent(province, system.message("bill", a_notice(), **other))
    assert answer["problem"]["code"] == "sequence_no_taken"
    known = {"message_id": f"{SENDER}-000001", "sequence_no": 2}
    (answer,) = sent(province, system.message("bill", a_notice(), **known))
    assert answer["problem"]["code"] == "message_id_reused"
    assert len(orders(province)) == 1


def test_a_message_that_comes_too_early_waits_for_the_missing_one(
    province: LocalProvince, system: FinanceSystem
) -> None:
    first, second, third = (
        system.message("bill", a_notice()),
        system.message("bill_amendment", a_notice(amount="700000", REASON="recalculated")),
        system.message("bill_cancellation", a_notice(REASON="withdrawn")),
    )
    early = sent(province, third, second)
    assert [(each["state"], each["waits_for"]) for each in early] == [("waiting", 1)] * 2
    assert orders(province) == []
    (done,) = sent(province, first)
    assert done["state"] == "accepted"
    (order,) = orders(province)
    assert (order["status"], order["amount_minor"]) == ("cancelled", 700_000)
    answers = sent(province, second, third)
    assert [each["result"]["bill"] for each in answers] == ["amended", "cancelled"]
    path = f"/v1/finance/messages/{third['message_id']}"
    assert call(province, "GET", path).json["state"] == "accepted"


def test_a_call_that_thousands_wait_for_does_some_and_the_schedule_the_others(
    province: LocalProvince, system: FinanceSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chalicelib.finance.inbox.DRAINED_AT_ONCE", 2)
    first, *others = [system.message("bill", a_notice(f"N-{number}")) for number in range(1, 7)]
    sent(province, *others)
    answer = send(province, first)
    assert answer.json["answers"][0]["state"] == "accepted"
    assert (answer.json["next_sequence_no"], len(orders(province))) == (5, 4)
    exchange(province)
    assert len(orders(province)) == 6


@pytest.mark.parametrize("seed", range(6))
def test_however_messages_are_shuffled_and_repeated_the_end_is_the_same(
    province: LocalProvince, system: FinanceSystem, seed: int
) -> None:
    messages = [system.message("bill", a_notice(f"N-{number}")) for number in range(1, 6)]
    messages.append(system.message("bill_cancellation", a_notice("N-3", REASON="withdrawn")))
    messages.append(system.message("bill", a_notice("N-3", amount="400000")))
    chance = random.Random(seed)
    shuffled = messages * 2
    chance.shuffle(shuffled)
    while shuffled:
        size = chance.randint(1, 4)
        sent(province, *shuffled[:size])
        del shuffled[:size]
    found = sorted(
        (row["reference"], row["status"], row["amount_minor"]) for row in orders(province)
    )
    assert found == [
        ("N-1", "created", 1_000_000),
        ("N-2", "created", 1_000_000),
        ("N-3", "cancelled", 1_000_000),
        ("N-3", "created", 400_000),
        ("N-4", "created", 1_000_000),
        ("N-5", "created", 1_000_000),
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"signature": "0" * 64}, "signature_wrong"),
        ({"sender": "another-system"}, "signature_wrong"),
        ({"sent_at": "2026-03-02T10:00:00+08:00"}, "signature_wrong"),
        ({"sequence_no": 7}, "signature_wrong"),
        ({"kind": "bill_cancellation"}, "signature_wrong"),
        ({"body": {"NOTICENO": "N-2"}}, "signature_wrong"),
        ({"kind": "decree"}, "invalid_value"),
        ({"sequence_no": 0}, "invalid_value"),
        ({"sent_at": "yesterday"}, "invalid_value"),
        ({"extra": 1}, "unknown_field"),
        ({"body": {"TOTALMONEY": 12.5}}, "number_with_fraction"),
    ],
)
def test_what_is_not_believed_is_not_kept(
    province: LocalProvince, system: FinanceSystem, changes: dict[str, Any], code: str
) -> None:
    message = system.message("bill", a_notice())
    before = ledger_rows(province)
    (answer,) = sent(province, message | changes)
    assert (answer["state"], answer["problem"]["code"]) == ("not_kept", code)
    assert ledger_rows(province) == before
    (answer,) = sent(province, message)
    assert answer["state"] == "accepted"


def test_the_key_before_is_believed_while_it_is_changed(
    province: LocalProvince, system: FinanceSystem
) -> None:
    new = {"signing_key": "another-signing-key-of-32-letters"}
    old = {"signing_key": system.key}
    province.platform.secrets.write_secret("finance/hz-nontax", new, old)
    (answer,) = sent(province, system.message("bill", a_notice()))
    assert answer["state"] == "accepted"
    system.key = new["signing_key"]
    (answer,) = sent(province, system.message("bill", a_notice("N-2")))
    assert answer["state"] == "accepted"


def test_faults_of_a_notice_are_named_in_its_own_words_and_stop_no_other(
    province: LocalProvince, system: FinanceSystem
) -> None:
    lines = [
        {"CHITCODE": ITEM, "CHCOUNT": "2", "CHARGESTANDARD": "3", "CHMONEY": "7"},
        {"CHITCODE": "9999", "CHMONEY": "1"},
    ]
    wrong = a_notice(TOTALMONEY="9", EXPIREDPAYDATE="20260230", PAYER=None, ITEMS=lines)
    unknown = a_notice("N-2", TOTALMONEY="8", ITEMS=[{"CHITCODE": "9999", "CHMONEY": "8"}])
    answers = sent(
        province,
        system.message("bill", wrong),
        system.message("bill", unknown),
        system.message("bill", a_notice("N-3")),
    )
    assert [each["state"] for each in answers] == ["refused", "refused", "accepted"]
    found = {(each["field"], each["code"]) for each in answers[0]["problem"]["errors"]}
    assert found == {
        ("/body/PAYER", "required"),
        ("/body/TOTALMONEY", "total_differs"),
        ("/body/EXPIREDPAYDATE", "date_unreadable"),
        ("/body/ITEMS/0/CHMONEY", "line_differs"),
    }
    (error,) = answers[1]["problem"]["errors"]
    assert (error["field"], error["code"]) == ("/body/ITEMS/0/CHITCODE", "fee_item_unknown")


def test_an_amendment_of_a_paid_bill_is_refused_with_its_code(
    province: LocalProvince, system: FinanceSystem
) -> None:
    (answer,) = sent(province, system.message("bill", a_notice()))
    pay(province, answer["result"]["payment_code"], 1_000_000)
    late = system.message("bill_amendment", a_notice(amount="900000", REASON="a mistake"))
    (answer,) = sent(province, late)
    assert (answer["state"], answer["problem"]["code"]) == ("refused", "order_paid")
    (order,) = orders(province)
    assert (order["status"], order["amount_minor"]) == ("paid", 1_000_000)


def test_a_surcharge_begins_when_the_notice_says_and_never_exceeds_its_limit(
    province: LocalProvince, system: FinanceSystem
) -> None:
    line = {
        "CHITCODE": ITEM,
        "CHMONEY": "1000000",
        "ISEXISTSOVERDUE": "1",
        "PAYMENTRADIO": "0.0005",
        "MAXPAYMENT": "4000",
        "STARTCALCDATE": "20260401",
    }
    (answer,) = sent(province, system.message("bill", a_notice(ISCOUNTOVERDUE="1", ITEMS=[line])))
    code = answer["result"]["payment_code"]
    bill = look(province, code)["bill"]
    assert (bill["due_date"], bill["valid_until"]) == ("2026-03-31", "2027-03-31")
    province.clock.advance(days=33)  # 4 April: four days late
    assert look(province, code)["amount_minor"] == 1_002_000
    province.clock.advance(days=10)
    assert look(province, code)["amount_minor"] == 1_004_000


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ({"PAYMENTRADIO": "5"}, "rate_out_of_range"),
        ({"PAYMENTRADIO": "abc"}, "rate_out_of_range"),
        ({"PAYMENTRADIO": None}, "required"),
        ({"PAYMENTRADIO": "0.0005", "STARTCALCDATE": "20260331"}, "surcharge_before_due"),
    ],
)
def test_a_surcharge_that_cannot_be_read_is_refused(
    province: LocalProvince, system: FinanceSystem, line: dict[str, Any], code: str
) -> None:
    body = {"CHITCODE": ITEM, "CHMONEY": "1000000", "ISEXISTSOVERDUE": "1", **line}
    (answer,) = sent(province, system.message("bill", a_notice(ISCOUNTOVERDUE="1", ITEMS=[body])))
    assert code in {each["code"] for each in answer["problem"]["errors"]}
    assert orders(province) == []


def test_a_name_with_the_wide_space_of_chinese_is_a_name(
    province: LocalProvince, system: FinanceSystem
) -> None:
    (answer,) = sent(province, system.message("bill", a_notice(PAYER="王\u3000明")))
    assert answer["state"] == "accepted"


def test_what_is_counted_in_units_is_counted_and_what_is_not_says_how_many(
    province: LocalProvince, system: FinanceSystem
) -> None:
    counted = {"CHITCODE": COPIES, "CHCOUNT": "3", "CHARGESTANDARD": "2000", "CHMONEY": "6000"}
    open_one = {"CHITCODE": ITEM, "CHCOUNT": "2", "CHMONEY": "50000", "METRICUNIT": "次"}
    (answer,) = sent(
        province,
        system.message("bill", a_notice(TOTALMONEY="56000", ITEMS=[counted, open_one])),
    )
    lines = look(province, answer["result"]["payment_code"])["lines"]
    assert [(line["quantity"], line["amount_minor"], line["description"]) for line in lines] == [
        (3, 6000, None),
        (1, 50_000, "2 次"),
    ]


def test_another_portal_and_an_operator_reach_nothing(
    province: LocalProvince, system: FinanceSystem
) -> None:
    message = system.message("bill", a_notice())
    assert send(province, message, key=OTHER_PORTAL_KEY).json["code"] == "not_a_finance_system"
    assert send(province, message, key=OPERATOR_KEY).status == 403
    for path in ("results", "totals?business_day=2026-03-02", "messages/x"):
        answer = call(province, "GET", f"/v1/finance/{path}", key=OTHER_PORTAL_KEY)
        assert (answer.status, answer.json["code"]) == (403, "not_a_finance_system")
    assert orders(province) == []


def test_who_pays_lies_sealed_while_a_message_waits_and_is_dropped_after(
    province: LocalProvince, system: FinanceSystem
) -> None:
    first, second = (system.message("bill", a_notice(f"N-{number}")) for number in (1, 2))
    sent(province, second)
    waiting = json.dumps(ledger_rows(province, "FIN"), default=repr)
    assert "王小明" not in waiting
    assert "330102199001011234" not in waiting
    sent(province, first)
    kept = ledger_rows(province, "FINM#")
    assert len(kept) == 2
    assert all("body" not in row for row in kept)
    assert message_rows(province) == []


def test_a_sender_that_lost_count_is_told(province: LocalProvince, system: FinanceSystem) -> None:
    (answer,) = sent(province, system.message("bill", a_notice(), sequence_no=200_000))
    assert (answer["state"], answer["problem"]["code"]) == ("not_kept", "sequence_too_far")


def test_another_portals_unit_issues_nothing(
    province: LocalProvince, system: FinanceSystem
) -> None:
    (answer,) = sent(province, system.message("bill", a_notice(ENTERCODE="UNITB")))
    (error,) = answer["problem"]["errors"]
    assert (error["field"], error["code"]) == ("/body/ENTERCODE", "payee_unit_unknown")


def test_a_unit_issues_nothing_until_its_stage_allows_it(
    province: LocalProvince, system: FinanceSystem
) -> None:
    document = province_document()
    document["profile"]["finance_systems"] = [SYSTEM]
    for stage in ("surveyed", "reserved"):
        document["payee_units"][0]["stage"] = stage
        province.platform.setup.write_province(document)
        province.clock.advance(minutes=2)
        (answer,) = sent(province, system.message("bill", a_notice()))
        (error,) = answer["problem"]["errors"]
        assert (error["field"], error["code"]) == ("/body/ENTERCODE", "payee_unit_not_live")
    document["payee_units"][0]["stage"] = "joint_test"
    province.platform.setup.write_province(document)
    province.clock.advance(minutes=2)
    (answer,) = sent(province, system.message("bill", a_notice()))
    assert answer["state"] == "accepted"


@pytest.mark.parametrize("kind", ["bill", "bill_amendment", "bill_cancellation"])
@pytest.mark.parametrize(
    "changes",
    [
        {"NOTICENO": "9" * 3_000},
        {"ENTERCODE": "U" * 3_000},
        {"NOTICENO": "N\u0000-1"},
        {"EXPIREDPAYDATE": "99991231", "ISCOUNTOVERDUE": "1"},
        {"REASON": "x" * 20_000, "PAYER": "y" * 20_000},
    ],
)
def test_what_no_row_can_hold_is_refused_and_holds_up_nothing(
    province: LocalProvince, system: FinanceSystem, kind: str, changes: dict[str, str]
) -> None:
    given = a_notice("N-2") | {"REASON": "withdrawn"} | changes
    answers = sent(
        province,
        system.message("bill", a_notice("N-2", EXPIREDPAYDATE="20260401")),
        system.message(kind, given),
        system.message("bill", a_notice()),
    )
    is_read = kind == "bill_cancellation" and "EXPIREDPAYDATE" in changes
    assert [each["state"] for each in answers] == [
        "accepted",
        "accepted" if is_read else "refused",
        "accepted",
    ]


def test_units_and_items_change_nothing_and_are_laid_beside_the_catalogue(
    province: LocalProvince, system: FinanceSystem
) -> None:
    unit = {"ENTERCODE": UNIT, "ENTERNAME": "Unit UNITA"}
    new = {"ENTERCODE": "330199", "ENTERNAME": "新单位"}
    same = {"ENTERCODE": UNIT, "CHITCODE": COPIES, "CHITNAME": "Item COPIES"}
    same |= {"METRICUNIT": "page", "CHARGESTANDARD": "2000"}
    dearer = same | {"CHARGESTANDARD": "2500"}
    version = province.platform.setup.read_province().version
    answers = sent(
        province,
        system.message("unit", unit),
        system.message("unit", new),
        system.message("fee_item", same),
        system.message("fee_item", dearer),
    )
    verdicts = [each["result"]["catalogue"] for each in answers]
    assert verdicts == ["same", "new", "same", "differs"]
    assert province.platform.setup.read_province().version == version


def test_the_words_of_another_country_are_data(
    province: LocalProvince,
) -> None:
    from infra.simulator.finance import VIETNAM

    names = {
        "bill": {"reference": "SoThongBao", "payer": "TenNguoiNop", "payer_identity": "SoDinhDanh"}
        | {"region": "MaDiaBan", "made_on": "NgayLap", "made_time": "GioLap", "total": "TongTien"}
        | {"business": "MaNghiepVu", "unit": "MaDonVi", "due_on": "HanNop", "lines": "KhoanThu"}
        | {"counts_overdue": "TinhChamNop", "reason": "LyDo", "unit_name": "TenDonVi"},
        "line": {"item": "MaKhoanThu", "item_name": "TenKhoanThu", "quantity": "SoLuong"}
        | {"price": "DonGia", "amount": "ThanhTien"},
    }
    add_finance(province.platform, names=names, days="DD/MM/YYYY")
    province.platform.setup.read_province()
    province.clock.advance(minutes=2)
    system = FinanceSystem(SENDER, words=VIETNAM)
    body = a_notice(EXPIREDPAYDATE="31/03/2026", MAKEDATE="02/03/2026")
    (answer,) = sent(province, system.message("bill", body))
    assert answer["result"]["due_date"] == "2026-03-31"
    (answer,) = sent(province, system.message("bill", a_notice("N-2", EXPIREDPAYDATE="20260331")))
    (error,) = answer["problem"]["errors"]
    assert (error["field"], error["code"]) == ("/body/HanNop", "date_unreadable")
