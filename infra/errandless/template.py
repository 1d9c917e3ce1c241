"""The stack's template: what Chalice makes of `app.py`, with `infra/stack/*.yaml` merged in."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from infra.errandless.failures import OperatorError
from infra.errandless.paths import ROOT, STACK

RUNTIME = (3, 13)
STAGE = "province"
_SHIPPED_SUFFIXES = (
    *(".py", ".json", ".svg", ".html", ".css", ".ftl", ".toml", ".csv", ".typed"),
    *(".ttf", ""),  # fonts, and the license that stands beside them
)


def require_runtime(version: tuple[int, ...] = sys.version_info[:2]) -> None:
    """The function's runtime is the Python that packages: another than Lambda's current is refused.

    Raises: OperatorError
    """
    if version[:2] != RUNTIME:
        wanted, found = (".".join(map(str, each[:2])) for each in (RUNTIME, version))
        raise OperatorError(
            f"Packaging needs Python {wanted} (the function's runtime), this is {found}:"
            f" remove .venv, install Python {wanted} and run `make setup` again."
        )


def stage_project(folder: Path) -> None:
    """Copies what ships of our own, and nothing else, to where `chalice package` runs."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(ROOT / "app.py", folder)
    for source in sorted((ROOT / "chalicelib").rglob("*")):
        if source.is_file() and source.suffix in _SHIPPED_SUFFIXES:
            target = folder / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    shutil.copytree(
        ROOT / ".chalice", folder / ".chalice", ignore=shutil.ignore_patterns("deploy*")
    )
    # Chalice's own dependency step is left empty: `vendor/` holds what was installed and pruned.
    (folder / "requirements.txt").touch()


def merged_stack() -> dict[str, Any]:
    """The files of `infra/stack/` as one template for `chalice package --merge-template`."""
    merged: dict[str, Any] = {}
    for file in sorted(STACK.glob("*.yaml")):
        for section, content in yaml.safe_load(file.read_text()).items():
            if isinstance(content, dict):
                merged.setdefault(section, {}).update(content)
            else:
                merged[section] = content
    return merged


def chalice_package(project: Path, output: Path) -> dict[str, Any]:
    """Runs `chalice package` and returns its template; the zip lies beside it as `deployment.zip`.

    Raises: OperatorError
    """
    require_runtime()
    merge = project / "stack.json"
    merge.write_text(json.dumps(merged_stack()))
    shutil.rmtree(output, ignore_errors=True)
    command = [sys.executable, "-c", "from chalice.cli import main; main()", "package"]
    command += ["--stage", STAGE, "--merge-template", str(merge), str(output)]
    # Chalice asks for a region although the template has none, and would pack what loading leaves.
    environment = {"AWS_DEFAULT_REGION": "us-east-1"} | dict(os.environ)
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OperatorError(f"chalice package failed: {(done.stderr or done.stdout).strip()}")
    template: dict[str, Any] = json.loads((output / "sam.json").read_text())
    return template
