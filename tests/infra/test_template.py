"""What AWS is told: read from the template that `chalice package` really makes."""

import dataclasses
from typing import Any

import pytest

from chalicelib.observability import NAMESPACE, Metric
from chalicelib.settings import Settings

Resources = dict[str, Any]

HANDLERS = {
    "APIHandler": "app.app",
    "LedgerStream": "app.ledger_stream",
    "JournalKeeper": "app.journal_keeper",
    "ReceiptNumberer": "app.receipt_numberer",
    "NoticeSender": "app.notice_sender",
    "BillFileWorker": "app.bill_file_worker",
    "PaymentChaser": "app.payment_chaser",
    "EffectSweeper": "app.effect_sweeper",
    "StatementArrival": "app.statement_arrival",
    "FinanceArrival": "app.finance_arrival",
    "FinanceExchange": "app.finance_exchange",
    "DailyReconciler": "app.daily_reconciler",
}
STREAM_READERS = ("LedgerStream", "JournalKeeper")
STATEFUL = {
    "AWS::DynamoDB::Table": 3,
    "AWS::S3::Bucket": 3,
    "AWS::KMS::Key": 1,
}


def of_type(resources: Resources, kind: str) -> Resources:
    return {name: each for name, each in resources.items() if each["Type"] == kind}


def test_every_function_is_declared_in_app_itself(resources: Resources) -> None:
    functions = of_type(resources, "AWS::Serverless::Function")
    assert {name: each["Properties"]["Handler"] for name, each in functions.items()} == HANDLERS


def test_every_function_runs_on_the_current_runtime(resources: Resources) -> None:
    functions = of_type(resources, "AWS::Serverless::Function").values()
    assert {each["Properties"]["Runtime"] for each in functions} == {"python3.13"}


def test_every_function_has_a_role_of_its_own(resources: Resources) -> None:
    roles = [
        each["Properties"]["Role"]["Fn::GetAtt"][0]
        for each in of_type(resources, "AWS::Serverless::Function").values()
    ]
    assert len(set(roles)) == len(HANDLERS)


