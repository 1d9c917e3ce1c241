"""Whatever refuses an operator is one sentence; only a fault of our own is a traceback."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from botocore import exceptions as aws
from botocore.exceptions import ClientError

from chalicelib.errors import DataFault, TryLater
from infra.errandless import doctor_command
from infra.errandless.change_set import read_outputs
from infra.errandless.failures import OperatorError
from infra.errandless.province_rows import open_province, settings_of
from infra.errandless.refusals import sentence_of
from infra.errandless.target import Target
from tests.errandless.conftest import Typed
from tests.support.clients import client
from tests.support.local_province import LocalProvince

ROOT = Path(__file__).resolve().parents[2]


def client_error(code: str, message: str = "it said so.") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "GetItem")


def caused_by(cause: Exception) -> Exception:
    error = TryLater("storage_unreachable", "the store did not answer")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            aws.NoCredentialsError(),
            "There are no valid AWS credentials (Unable to locate credentials): sign in, or set"
            " AWS_PROFILE.",
        ),
        (
            client_error("ExpiredToken"),
            "AWS does not take these credentials (it said so): sign in, or set AWS_PROFILE.",
        ),
        (client_error("AccessDenied"), "These credentials may not do that: it said so."),
        (client_error("Odd"), "AWS refused GetItem: it said so (Odd)."),
        (
            aws.EndpointConnectionError(endpoint_url="http://127.0.0.1:4566/"),
            "Nothing answers at http://127.0.0.1:4566/: what `run` started has ended; start it"
            " again.",
        ),
        (
            caused_by(aws.EndpointConnectionError(endpoint_url="https://dynamodb.atlantis-1")),
            "https://dynamodb.atlantis-1 cannot be reached: mind the network and the region in"
            " deployment.json.",
        ),
        (
            caused_by(ValueError("x")),
            "The store did not answer (storage_unreachable).",
        ),
        (
            DataFault("province_missing", "the province was never seeded"),
            "The province was never seeded (province_missing).",
        ),
        (FileNotFoundError(2, "No such file or directory", "a.csv"), "a.csv: No such file or"),
        (OperatorError("As it stands."), "As it stands."),
    ],
)
def test_each_cause_has_its_sentence(error: Exception, sentence: str) -> None:
    told = sentence_of(error)
    assert told is not None
    assert told.startswith(sentence)


def test_a_sentence_of_ours_wins_over_what_caused_it() -> None:
    error = OperatorError("There is no stack x.")
    error.__cause__ = client_error("ValidationError")
    assert sentence_of(error) == "There is no stack x."


def test_a_fault_of_our_own_has_no_sentence(
    typed: Typed, here: LocalProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sentence_of(ZeroDivisionError()) is None

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(doctor_command, "_examine", fail)
    with pytest.raises(ZeroDivisionError):
        typed("doctor", "quangninh", "--local")


class Stacks:
    """CloudFormation of an account."""

    class meta:  # noqa: N801 - botocore's name
        region_name = "ap-southeast-1"

    def __init__(self, error: ClientError) -> None:
        self.error = error

    def describe_stacks(self, **_: object) -> object:
        raise self.error


def test_a_region_without_the_stack_is_named(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = client_error("ValidationError", "Stack with id errandless-quangninh does not exist")
    monkeypatch.setattr(Target, "client", lambda *_: Stacks(gone))
    done = typed("doctor", "quangninh", "--json")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "There is no stack errandless-quangninh in ap-southeast-1: deploy the province first, or"
        " mend its deployment.json.\n"
    )


def test_expired_credentials_are_not_taken_for_a_missing_stack() -> None:
    with pytest.raises(ClientError):
        read_outputs(Stacks(client_error("ExpiredToken")), "errandless-quangninh")


def test_a_stack_that_is_older_than_the_command_is_told(here: LocalProvince) -> None:
    outputs = open_province("quangninh", local=True).outputs
    assert settings_of(outputs) == here.settings
    with pytest.raises(OperatorError, match="does not tell its JournalBucket"):
        settings_of({name: value for name, value in outputs.items() if name != "JournalBucket"})


def test_a_province_that_was_never_seeded_is_told(typed: Typed, here: LocalProvince) -> None:
    key = {"pk": {"S": "PROVINCE"}, "sk": {"S": "current"}}
    client("dynamodb").delete_item(TableName=here.settings.setup_table, Key=key)
    here.clock.advance(minutes=2)
    done = typed("reconcile", "quangninh", "--local", "--json")
    assert (done.code, done.out) == (1, "")
    assert done.err == "The province was never seeded (province_missing).\n"


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "infra.errandless", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_without_credentials_one_is_told_to_sign_in(tmp_path: Path) -> None:
    nothing = {
        "AWS_ACCESS_KEY_ID": "",
        "AWS_SECRET_ACCESS_KEY": "",
        "AWS_PROFILE": "",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "",
    }
    out, err = (process := start("doctor", "quangninh", "--json", **nothing)).communicate(
        timeout=60
    )
    assert (process.returncode, out) == (1, "")
    assert err.startswith("There are no valid AWS credentials")
    assert len(err.splitlines()) == 1


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    process = start("province", "show", "zhejiang", "--json")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(1)
    process.stdout.close()
    err = process.stderr.read()
    process.wait(timeout=60)
    process.stderr.close()
    assert "Traceback" not in err
    assert "BrokenPipe" not in err


def stopped(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Ctrl-C as a person presses it: again when nothing happens, for Python swallows one that comes
    while it clears an object away."""
    for _ in range(2):
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=30)
    process.send_signal(signal.SIGINT)
    return process.communicate(timeout=60)


def test_ctrl_c_ends_with_130_and_one_word() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(60)
        process = start(
            *("doctor", "quangninh"),
            AWS_ENDPOINT_URL=f"http://127.0.0.1:{listener.getsockname()[1]}",
            AWS_ACCESS_KEY_ID="test",
            AWS_SECRET_ACCESS_KEY="test",
        )
        connection, _ = listener.accept()  # it waits for an answer now
        out, err = stopped(process)
        connection.close()
    assert (process.returncode, out) == (130, "")
    assert err.splitlines()[-1] == "Stopped."
