"""Files arrive and hours strike; operators look."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

import app as table_of_contents
from chalicelib.domain.reconciliations import Summary
from chalicelib.errors import TryLater
from chalicelib.jobs import reconcile
from chalicelib.reconciliation.placement import Misplaced, list_due_days, place_file
from chalicelib.reconciliation.reconcile_day import reconcile_account_day
from chalicelib.web.models.reconciliations import BreakList, ReconciliationList
from tests.reconciliation.days import DAY, NEAR_MIDNIGHT, OF, payment
from tests.reconciliation.statement_files import (
    file_of,
    follow_payment,
    put_file,
    record_payment,
    row_of,
    watched_calls,
)
from tests.support.local_province import Context, HttpAnswer, LocalProvince
from tests.support.portal_client import call
from tests.support.seeded import OPERATOR_KEY, PORTAL_KEY

NEXT = replace(OF, business_day=DAY + timedelta(days=1))


def arrive(province: LocalProvince, day: date, content: bytes, name: str = "day.csv") -> None:
    province.put_statement(OF.channel, OF.account, day.isoformat(), name, content)


def look(province: LocalProvince, target: str) -> Any:
    answer = call(province, "GET", target, key=OPERATOR_KEY)
    assert answer.status == 200, answer
    return answer.json


def summary(province: LocalProvince, of: Any = OF) -> Summary | None:
    return province.platform.reconciliations.read_summary(of)


def test_a_file_that_arrives_is_reconciled(province: LocalProvince) -> None:
    follow_payment(province, OF, payment(1))
    arrive(province, DAY, file_of([row_of(payment(1))], 50_000))
    (item,) = look(province, "/v1/reconciliations")["items"]
    assert (item["status"], item["matched"]) == (
        "matched",
        {"count": 1, "amounts": [{"amount_minor": 50_000, "currency": "VND"}]},
    )
    assert [file["state"] for file in item["files"]] == ["reconciled"]
    assert item["files"][0]["name"] == "day.csv"


def test_an_arrival_told_twice_changes_nothing_more(province: LocalProvince) -> None:
    follow_payment(province, OF, payment(1))
    content = file_of([row_of(payment(1))], 50_000)
    arrive(province, DAY, content)
    before = summary(province)
    event = s3_event(province, "statements/vnpay/quangninh/2026-03-01/day.csv")
    with watched_calls() as calls:
        table_of_contents.statement_arrival(event, Context())
    assert calls.writes == []
    assert summary(province) == before


@pytest.mark.parametrize("name", ["đối soát 01-03.csv", "a+b %20c.csv", "x" * 200])
def test_a_file_may_have_any_name(province: LocalProvince, name: str) -> None:
    arrive(province, DAY, file_of([], 0), name)
    assert summary(province) is not None
    assert look(province, "/v1/reconciliations")["items"][0]["files"][0]["name"] == name


def test_a_neighbouring_day_is_judged_again_when_a_file_arrives(province: LocalProvince) -> None:
    late = payment(1, paid_at=NEAR_MIDNIGHT)
    record_payment(province, OF, late)
    follow_payment(province, OF, late)
    arrive(province, DAY, file_of([], 0))
    province.clock.advance(days=1)
    arrive(province, NEXT.business_day, file_of([row_of(late)], 50_000))
    found = summary(province)
    assert found is not None
    assert found.break_counts == {"late_cutoff": 1}
    assert summary(province, replace(OF, business_day=DAY - timedelta(days=1))) is None


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("statements/day.csv", "statement_key_unreadable"),
        ("statements/nobody/quangninh/2026-03-01/day.csv", "statement_channel_unknown"),
        ("statements/vnpay/nobody/2026-03-01/day.csv", "statement_account_unknown"),
        ("statements/vnpay/quangninh/2026-02-30/day.csv", "statement_day_invalid"),
        ("statements/vnpay/quangninh/20260301/day.csv", "statement_day_invalid"),
        ("statements/vnpay/quangninh/2026-03-01%20/day.csv", "statement_day_invalid"),
        ("statements/vnpay/quangninh/2026-03-04/day.csv", "statement_day_in_future"),
        ("statements/vnpay/quangninh/2026-03-01/more/day.csv", "statement_file_name_refused"),
        ("statements/vnpay/quangninh/2026-03-01/a\nb.csv", "statement_file_name_refused"),
        ("statements/vnpay/quangninh/2026-03-01/" + "x" * 201, "statement_file_name_refused"),
    ],
)
def test_a_file_without_a_place_is_listed_and_told(
    province: LocalProvince, capsys: pytest.CaptureFixture[str], key: str, code: str
) -> None:
    for _ in range(2):
        table_of_contents.statement_arrival(s3_event(province, key), Context())
    listed = look(province, "/v1/reconciliations")
    assert listed["items"] == []
    assert listed["unplaced_files"] == [
        {"key": key, "code": code, "size_bytes": 7, "arrived_at": "2026-03-02T02:00:00Z"}
    ]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    errors = [line for line in lines if line.get("level") == "ERROR"]
    assert [(line["message"], line["facts"]["code"]) for line in errors] == [
        ("statement_unplaced", code)
    ] * 2


def test_a_folder_marker_is_no_file(province: LocalProvince) -> None:
    key = "statements/vnpay/quangninh/2026-03-01/"
    table_of_contents.statement_arrival(s3_event(province, key), Context())
    assert look(province, "/v1/reconciliations") == {
        "items": [],
        "unplaced_files": [],
        "next_cursor": None,
    }


def test_an_event_of_another_bucket_is_refused(
    province: LocalProvince, capsys: pytest.CaptureFixture[str]
) -> None:
    event = s3_event(province, "statements/vnpay/quangninh/2026-03-01/day.csv", "not-ours")
    table_of_contents.statement_arrival(event, Context())
    assert summary(province) is None
    assert "statement_in_foreign_bucket" in capsys.readouterr().out


def test_a_file_in_a_folder_below_is_not_the_days_statement(province: LocalProvince) -> None:
    arrive(province, DAY, file_of([], 0), "more/day.csv")
    reconcile.run_due_reconciliations()
    found = summary(province)
    assert found is not None
    assert found.status == "not_arrived"


def test_the_hour_strikes_and_every_account_and_due_day_is_reported(
    province: LocalProvince,
) -> None:
    follow_payment(province, OF, payment(1))
    province.reconcile_due()
    items = look(province, "/v1/reconciliations?limit=100")["items"]
    assert [(item["business_day"], item["channel"], item["status"]) for item in items] == [
        (day, channel, "not_arrived")
        for day in ("2026-03-01", "2026-02-28", "2026-02-27")
        for channel in ("vnpay", "sandbox")
    ]
    assert items[0]["waiting"]["count"] == 1
    with watched_calls() as calls:
        province.clock.advance(hours=1)
        province.reconcile_due()
    assert calls.writes == []


def test_a_file_whose_event_was_lost_is_found_by_the_hour(province: LocalProvince) -> None:
    follow_payment(province, OF, payment(1))
    put_file(province, OF, "day.csv", file_of([row_of(payment(1))], 50_000))
    province.reconcile_due()
    found = summary(province)
    assert found is not None
    assert found.status == "matched"


def test_one_accounts_trouble_does_not_stop_the_others(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = reconcile_account_day

    def fail_for_one(desk: Any, of: Any, now: Any) -> Summary:
        if of.channel == "vnpay":
            raise RuntimeError("broken")
        return whole(desk, of, now)

    monkeypatch.setattr(reconcile, "reconcile_account_day", fail_for_one)
    with pytest.raises(TryLater) as failed:
        reconcile.run_due_reconciliations()
    assert failed.value.detail == "3 account-days failed"
    items = look(province, "/v1/reconciliations")["items"]
    assert {item["channel"] for item in items} == {"sandbox"}
    assert capsys.readouterr().out.count("reconciliation_failed") == 3


@pytest.mark.parametrize(
    ("local", "days"),
    [
        ("2026-03-02T08:59:59", [date(2026, 2, 28), date(2026, 2, 27)]),
        ("2026-03-02T09:00:00", [date(2026, 3, 1), date(2026, 2, 28), date(2026, 2, 27)]),
        ("2026-03-02T23:59:59", [date(2026, 3, 1), date(2026, 2, 28), date(2026, 2, 27)]),
        ("2026-03-03T00:00:00", [date(2026, 3, 1), date(2026, 2, 28)]),
    ],
)
def test_days_are_due_by_the_provinces_clock(
    province: LocalProvince, local: str, days: list[date]
) -> None:
    now = datetime.fromisoformat(local + "+07:00").astimezone(UTC)
    assert list_due_days(province.platform.setup.read_province(), now) == days


def test_the_current_day_may_have_a_file_already(province: LocalProvince) -> None:
    desk = province.platform.reconciliation_desk()
    key = "statements/vnpay/quangninh/{}/day.csv"
    now = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
    today, tomorrow = (key.format(f"2026-03-0{day}") for day in (2, 3))
    assert place_file(today, desk.province, desk.channels, now) == NEXT
    assert place_file(tomorrow, desk.province, desk.channels, now) is Misplaced.FUTURE


def plant_breaks(province: LocalProvince) -> None:
    for number in (1, 2, 3):
        follow_payment(province, OF, payment(number))
    rows = [row_of(payment(1)), row_of(payment(1)), row_of(payment(2), Amount="1")]
    arrive(province, DAY, file_of(rows, 100_001))


def test_breaks_are_listed_with_what_to_do(province: LocalProvince) -> None:
    plant_breaks(province)
    items = look(province, "/v1/breaks")["items"]
    assert sorted(item["kind"] for item in items) == [
        "amount_mismatch",
        "duplicate_in_channel",
        "missing_in_channel",
    ]
    (different,) = look(province, "/v1/breaks?kind=amount_mismatch")["items"]
    assert (different["ours"], different["theirs"]) == (
        {"amount_minor": 50_000, "currency": "VND"},
        {"amount_minor": 1, "currency": "VND"},
    )
    assert (different["row_no"], different["payment_no"]) == (4, payment(2).payment_no)
    assert different["title"]["vi"] == "Lệch số tiền"
    assert different["suggested_action"]["en"].startswith("Compare with the order")


def test_breaks_are_filtered_and_paged(province: LocalProvince) -> None:
    plant_breaks(province)
    arrive(province, DAY, file_of([row_of(payment(1))], 50_000), "e.csv")
    assert len(look(province, "/v1/breaks?status=open")["items"]) == 2
    assert len(look(province, "/v1/breaks?status=cleared")["items"]) == 2
    assert look(province, "/v1/breaks?business_day=2026-03-02")["items"] == []
    assert look(province, "/v1/breaks?channel=sandbox")["items"] == []
    assert look(province, "/v1/breaks?account=nobody")["items"] == []
    seen: list[str] = []
    target = "/v1/breaks?business_day=2026-03-01&channel=vnpay&limit=3"
    cursor: str | None = ""
    while cursor is not None:
        page = look(province, target + (f"&cursor={cursor}" if cursor else ""))
        seen += [item["break_id"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert len(seen) == len(set(seen)) == 4


def test_reconciliations_are_filtered(province: LocalProvince) -> None:
    province.reconcile_due()
    target = "/v1/reconciliations?channel=vnpay&business_day=2026-02-28"
    assert [item["business_day"] for item in look(province, target)["items"]] == ["2026-02-28"]


@pytest.mark.parametrize(
    "query",
    [
        "business_day=2026-3-1",
        "business_day=20260301",
        "kind=odd",
        "status=odd",
        "odd=1",
        "limit=0",
    ],
)
def test_a_wrong_parameter_is_a_400(province: LocalProvince, query: str) -> None:
    assert call(province, "GET", f"/v1/breaks?{query}", key=OPERATOR_KEY).status == 400


@pytest.mark.parametrize("path", ["/v1/reconciliations", "/v1/breaks"])
def test_only_an_operator_of_finance_may_look(province: LocalProvince, path: str) -> None:
    without: HttpAnswer = province.http("GET", path)
    assert without.status == 401
    assert call(province, "GET", path, key=PORTAL_KEY).status == 403


def test_answers_are_what_the_document_says(province: LocalProvince) -> None:
    plant_breaks(province)
    table_of_contents.statement_arrival(s3_event(province, "statements/x"), Context())
    ReconciliationList.model_validate(look(province, "/v1/reconciliations"))
    BreakList.model_validate(look(province, "/v1/breaks"))


def test_a_report_is_linked_for_five_minutes_at_the_regions_own_host(
    province: LocalProvince,
) -> None:
    plant_breaks(province)
    (item,) = look(province, "/v1/reconciliations")["items"]
    link = urlsplit(item["reports"]["html_vi"])
    bucket = province.settings.reports_bucket
    assert link.netloc == f"{bucket}.s3.ap-southeast-1.amazonaws.com"
    found = summary(province)
    assert found is not None
    assert link.path == f"/{found.reports['html_vi']}"
    query = dict(parse_qsl(link.query))
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["X-Amz-Expires"] == "300"


def s3_event(province: LocalProvince, key: str, bucket: str | None = None) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "event",
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2026-03-02T02:00:00Z",
        "region": "ap-southeast-1",
        "resources": [],
        "detail-type": "Object Created",
        "detail": {
            "bucket": {"name": bucket or province.settings.statements_bucket},
            "object": {"key": key, "size": 7},
        },
    }
