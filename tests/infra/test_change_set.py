"""A change set read as a plan, run and watched, against answers as CloudFormation gives them."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.errandless.change_set import Change, Event, Plan, make_plan, run
from infra.errandless.failures import OperatorError


class _Meta:
    endpoint_url = "http://127.0.0.1:1"


class FakeCloudFormation:
    """`statuses`: what the stack's status is, question by question; None: there is no stack."""

    meta = _Meta()

    def __init__(
        self,
        statuses: list[str | None],
        change_set: dict[str, Any] | None = None,
        events: list[dict[str, str]] | None = None,
    ) -> None:
        self.statuses = statuses
        self.change_set = change_set or {"Status": "CREATE_COMPLETE", "Changes": []}
        self.events = events or []
        self.created: dict[str, Any] = {}
        self.executed = False

    def describe_stacks(self, StackName: str) -> dict[str, Any]:  # noqa: N803
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status is None:
            message = f"Stack with id {StackName} does not exist"
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks"
            )
        return {"Stacks": [{"StackStatus": status}]}

    def create_change_set(self, **parameters: Any) -> dict[str, str]:
        self.created = parameters
        return {"Id": "change-set"}

    def describe_change_set(self, **_: str) -> dict[str, Any]:
        return self.change_set

    def execute_change_set(self, **_: str) -> None:
        self.executed = True

    def get_paginator(self, _: str) -> "FakeCloudFormation":
        return self

    def paginate(self, **_: str) -> Iterator[dict[str, Any]]:
        yield {"StackEvents": self.events[::-1] if self.executed else []}


def change(action: str, logical_id: str, **more: str) -> dict[str, Any]:
    described = {"Action": action, "LogicalResourceId": logical_id, "ResourceType": "T"}
    return {"ResourceChange": described | more}


def event(number: int, logical_id: str, status: str, reason: str = "") -> dict[str, str]:
    return {
        "EventId": str(number),
        "LogicalResourceId": logical_id,
        "ResourceType": "T",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


def plan_with(client: FakeCloudFormation) -> Plan:
    return make_plan(client, "errandless-x", "https://bucket/t.json", {"Province": "x"})


PLAN = Plan("errandless-x", "change-set", False, (Change("Modify", "Table", "T"),))


def test_a_first_deploy_creates_the_stack() -> None:
    client = FakeCloudFormation([None])
    assert plan_with(client).creates_stack
    assert client.created["ChangeSetType"] == "CREATE"
    assert client.created["Parameters"] == [{"ParameterKey": "Province", "ParameterValue": "x"}]


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_later_deploy_updates_it(status: str) -> None:
    client = FakeCloudFormation([status])
    assert not plan_with(client).creates_stack
    assert client.created["ChangeSetType"] == "UPDATE"


def test_a_deploy_that_was_killed_before_it_ran_begins_anew() -> None:
    assert plan_with(FakeCloudFormation(["REVIEW_IN_PROGRESS"])).creates_stack


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("UPDATE_IN_PROGRESS", "Another deploy of errandless-x is running"),
        ("ROLLBACK_COMPLETE", "errandless-x never came up"),
    ],
)
def test_a_stack_that_cannot_be_deployed_to_is_named(status: str, sentence: str) -> None:
    client = FakeCloudFormation([status])
    with pytest.raises(OperatorError, match=sentence):
        plan_with(client)
    assert client.created == {}


def test_a_replacement_is_shown_as_one() -> None:
    changes = [
        change("Add", "Queue"),
        change("Modify", "Function", Replacement="False"),
        change("Modify", "Table", Replacement="True"),
        change("Modify", "Bucket", Replacement="Conditional"),
        change("Remove", "Old"),
    ]
    client = FakeCloudFormation(
        ["CREATE_COMPLETE"], {"Status": "CREATE_COMPLETE", "Changes": changes}
    )
    assert [(each.action, each.logical_id) for each in plan_with(client).changes] == [
        ("Add", "Queue"),
        ("Modify", "Function"),
        ("Replace", "Table"),
        ("Maybe replace", "Bucket"),
        ("Remove", "Old"),
    ]


def test_nothing_to_change_is_a_plan_without_changes() -> None:
    reason = "The submitted information didn't contain changes. Submit different information."
    client = FakeCloudFormation(["CREATE_COMPLETE"], {"Status": "FAILED", "StatusReason": reason})
    assert plan_with(client).changes == ()


def test_a_refused_template_is_said_with_cloudformations_reason() -> None:
    failed = {"Status": "FAILED", "StatusReason": "Unresolved dependency Table"}
    with pytest.raises(OperatorError, match="Unresolved dependency Table"):
        plan_with(FakeCloudFormation(["CREATE_COMPLETE"], failed))


def test_a_run_shows_each_event_once_and_in_order() -> None:
    events = [event(1, "Table", "UPDATE_IN_PROGRESS"), event(2, "Table", "UPDATE_COMPLETE")]
    client = FakeCloudFormation(["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"], events=events)
    shown: list[Event] = []
    run(client, PLAN, shown.append)
    assert [each.status for each in shown] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]


def test_a_failed_run_tells_the_first_reason() -> None:
    events = [
        event(1, "Table", "UPDATE_FAILED", "limit exceeded"),
        event(2, "Queue", "UPDATE_FAILED", "cancelled"),
    ]
    client = FakeCloudFormation(["UPDATE_ROLLBACK_COMPLETE"], events=events)
    with pytest.raises(OperatorError, match=r"UPDATE_ROLLBACK_COMPLETE\. Table: limit exceeded"):
        run(client, PLAN, lambda _: None)
