"""Alipay's bill is fetched when its hour has come, once, and reconciled as any other file."""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.exceptions import ClientError

from chalicelib.channels.contract import FetchesStatements
from chalicelib.domain.breaks import AccountDay
from chalicelib.domain.reconciliations import Summary
from chalicelib.errors import DataFault, OutcomeUnknown, TryLater
from chalicelib.jobs import reconcile
from chalicelib.outbound import Response
from chalicelib.reconciliation.fetch_statements import fetch_missing, fetch_statement
from chalicelib.reconciliation.placement import list_days_to_fetch
from tests.channels.alipay_wire import answering, content_of
from tests.channels.stand_ins import StandInHttp
from tests.reconciliation.channel_files import ALIPAY, BEIJING, DAY, Row, seed_china, write_bill
from tests.reconciliation.statement_files import (
    follow_payment,
    put_file,
    watched_calls,
)
from tests.support.local_province import LocalProvince, local_province

ROOT = Path(__file__).parents[2]
METHOD = "alipay.data.dataservice.bill.downloadurl.query"
LINK = "https://dwbillcenter.alipay.com/downloadBillFile.resource?day="
NONE_YET = {"code": "40004", "msg": "Business Failed", "sub_code": "isp.bill_not_exist"}
ROW = Row(1, ALIPAY.at(DAY, "12:00:00"))
OF = ALIPAY.of


class Gateway(StandInHttp):
    """`bills`: by day. `troubles`: what happens to the next questions instead of an answer."""

    def __init__(self) -> None:
        super().__init__(self._tell, self._give)
        self.bills: dict[str, bytes] = {}
        self.troubles: list[Callable[[], Response]] = []

    @property
    def asked(self) -> list[str]:
        return [content_of(body)["bill_date"] for _, body, _ in self.posted]

    def _tell(self, body: bytes) -> Response:
        if self.troubles:
            return self.troubles.pop(0)()
        day = content_of(body)["bill_date"]
        if day not in self.bills:
            return answering(METHOD, NONE_YET)(body)
        found = {"code": "10000", "msg": "Success", "bill_download_url": LINK + day}
        return answering(METHOD, found)(body)

    def _give(self, url: str) -> Response:
        return Response(200, {}, self.bills[url.removeprefix(LINK)])


@pytest.fixture
def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
def zhejiang(gateway: Gateway) -> Iterator[LocalProvince]:
    """At half past ten of the day after DAY, without bills of earlier days."""
    with local_province(seed_china, gateway) as running, bucket_clock(running):
        strike(running, "2026-03-02T10:30:00")
        bucket = running.settings.statements_bucket
        boto3.client("s3").put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        yield running


def bucket_clock(province: LocalProvince) -> Any:
    """Which of two files is the newer follows the test's clock."""

    def now() -> datetime:
        return province.clock().astimezone(UTC).replace(tzinfo=None)

    return mock.patch("moto.s3.models.utcnow", now)


def strike(province: LocalProvince, local: str) -> None:
    province.clock.at = datetime.fromisoformat(local).replace(tzinfo=BEIJING)


def files(province: LocalProvince) -> list[str]:
    found = boto3.client("s3").list_object_versions(Bucket=province.settings.statements_bucket)
    return [each["Key"] for each in found.get("Versions", [])]


def summary(province: LocalProvince, of: AccountDay = OF) -> Summary:
    found = province.platform.reconciliations.read_summary(of)
    assert found is not None
    return found


def fetch(province: LocalProvince, of: AccountDay = OF) -> str | None:
    return fetch_missing(province.platform.reconciliation_desk(), of, province.clock())


def logged(capsys: pytest.CaptureFixture[str], event: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if line.get("message") == event]


def key_of(content: bytes, day: date = DAY) -> str:
    digest = hashlib.sha256(content).hexdigest()[:32]
    return f"statements/alipay/hangzhou/{day}/fetched-{digest}.zip"


def test_the_hour_fetches_the_bill_as_it_is_and_reconciles_it(
    zhejiang: LocalProvince, gateway: Gateway
) -> None:
    follow_payment(zhejiang, OF, ALIPAY.payment(ROW))
    gateway.bills["2026-03-01"] = content = write_bill(DAY, [ROW])
    zhejiang.reconcile_due()
    assert files(zhejiang) == [key_of(content)]
    got = boto3.client("s3").get_object(
        Bucket=zhejiang.settings.statements_bucket, Key=key_of(content)
    )
    assert got["Body"].read() == content
    found = summary(zhejiang)
    assert (found.status, found.matched.count) == ("matched", 1)
    assert [file.sha256 for file in found.files] == [hashlib.sha256(content).hexdigest()]


def test_what_was_fetched_is_not_asked_for_again_and_its_arrival_changes_nothing(
    zhejiang: LocalProvince, gateway: Gateway
) -> None:
    follow_payment(zhejiang, OF, ALIPAY.payment(ROW))
    gateway.bills["2026-03-01"] = content = write_bill(DAY, [ROW])
    zhejiang.reconcile_due()
    before = summary(zhejiang)
    gateway.posted.clear()
    with watched_calls() as calls:
        zhejiang.tell_arrival(key_of(content), len(content))
        zhejiang.clock.advance(hours=1)
        zhejiang.reconcile_due()
    assert "2026-03-01" not in gateway.asked
    assert calls.writes == []
    assert summary(zhejiang) == before