def test_no_policy_allows_all_actions_or_hides_its_resources(resources: Resources) -> None:
    wide = []
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        for policy in role["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                if any("*" in action for action in statement["Action"]):
                    wide.append((name, statement["Sid"], "action"))
                if statement["Resource"] == "*":
                    wide.append((name, statement["Sid"], "resource"))
    traced = {(f"{name}Role".replace("API", "Api"), "Trace", "resource") for name in HANDLERS}
    # X-Ray and ListStreams know no resources.
    readers = {(f"{name}Role", "FindStream", "resource") for name in STREAM_READERS}
    assert set(wide) == traced | readers


def test_policies_name_the_partition_and_never_an_account(resources: Resources) -> None:
    text = str(of_type(resources, "AWS::IAM::Role"))
    assert "arn:aws:" not in text
    assert "arn:${AWS::Partition}:" in text


def test_every_function_gets_every_setting(template: dict[str, Any]) -> None:
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    settings = {field.name.upper() for field in dataclasses.fields(Settings)}
    assert settings <= set(variables)


def test_what_holds_data_outlives_the_stack(resources: Resources) -> None:
    for kind, count in STATEFUL.items():
        found = of_type(resources, kind)
        assert len(found) == count
        assert {each["DeletionPolicy"] for each in found.values()} == {"Retain"}
        assert {each["UpdateReplacePolicy"] for each in found.values()} == {"Retain"}


def test_tables_are_protected_and_can_be_restored(resources: Resources) -> None:
    for table in of_type(resources, "AWS::DynamoDB::Table").values():
        properties = table["Properties"]
        assert properties["DeletionProtectionEnabled"] == {"Fn::If": ["IsProtected", True, False]}
        assert properties["PointInTimeRecoverySpecification"] == {
            "PointInTimeRecoveryEnabled": True
        }


def test_deletion_protection_is_on_unless_a_laptop_says_otherwise(template: dict[str, Any]) -> None:
    assert template["Parameters"]["KeepData"]["Default"] == "true"


def test_money_rows_never_expire_by_themselves(resources: Resources) -> None:
    with_expiry = [
        name
        for name, each in of_type(resources, "AWS::DynamoDB::Table").items()
        if "TimeToLiveSpecification" in each["Properties"]
    ]
    assert with_expiry == ["ViewsTable"]


@pytest.mark.parametrize(
    ("function", "event"),
    [
        ("LedgerStream", "Ledger"),
        ("ReceiptNumberer", "Receipts"),
        ("NoticeSender", "Notices"),
        ("BillFileWorker", "Files"),
    ],
)
def test_a_failed_record_does_not_take_its_batch_along(
    resources: Resources, function: str, event: str
) -> None:
    source = resources[function]["Properties"]["Events"][event]["Properties"]
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_what_the_stream_gives_up_on_is_kept(resources: Resources) -> None:
    source = resources["LedgerStream"]["Properties"]["Events"]["Ledger"]["Properties"]
    assert source["DestinationConfig"]["OnFailure"]["Destination"] == {
        "Fn::GetAtt": ["StreamFailures", "Arn"]
    }


def test_queues_hide_a_message_for_six_times_the_functions_time(resources: Resources) -> None:
    pairs = {"ReceiptsQueue": "ReceiptNumberer", "NoticesQueue": "NoticeSender"}
    for queue, function in pairs.items():
        timeout = resources[function]["Properties"]["Timeout"]
        assert resources[queue]["Properties"]["VisibilityTimeout"] >= 6 * timeout


def test_every_dead_letter_queue_has_an_alarm(resources: Resources) -> None:
    watched = {
        alarm["Properties"]["Dimensions"][0]["Value"]["Fn::GetAtt"][0]
        for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values()
        if alarm["Properties"]["Namespace"] == "AWS/SQS"
    }
    working = {"ReceiptsQueue", "NoticesQueue", "BillFilesQueue"}
    assert watched == set(of_type(resources, "AWS::SQS::Queue")) - working


def test_the_alarm_of_unmapped_codes_watches_what_is_counted(resources: Resources) -> None:
    alarm = resources["UnmappedCodesAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (NAMESPACE, Metric.CODES_UNMAPPED.value)
    assert alarm["Dimensions"] == [{"Name": "province", "Value": {"Ref": "Province"}}]


def test_every_log_ends(resources: Resources) -> None:
    groups = of_type(resources, "AWS::Logs::LogGroup")
    assert len(groups) == len(HANDLERS) + 1
    assert {each["Properties"]["RetentionInDays"] for each in groups.values()} == {90}


def test_a_function_may_write_to_its_own_log_only(resources: Resources) -> None:
    for name in HANDLERS:
        function_name = resources[name]["Properties"]["FunctionName"]["Fn::Sub"]
        role = resources[resources[name]["Properties"]["Role"]["Fn::GetAtt"][0]]
        statements = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        logs = [each for each in statements if each["Sid"] == "WriteOwnLog"]
        assert logs[0]["Resource"]["Fn::Sub"].endswith(f":/aws/lambda/{function_name}:*")


def test_statements_are_seen_in_this_provinces_bucket_only(resources: Resources) -> None:
    events = resources["StatementArrival"]["Properties"]["Events"]
    pattern = events["StatementArrivalEvent"]["Properties"]["Pattern"]
    assert pattern == {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {
            "bucket": {"name": [{"Ref": "StatementsBucket"}]},
            "object": {"key": [{"prefix": "statements/"}]},
        },
    }


def test_what_the_gateway_refuses_is_told_as_a_problem(resources: Resources) -> None:
    responses = resources["RestAPI"]["Properties"]["GatewayResponses"]
    for response in responses.values():
        content_type = response["ResponseParameters"]["Headers"]["Content-Type"]
        assert content_type == "'application/problem+json'"
    assert responses["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == "404"
    assert responses["REQUEST_TOO_LARGE"]["StatusCode"] == "413"


def test_the_access_log_leaves_out_addresses_that_hold_the_verification_word(
    resources: Resources,
) -> None:
    shown = resources["RestAPI"]["Properties"]["AccessLogSetting"]["Format"]
    assert "$context.resourcePath" in shown
    assert "$context.path" not in shown


def test_the_journal_is_locked_and_nothing_of_it_is_skipped(
    template: dict[str, Any], resources: Resources
) -> None:
    bucket = resources["JournalBucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    condition, lock, without = bucket["ObjectLockConfiguration"]["Fn::If"]
    assert (condition, without) == ("IsProtected", {"Ref": "AWS::NoValue"})
    assert lock["ObjectLockEnabled"] == "Enabled"
    retention = lock["Rule"]["DefaultRetention"]
    assert retention == {"Mode": {"Ref": "JournalLock"}, "Years": {"Ref": "JournalLockYears"}}
    assert template["Parameters"]["JournalLock"]["AllowedValues"] == ["GOVERNANCE", "COMPLIANCE"]
    source = resources["JournalKeeper"]["Properties"]["Events"]["Ledger"]["Properties"]
    assert (source["MaximumRetryAttempts"], source["MaximumRecordAgeInSeconds"]) == (-1, -1)
    assert source["StartingPosition"] == "TRIM_HORIZON"
    alarm = resources["JournalDelayAlarm"]["Properties"]
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": "JournalKeeper"}}]


@pytest.mark.parametrize("name", ["StatementsBucket", "ReportsBucket", "JournalBucket"])
def test_buckets_are_private_and_refuse_plain_connections(resources: Resources, name: str) -> None:
    blocked = resources[name]["Properties"]["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}
    (statement,) = resources[f"{name}Policy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
