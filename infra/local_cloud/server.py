"""Starts the local AWS on the loopback interface and ends it together with its workers."""

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from infra.errandless.failures import OperatorError
from infra.errandless.paths import LOCAL, ROOT

REGION = "ap-southeast-1"
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """`folder`: its log and what its workers unpack; removed with it, the log excepted."""

    process: subprocess.Popen[bytes]
    endpoint_url: str
    folder: Path

    def stop(self) -> None:
        stop_group(self.process)
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)


def start_local_cloud(port: int) -> LocalCloud:
    """Raises: OperatorError when the port is taken or it does not come up."""
    require_free_port(port)
    python = _environment()
    folder = LOCAL / f"cloud-{port}"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "tmp").mkdir(parents=True)
    command = [str(python), "-m", "hypercorn", "ministack.app:app", "--bind", f"127.0.0.1:{port}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_variables(port, folder),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    cloud = LocalCloud(process, f"http://127.0.0.1:{port}", folder)
    try:
        _wait_until_healthy(cloud, port)
    except BaseException:
        cloud.stop()
        raise
    return cloud


def require_free_port(port: int) -> None:
    """Raises: OperatorError"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise OperatorError(
                f"Port {port} on 127.0.0.1 is taken: end what uses it, or choose another port."
            ) from error


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that leads a group, and all that it started. At once: nothing is kept."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _environment() -> Path:
    """The Python of the local AWS's own environment, made or renewed when requirements change."""
    folder = LOCAL / "cloud-venv"
    LOCAL.mkdir(exist_ok=True)
    requirements = ROOT / "infra" / "local_cloud" / "requirements.txt"
    done = subprocess.run(
        ["sh", str(ROOT / "infra" / "venv.sh"), str(folder), str(requirements)],
        env=os.environ | {"ERRANDLESS_PYTHON_VERSION": "3.13"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise OperatorError(f"The local AWS was not installed: {done.stderr.strip()}")
    return folder / "bin" / "python"


def _variables(port: int, folder: Path) -> dict[str, str]:
    """Only what it needs: its workers inherit this, and must not see the operator's settings."""
    return {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "LAMBDA_EXECUTOR": "local",
        "AUTH": "true",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }


def _wait_until_healthy(cloud: LocalCloud, port: int) -> None:
    give_up_at = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up_at:
        if cloud.process.poll() is not None:
            break
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/_ministack/health")
            if connection.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise OperatorError(f"The local AWS did not come up; its log: {cloud.folder / 'log'}")
