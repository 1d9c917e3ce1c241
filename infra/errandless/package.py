"""The zip and the template, as they are deployed; the same input gives the same bytes."""

import fcntl
import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra.errandless.failures import OperatorError
from infra.errandless.paths import BUILD
from infra.errandless.template import chalice_package, stage_project
from infra.errandless.vendor import compile_in_place, vendored

MAX_UNZIPPED_BYTES = 60 * 1024 * 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)
_KEPT_PACKAGES = 5


@dataclass(frozen=True, slots=True)
class Package:
    """`code`: the zip of all functions. `digest`: its SHA-256, in hex."""

    code: Path
    template: dict[str, Any]
    digest: str
    unzipped_bytes: int

    def template_for(self, bucket: str, key: str) -> str:
        """The template with each function's code at its place in S3."""
        template = json.loads(json.dumps(self.template))
        for resource in template["Resources"].values():
            if resource["Type"] == "AWS::Serverless::Function":
                resource["Properties"]["CodeUri"] = {"Bucket": bucket, "Key": key}
        return json.dumps(template, indent=1)


def build_package(*, for_this_machine: bool = False) -> Package:
    """Raises: OperatorError"""
    with _one_at_a_time():
        vendor = vendored(for_this_machine=for_this_machine)
        project, output = BUILD / "project", BUILD / "package"
        stage_project(project)
        shutil.copytree(vendor, project / "vendor")
        template = chalice_package(project, output)
        code = output / "deployment.zip"
        unzipped = _rewrite(code)
        digest = hashlib.sha256(code.read_bytes()).hexdigest()
        # Under a name of its own: a second build meanwhile replaces nothing that is being uploaded.
        kept = BUILD / "packages" / f"{digest[:16]}.zip"
        kept.parent.mkdir(exist_ok=True)
        shutil.copy(code, kept)
        _forget_old(kept.parent)
        (output / "template.json").write_text(json.dumps(template, indent=1))
    if unzipped > MAX_UNZIPPED_BYTES:
        raise OperatorError(f"The package has {unzipped} bytes unzipped, more than 60 MB.")
    return Package(kept, template, digest, unzipped)


def _rewrite(path: Path) -> int:
    """Our own modules and Chalice's compiled, as the vendored ones are, and no times.

    Returns: the size of everything in it, unzipped.
    """
    with TemporaryDirectory(dir=BUILD) as name:
        folder = Path(name)
        with zipfile.ZipFile(path) as old:
            old.extractall(folder)
        compile_in_place(folder, "chalicelib", "chalice")
        return _write_without_times(path, folder)


def _write_without_times(path: Path, folder: Path) -> int:
    total = 0
    with zipfile.ZipFile(path, "w") as new:
        for file in sorted(file for file in folder.rglob("*") if file.is_file()):
            content = file.read_bytes()
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            new.writestr(entry, content, compresslevel=6)
            total += len(content)
    return total


def _forget_old(folder: Path) -> None:
    newest_first = sorted(folder.glob("*.zip"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in newest_first[_KEPT_PACKAGES:]:
        file.unlink()


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