def test_a_bill_that_arrives_before_the_day_is_due_is_reconciled_by_its_arrival(
    zhejiang: LocalProvince, gateway: Gateway
) -> None:
    strike(zhejiang, "2026-03-02T10:00:00")
    gateway.bills["2026-03-01"] = content = write_bill(DAY, [])
    zhejiang.reconcile_due()
    assert zhejiang.platform.reconciliations.read_summary(OF) is None
    zhejiang.tell_arrival(key_of(content), len(content))
    found = summary(zhejiang)
    assert (found.status, found.theirs.count) == ("matched", 0)


@pytest.mark.parametrize(
    ("local", "days"),
    [
        ("2026-03-02T09:59:59", ["2026-02-28", "2026-02-27"]),
        ("2026-03-02T10:00:00", ["2026-03-01", "2026-02-28", "2026-02-27"]),
        ("2026-03-02T23:59:59", ["2026-03-01", "2026-02-28", "2026-02-27"]),
        ("2026-03-03T00:00:00", ["2026-03-01", "2026-02-28"]),
    ],
)
def test_a_bill_is_asked_for_from_its_hour_on(
    zhejiang: LocalProvince, local: str, days: list[str]
) -> None:
    desk = zhejiang.platform.reconciliation_desk()
    channel = desk.channels["alipay"]
    assert isinstance(channel, FetchesStatements)
    now = datetime.fromisoformat(local).replace(tzinfo=BEIJING)
    assert [str(day) for day in list_days_to_fetch(desk.province, channel, now)] == days


