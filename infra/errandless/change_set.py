"""CloudFormation: make a change set, read it as a plan, run it, watch it."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from infra.errandless.failures import OperatorError

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_GONE = "does not exist"
_NOTHING = ("didn't contain changes", "no updates are to be performed", "no changes")


@dataclass(frozen=True, slots=True)
class Change:
    """`action`: Add, Modify, Replace, Remove, or Maybe replace: CloudFormation cannot tell yet."""

    action: str
    logical_id: str
    resource_type: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`changes` empty: the stack is as the template says."""

    stack_name: str
    change_set_id: str
    creates_stack: bool
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Event:
    logical_id: str
    resource_type: str
    status: str
    reason: str


def make_plan(
    client: Any, stack_name: str, template_url: str, parameters: Mapping[str, str]
) -> Plan:
    """Raises: OperatorError"""
    creates = not _is_there(client, stack_name)
    now = datetime.now(UTC)
    created = client.create_change_set(
        StackName=stack_name,
        ChangeSetName=f"errandless-{now:%Y%m%d-%H%M%S-%f}",
        ChangeSetType="CREATE" if creates else "UPDATE",
        TemplateURL=template_url,
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        Capabilities=_CAPABILITIES,
    )
    has_changes = _wait_for_change_set(client, created["Id"], stack_name)
    changes = tuple(_read_changes(client, created["Id"], stack_name)) if has_changes else ()
    return Plan(stack_name, created["Id"], creates, changes)


def discard(client: Any, plan: Plan) -> None:
    client.delete_change_set(ChangeSetName=plan.change_set_id, StackName=plan.stack_name)


def run(client: Any, plan: Plan, on_event: Callable[[Event], None]) -> None:
    """Runs it and returns when it is done.

    Raises: OperatorError with CloudFormation's own first reason.
    """
    seen: set[str] = set()
    for _ in _unseen(client, plan.stack_name, seen):
        pass
    client.execute_change_set(ChangeSetName=plan.change_set_id, StackName=plan.stack_name)
    failure = ""
    while True:
        status = _status(client, plan.stack_name)
        for raw in _unseen(client, plan.stack_name, seen):
            event = _read_event(raw)
            on_event(event)
            if event.status.endswith("_FAILED") and not failure:
                failure = f"{event.logical_id}: {event.reason}"
        if not status.endswith("_IN_PROGRESS"):
            break
        time.sleep(0.3 if "127.0.0.1" in client.meta.endpoint_url else 3)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise OperatorError(f"The deploy ended as {status}. {failure}")


def read_outputs(client: Any, stack_name: str) -> dict[str, str]:
    """Raises: OperatorError when there is no such stack."""
    try:
        stack = client.describe_stacks(StackName=stack_name)["Stacks"][0]
    except ClientError as error:
        if _GONE not in str(error):
            raise
        raise OperatorError(
            f"There is no stack {stack_name} in {client.meta.region_name}: deploy the province"
            " first, or mend its deployment.json."
        ) from error
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def _is_there(client: Any, stack_name: str) -> bool:
    try:
        status = _status(client, stack_name)
    except ClientError as error:
        if _GONE in str(error):
            return False
        raise
    if status == "REVIEW_IN_PROGRESS":
        return False
    if status.endswith("_IN_PROGRESS"):
        raise OperatorError(f"Another deploy of {stack_name} is running ({status}): wait for it.")
    if status in ("ROLLBACK_COMPLETE", "CREATE_FAILED", "ROLLBACK_FAILED"):
        raise OperatorError(
            f"{stack_name} never came up ({status}): delete that stack, then deploy again;"
            " tables and buckets stay and must be removed by hand if they are to be named anew."
        )
    return status != "DELETE_COMPLETE"


def _status(client: Any, stack_name: str) -> str:
    return str(client.describe_stacks(StackName=stack_name)["Stacks"][0]["StackStatus"])


def _wait_for_change_set(client: Any, change_set_id: str, stack_name: str) -> bool:
    """False: there is nothing to change."""
    while True:
        answer = client.describe_change_set(ChangeSetName=change_set_id, StackName=stack_name)
        status, reason = answer["Status"], answer.get("StatusReason", "")
        if status == "CREATE_COMPLETE":
            return True
        if status == "FAILED" and any(each in reason.lower() for each in _NOTHING):
            return False
        if status == "FAILED":
            raise OperatorError(f"CloudFormation refused the template: {reason}")
        time.sleep(0.2 if "127.0.0.1" in client.meta.endpoint_url else 2)


def _read_changes(client: Any, change_set_id: str, stack_name: str) -> Iterator[Change]:
    token: dict[str, str] = {}
    while True:
        answer = client.describe_change_set(
            ChangeSetName=change_set_id, StackName=stack_name, **token
        )
        for each in answer.get("Changes", []):
            change = each["ResourceChange"]
            action = _action(change["Action"], change.get("Replacement", "False"))
            yield Change(action, change["LogicalResourceId"], change["ResourceType"])
        if not answer.get("NextToken"):
            return
        token = {"NextToken": answer["NextToken"]}


def _action(action: str, replacement: str) -> str:
    if action != "Modify":
        return action
    return {"True": "Replace", "Conditional": "Maybe replace"}.get(replacement, "Modify")


def _unseen(client: Any, stack_name: str, seen: set[str]) -> list[Mapping[str, Any]]:
    """The events that are not in `seen` yet, oldest first, which are then added to it."""
    fresh: list[Mapping[str, Any]] = []
    pages = client.get_paginator("describe_stack_events").paginate(StackName=stack_name)
    for page in pages:
        new = [each for each in page["StackEvents"] if each["EventId"] not in seen]
        fresh.extend(new)
        if len(new) < len(page["StackEvents"]):
            break
    seen.update(each["EventId"] for each in fresh)
    return fresh[::-1]


def _read_event(raw: Mapping[str, Any]) -> Event:
    return Event(
        raw["LogicalResourceId"],
        raw["ResourceType"],
        raw["ResourceStatus"],
        raw.get("ResourceStatusReason", ""),
    )
