"""The doctor names what is wrong and what to do; each fault here is planted."""

import io
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.bill_files import BillFileStatus
from chalicelib.domain.province import NO_SECRET
from infra.errandless import doctor_command, doctor_stack
from infra.errandless.channel_secrets import read_secret
from infra.errandless.doctor import Check, Examined, examine, ok
from infra.errandless.failures import OperatorError
from infra.errandless.province_rows import open_province
from infra.errandless.target import Target
from tests.errandless.conftest import Typed
from tests.support.clients import client
from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn
from tests.support.paid_orders import created, paid

DOCTOR = ("doctor", "quangninh", "--local", "--json")
STACK = "errandless-quangninh"


RULED = {
    *("PaymentChaser", "EffectSweeper", "StatementArrival", "DailyReconciler"),
    *("BillFileArrival", "FinanceArrival", "FinanceExchange"),
}


class Answers:
    """What moto was not asked to make: the answers of an AWS where all is well."""

    def __init__(self) -> None:
        self.status = "UPDATE_COMPLETE"
        self.mapping = {"State": "Enabled", "LastProcessingResult": "OK"}
        self.rules = {f"{STACK}-{name}-1": "ENABLED" for name in RULED}

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        return {"Stacks": [{"StackStatus": self.status}]}

    def list_event_source_mappings(self, **_: Any) -> dict[str, Any]:
        return {"EventSourceMappings": [self.mapping] if self.mapping else []}

    def get_paginator(self, _: str) -> "Answers":
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        return [{"Rules": [{"Name": n, "State": s} for n, s in self.rules.items()]}]


@pytest.fixture
def aws(here: LocalProvince, monkeypatch: pytest.MonkeyPatch) -> Answers:
    answers = Answers()

    def client_of(_: Target, service: str) -> Any:
        return answers if service in ("cloudformation", "lambda", "events") else client(service)

    monkeypatch.setattr(Target, "client", client_of)
    monkeypatch.setattr(doctor_stack, "smoke_test", lambda *_: None)
    return answers


@pytest.fixture
def sick(aws: Answers, typed: Typed) -> Callable[[], Mapping[str, str]]:
    """What is not well, with its health; the command must end as the worst of it says."""

    def ask() -> Mapping[str, str]:
        done = typed(*DOCTOR)
        told = done.json
        found = {each["what"]: each["health"] for each in told["findings"]}
        assert done.code == (1 if "problem" in found.values() else 0)
        assert all(each["to_do"] or each["health"] == "ok" for each in told["findings"])
        return {what: health for what, health in found.items() if health != "ok"}

    return ask


Sick = Callable[[], Mapping[str, str]]
USUAL = {
    # The small catalogue of the tests is not what the province's folder says.
    "The version seeded",
    "vnpay quangninh 2026-03-01 was never reconciled",
    "sandbox quangninh 2026-03-01 was never reconciled",
}


def test_a_province_that_is_well_has_no_problem(
    here: LocalProvince, sick: Sick, typed: Typed
) -> None:
    here.reconcile_due()
    assert set(sick().values()) == {"warning"}
    shown = typed("doctor", "quangninh", "--local").out
    assert "0 problem" in shown
    assert "errandless seed quangninh" in shown


def test_what_is_usual_here_is_only_a_warning(here: LocalProvince, sick: Sick) -> None:
    here.clock.advance(hours=6)
    found = sick()
    assert all(any(what.startswith(each) for each in USUAL) for what in found), found
    assert set(found.values()) == {"warning"}


def test_a_dead_letter_is_a_problem(
    here: LocalProvince, outputs: dict[str, str], sick: Sick
) -> None:
    url = outputs["NoticesDeadLettersUrl"]
    client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    what = "NoticesDeadLetters: 1 notices that failed inside our own code"
    assert sick()[what] == "problem"


@pytest.mark.parametrize(
    ("status", "health"),
    [("UPDATE_ROLLBACK_COMPLETE", "problem"), ("UPDATE_IN_PROGRESS", "warning")],
)
def test_a_stack_that_is_not_at_rest(aws: Answers, sick: Sick, status: str, health: str) -> None:
    aws.status = status
    assert sick()[f"{STACK} is {status}"] == health


def test_a_stream_that_starts_nobody_is_a_problem(aws: Answers, sick: Sick) -> None:
    aws.mapping = {"State": "Disabled"}
    found = sick()
    for name in ("ledger-stream", "journal-keeper", "receipt-numberer", "notice-sender"):
        assert found[f"What starts {name} is Disabled"] == "problem"
    aws.mapping = {}
    assert sick()["What starts ledger-stream is not there"] == "problem"


def test_a_function_that_fails_on_its_stream_is_a_warning(aws: Answers, sick: Sick) -> None:
    aws.mapping = {"State": "Enabled", "LastProcessingResult": "PROBLEM: Function call failed"}
    assert sick()["ledger-stream last said: PROBLEM: Function call failed"] == "warning"


