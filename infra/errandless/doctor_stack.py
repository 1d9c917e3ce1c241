"""Whether the stack's parts are there, connected and at rest."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from chalicelib.storage.keys import DUE_INDEX
from infra.errandless.deploy import direct_base_url
from infra.errandless.doctor import Check, Examined, Finding, ok, problem, warning
from infra.errandless.failures import OperatorError
from infra.errandless.smoke import smoke_test
from infra.errandless.template import merged_stack

MANY_MESSAGES = 1_000
_GOOD_ENDS = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
# What lies there was given up, or waits for a person.
_FAILED_QUEUES = {
    "ReceiptsDeadLetters": "receipts that could not be numbered",
    "NoticesDeadLetters": "notices that failed inside our own code",
    "BillFilesDeadLetters": "files of bills that could not be worked off",
    "StreamFailures": "changes of the ledger that nothing followed",
    "EventFailures": "schedules and arrivals that failed three times",
}
_WORK_QUEUES = {
    "ReceiptsQueue": "receipts",
    "NoticesQueue": "notices",
    "BillFilesQueue": "files of bills",
}
_REDRIVE = "Read a message, mend the cause, then redrive the queue in SQS."


def look_at_stack(examined: Examined) -> Iterator[Finding]:
    opened = examined.opened
    stacks = opened.client("cloudformation").describe_stacks(StackName=opened.stack_name)["Stacks"]
    status = stacks[0]["StackStatus"]
    if status in _GOOD_ENDS:
        yield ok("stack", f"{opened.stack_name} is {status}")
    elif status.endswith("_IN_PROGRESS"):
        yield warning("stack", f"{opened.stack_name} is {status}", "Wait for the deploy to end.")
    else:
        yield problem("stack", f"{opened.stack_name} is {status}", "Deploy again; read its events.")


def look_at_tables(examined: Examined) -> Iterator[Finding]:
    opened = examined.opened
    client = opened.client("dynamodb")
    for output in ("LedgerTable", "ViewsTable", "SetupTable"):
        described = client.describe_table(TableName=opened.outputs[output])["Table"]
        if described["TableStatus"] != "ACTIVE":
            yield problem("table", f"{output} is {described['TableStatus']}", "Wait, or ask AWS.")
        elif not opened.target.is_local and not described.get("DeletionProtectionEnabled"):
            yield warning("table", f"{output} may be deleted", "Deploy again: KeepData is true.")
        else:
            yield ok("table", f"{output} is there")
        if output == "LedgerTable":
            yield from _look_at_ledger(described)


def _look_at_ledger(described: dict[str, Any]) -> Iterator[Finding]:
    states = {
        index["IndexName"]: index.get("IndexStatus", "ACTIVE")
        for index in described.get("GlobalSecondaryIndexes", [])
    }
    if states.get(DUE_INDEX) != "ACTIVE":
        state = states.get(DUE_INDEX, "missing")
        yield problem("table", f"The index {DUE_INDEX} is {state}", "Deploy again.")
    if not described.get("StreamSpecification", {}).get("StreamEnabled"):
        yield problem("table", "The ledger has no stream: nothing follows money", "Deploy again.")


def look_at_buckets(examined: Examined) -> Iterator[Finding]:
    opened = examined.opened
    client = opened.client("s3")
    for output in ("StatementsBucket", "ReportsBucket", "JournalBucket"):
        client.head_bucket(Bucket=opened.outputs[output])
        yield ok("bucket", f"{output} is there")


def look_at_event_sources(examined: Examined) -> Iterator[Finding]:
    """Streams and queues that start functions, and the schedules."""
    opened = examined.opened
    client = opened.client("lambda")
    for suffix in _functions()[0]:
        name = f"{opened.stack_name}-{suffix}"
        found = client.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
        yield from _look_at_mappings(suffix, found)
    rules = opened.client("events").get_paginator("list_rules")
    pages = rules.paginate(NamePrefix=f"{opened.stack_name}-")
    states = {rule["Name"]: rule["State"] for page in pages for rule in page["Rules"]}
    for logical_id in _functions()[1]:
        found_states = [state for name, state in states.items() if logical_id in name]
        if found_states and set(found_states) == {"ENABLED"}:
            yield ok("schedule", f"{logical_id} is started")
        else:
            what = "is switched off" if found_states else "has no rule"
            yield problem("schedule", f"{logical_id} {what}", "Enable the rule, or deploy again.")


def _look_at_mappings(suffix: str, found: list[dict[str, Any]]) -> Iterator[Finding]:
    states = {each["State"] for each in found}
    results = [each.get("LastProcessingResult") or "" for each in found]
    bad = [each for each in results if each.upper().startswith("PROBLEM")]
    if not found or states - {"Enabled", "Enabling", "Updating"}:
        what = ", ".join(sorted(states)) or "not there"
        to_do = "Enable the event source mapping: nothing reaches the function."
        yield problem("events", f"What starts {suffix} is {what}", to_do)
    elif bad:
        yield warning("events", f"{suffix} last said: {bad[0]}", "Read the function's log.")
    else:
        yield ok("events", f"{suffix} is started")


def look_at_queues(examined: Examined) -> Iterator[Finding]:
    for output, what in _FAILED_QUEUES.items():
        count = _messages(examined, output)
        if count:
            yield problem("queue", f"{output}: {count} {what}", _REDRIVE)
        else:
            yield ok("queue", f"{output} is empty")
    for output, what in _WORK_QUEUES.items():
        count = _messages(examined, output)
        if count >= MANY_MESSAGES:
            yield warning("queue", f"{output}: {count} {what} wait", "Read the function's log.")
        else:
            yield ok("queue", f"{output}: {count} wait")


def look_at_api(examined: Examined) -> Iterator[Finding]:
    url = direct_base_url(examined.opened.outputs, examined.opened.target)
    try:
        smoke_test(url, None)
    except OperatorError as error:
        yield problem("api", str(error), "Read the log of the function app.")
    else:
        yield ok("api", f"{examined.opened.outputs['PublicBaseUrl']} is answered")


def _messages(examined: Examined, output: str) -> int:
    shown = examined.opened.client("sqs").get_queue_attributes(
        QueueUrl=examined.opened.outputs[f"{output}Url"],
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    return int(shown["Attributes"]["ApproximateNumberOfMessages"])


@cache
def _functions() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name endings of functions that streams and queues start; logical ids of those that rules
    do. As the template's own files have them."""
    resources = merged_stack()["Resources"]
    fed, ruled = [], []
    for logical_id, resource in resources.items():
        properties = resource.get("Properties", {})
        kinds = {each.get("Type") for each in properties.get("Events", {}).values()}
        if kinds & {"DynamoDB", "SQS"}:
            fed.append(properties["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}-"))
        elif "DeadLetterQueue" in properties or resource.get("Type") == "AWS::Events::Rule":
            ruled.append(logical_id)
    return tuple(fed), tuple(ruled)


STACK_CHECKS = (
    Check("stack", look_at_stack),
    Check("tables", look_at_tables),
    Check("buckets", look_at_buckets),
    Check("events", look_at_event_sources),
    Check("queues", look_at_queues),
    Check("api", look_at_api),
)