def test_a_bill_that_is_not_there_yet_is_asked_for_every_hour_and_told_once_when_it_is_due(
    zhejiang: LocalProvince, gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        zhejiang.reconcile_due()
        zhejiang.clock.advance(hours=1)
    assert gateway.asked == ["2026-03-01", "2026-02-28", "2026-02-27"] * 3
    assert files(zhejiang) == []
    told = [line["facts"]["business_day"] for line in logged(capsys, "statement_not_arrived")]
    assert told == ["2026-03-01", "2026-02-28", "2026-02-27"]
    gateway.bills["2026-03-01"] = write_bill(DAY, [])
    zhejiang.reconcile_due()
    assert summary(zhejiang).status == "matched"


def no_answer() -> Response:
    raise OutcomeUnknown("no_answer", "nobody knows")


def refused_connection() -> Response:
    raise TryLater("unreachable", "nothing was sent")


TROUBLES = [
    no_answer,
    refused_connection,
    lambda: Response(500, {}, b"Internal Server Error"),
    lambda: Response(200, {}, b"<html></html>"),
    lambda: answering(METHOD, {"code": "20000", "sub_code": "aop.ACQ.SYSTEM_ERROR"})(b""),
]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_nobody_knows_is_asked_again_in_an_hour_and_alarms_nobody_before_it_is_due(
    zhejiang: LocalProvince,
    gateway: Gateway,
    capsys: pytest.CaptureFixture[str],
    trouble: Callable[[], Response],
) -> None:
    strike(zhejiang, "2026-03-02T10:00:00")
    zhejiang.reconcile_due()
    zhejiang.clock.advance(minutes=1)
    capsys.readouterr()
    gateway.posted.clear()
    gateway.troubles = [trouble]
    gateway.bills["2026-03-01"] = write_bill(DAY, [])
    zhejiang.reconcile_due()
    assert len(gateway.posted) == 1
    assert files(zhejiang) == []
    out = capsys.readouterr().out
    assert '"statement_not_fetched"' in out
    assert '"ERROR"' not in out
    zhejiang.clock.advance(hours=1)
    zhejiang.reconcile_due()
    assert summary(zhejiang).status == "matched"


def test_one_accounts_trouble_does_not_stop_the_others(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    with local_province(lambda parts: seed_china(parts, "a", "b"), gateway) as running:
        strike(running, "2026-03-02T10:30:00")
        running.platform.secrets.write_secret("alipay/a", {"private_key": "no key"})
        gateway.bills["2026-03-01"] = write_bill(DAY, [])
        with pytest.raises(TryLater) as failed:
            running.reconcile_due()
        assert failed.value.detail == "1 account-days failed"
        assert [key.split("/")[2] for key in files(running)] == ["b"]
        assert summary(running, AccountDay("alipay", "b", DAY)).status == "matched"
        assert summary(running, AccountDay("alipay", "a", DAY)).status == "not_arrived"
        (told,) = logged(capsys, "statement_fetch_failed")
        assert told["facts"]["account"] == "a"
        assert "no key" not in json.dumps(told)


def test_a_channel_that_hardly_answers_leaves_the_time_to_reconcile(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    with local_province(lambda parts: seed_china(parts, "a", "b"), gateway) as running:
        strike(running, "2026-03-02T10:30:00")

        def slow() -> Response:
            running.clock.advance(minutes=3)
            return no_answer()

        gateway.troubles = [slow]
        running.reconcile_due()
        assert len(gateway.posted) == 1
        assert [
            line["facts"]["account"] for line in logged(capsys, "statements_left_for_later")
        ] == ["b"]
        assert summary(running, AccountDay("alipay", "b", DAY)).status == "not_arrived"


def test_a_delivered_file_is_as_good_as_a_fetched_one(
    zhejiang: LocalProvince, gateway: Gateway
) -> None:
    put_file(zhejiang, OF, "by hand.zip", write_bill(DAY, []))
    gateway.bills["2026-03-01"] = write_bill(DAY, [ROW])
    assert fetch(zhejiang) is None
    assert gateway.posted == []


def test_a_bill_that_cannot_be_read_is_kept_told_and_fetched_again(
    zhejiang: LocalProvince, gateway: Gateway
) -> None:
    follow_payment(zhejiang, OF, ALIPAY.payment(ROW))
    whole = write_bill(DAY, [ROW])
    gateway.bills["2026-03-01"] = cut = whole[: len(whole) // 2]
    zhejiang.reconcile_due()
    assert files(zhejiang) == [key_of(cut)]
    assert (summary(zhejiang).break_counts, summary(zhejiang).waiting.count) == ({"bad_row": 1}, 1)
    with watched_calls() as calls:
        zhejiang.clock.advance(hours=1)
        zhejiang.reconcile_due()
    assert len(files(zhejiang)) == 1
    assert [name for name in calls.writes if name != "PutObject"] == []
    gateway.bills["2026-03-01"] = whole
    zhejiang.clock.advance(hours=1)
    zhejiang.reconcile_due()
    assert sorted(files(zhejiang)) == sorted([key_of(cut), key_of(whole)])
    assert summary(zhejiang).status == "matched"


def test_a_corrected_bill_is_fetched_when_somebody_asks_for_it(
    zhejiang: LocalProvince, gateway: Gateway
) -> None:
    follow_payment(zhejiang, OF, ALIPAY.payment(ROW))
    gateway.bills["2026-03-01"] = write_bill(DAY, [])
    zhejiang.reconcile_due()
    assert summary(zhejiang).break_counts == {"missing_in_channel": 1}
    gateway.bills["2026-03-01"] = corrected = write_bill(DAY, [ROW])
    zhejiang.clock.advance(hours=3)
    assert fetch(zhejiang) is None
    desk = zhejiang.platform.reconciliation_desk()
    assert fetch_statement(desk, OF, zhejiang.clock()) == key_of(corrected)
    zhejiang.tell_arrival(key_of(corrected), len(corrected))
    assert summary(zhejiang).status == "matched"
    assert sum(file.is_current for file in summary(zhejiang).files) == 1


def test_two_fetches_at_once_leave_one_file_with_one_version(
    zhejiang: LocalProvince, gateway: Gateway
) -> None:
    gateway.bills["2026-03-01"] = write_bill(DAY, [])
    raced: list[str | None] = []

    def meddle(operation: str, _: int) -> None:
        if operation == "PutObject" and not raced:
            raced.append("")
            raced.append(fetch(zhejiang))

    with watched_calls(meddle=meddle):
        assert fetch(zhejiang) == raced[1] == key_of(gateway.bills["2026-03-01"])
    assert len(files(zhejiang)) == 1


def test_a_bucket_that_refuses_is_not_taken_for_one_that_has_it(
    zhejiang: LocalProvince, gateway: Gateway
) -> None:
    gateway.bills["2026-03-01"] = write_bill(DAY, [])

    def meddle(operation: str, _: int) -> None:
        if operation == "PutObject":
            raise ClientError({"Error": {"Code": "AccessDenied"}}, operation)

    with watched_calls(meddle=meddle), pytest.raises(ClientError):
        fetch(zhejiang)


@pytest.mark.parametrize("of", [AccountDay("alipay", "nobody", DAY), AccountDay("x", "y", DAY)])
def test_who_gives_no_statements_by_an_api_is_not_asked(
    zhejiang: LocalProvince, of: AccountDay
) -> None:
    with pytest.raises(DataFault) as refused:
        fetch(zhejiang, of)
    assert refused.value.code == "statement_not_fetchable"


def test_a_channel_whose_files_are_delivered_is_never_asked(province: LocalProvince) -> None:
    province.reconcile_due()
    desk = province.platform.reconciliation_desk()
    with pytest.raises(DataFault):
        fetch_missing(desk, AccountDay("vnpay", "quangninh", DAY), province.clock())


def test_the_fetching_time_leaves_the_functions_time_to_reconcile() -> None:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    functions = config["stages"]["province"]["lambda_functions"]
    limit = timedelta(seconds=functions["daily_reconciler"]["lambda_timeout"])
    assert limit / 2 >= reconcile.FETCHING_TIME