def test_a_schedule_that_is_off_or_gone_is_a_problem(aws: Answers, sick: Sick) -> None:
    aws.rules[f"{STACK}-PaymentChaser-1"] = "DISABLED"
    del aws.rules[f"{STACK}-EffectSweeper-1"]
    found = sick()
    assert found["PaymentChaser is switched off"] == "problem"
    assert found["EffectSweeper has no rule"] == "problem"


def test_a_missing_secret_and_a_rotation_are_told(
    here: LocalProvince, sick: Sick, typed: Typed
) -> None:
    name = "errandless/quangninh/vnpay/quangninh"
    client("secretsmanager").delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    here.platform.secrets.write_secret(
        "sandbox/quangninh", {"signing_key": "b"}, {"signing_key": "a"}
    )
    found = sick()
    assert found["vnpay quangninh has none"] == "problem"
    assert [health for what, health in found.items() if "is being rotated" in what] == ["warning"]
    here.platform.secrets.write_secret("vnpay/quangninh", {})
    assert sick()["vnpay quangninh lacks hash_secret"] == "problem"


def test_an_account_that_has_no_secret_is_asked_for_none(here: LocalProvince) -> None:
    opened = open_province("quangninh", local=True)
    accounts = here.platform.setup.read_province().channel_accounts
    account = next(each for each in accounts if each.channel == "vnpay")
    assert [each.name for each in read_secret(opened, account).wanted] == ["hash_secret"]
    known = read_secret(opened, replace(account, secret_name=NO_SECRET))
    assert (known.secret, known.wanted, known.missing) == (None, (), ())


def test_orders_that_nobody_asked_about_are_a_problem(here: LocalProvince, sick: Sick) -> None:
    created(here, 1)
    paid(here, 2)
    here.clock.advance(days=2)
    found = sick()
    for worker in ("payment-chaser", "effect-sweeper"):
        what = f"1 or more wait longer than 15 minutes for {worker}"
        assert found[what] == "problem", found
    here.pump()
    here.sweep()
    assert "1 or more wait longer than 15 minutes for effect-sweeper" not in sick()


def test_cases_are_a_warning_once_they_are_over_their_time(here: LocalProvince, sick: Sick) -> None:
    send_ipn(here, "220000000000012314" + "01", 9_000, vnp_TransactionNo="777")
    here.pump()
    assert not any("open" in what for what in sick())
    here.clock.advance(days=14)
    assert sick()["1 open, 1 of them over their time"] == "warning"


def test_a_missing_statement_and_a_stray_file_are_told(here: LocalProvince, sick: Sick) -> None:
    here.put_statement("vnpay", "hanoi", "2026-03-01", "a.csv", b"x")
    here.clock.advance(hours=6)
    here.reconcile_due()
    found = sick()
    assert found["vnpay quangninh 2026-03-01: the statement is missing"] == "warning"
    assert [health for what, health in found.items() if "statements/vnpay/hanoi" in what] == [
        "warning"
    ]


def test_what_cannot_be_looked_at_is_a_problem_and_the_rest_goes_on(
    here: LocalProvince, outputs: dict[str, str], sick: Sick
) -> None:
    client("dynamodb").delete_table(TableName=here.settings.views_table)
    found = sick()
    blind = [what for what, health in found.items() if health == "problem"]
    assert len(blind) >= 2
    assert all(what.startswith("It could not be looked at: AWS refused") for what in blind)


def test_an_api_that_does_not_answer_is_a_problem(
    aws: Answers, sick: Sick, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OperatorError("http://127.0.0.1:1/health answered 502: no")

    monkeypatch.setattr(doctor_stack, "smoke_test", refuse)
    assert sick()["http://127.0.0.1:1/health answered 502: no"] == "problem"


def test_a_fault_of_our_own_is_not_hidden_as_a_finding(here: LocalProvince) -> None:
    def broken(_: Examined) -> list[Any]:
        raise ZeroDivisionError

    examined = Examined("quangninh", None, here.clock.at)  # type: ignore[arg-type]
    good = Check("good", lambda _: [ok("good", "well")])
    assert examine(examined, [good], lambda _: None) == [ok("good", "well")]
    with pytest.raises(ZeroDivisionError):
        examine(examined, [Check("broken", broken)], lambda _: None)


def test_every_function_of_the_template_is_asked_for() -> None:
    fed, ruled = doctor_stack._functions()
    assert set(fed) == {
        *("ledger-stream", "journal-keeper", "receipt-numberer", "notice-sender"),
        "bill-file-worker",
    }
    assert set(ruled) == RULED
    assert len(doctor_command.CHECKS) == len({each.name for each in doctor_command.CHECKS})


def test_a_file_of_bills_that_stands_still_is_a_problem(here: LocalProvince, sick: Sick) -> None:
    with redirect_stdout(io.StringIO()):
        here.put_bill_file("portal-a/tuition.csv", b"reference,fee_item,payer_kind,payer_name")
        here.pump()
    (file,) = here.platform.bill_files.list("portal-a")
    left = replace(file, key="bills/portal-a/b.csv", status=BillFileStatus.WORKING)
    here.platform.bill_files.begin(left)
    assert not any("stands still" in what for what in sick())
    here.clock.advance(hours=1)
    assert sick()["bills/portal-a/b.csv stands still at line 0"] == "problem"
