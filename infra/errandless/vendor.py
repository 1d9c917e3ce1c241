"""Third-party code that ships: installed for Lambda, pruned, kept until requirements change."""

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from infra.errandless.failures import OperatorError
from infra.errandless.paths import BUILD, ROOT

# The services that functions call; of botocore's 400 service descriptions only these ship.
SERVICES = frozenset({"dynamodb", "sqs", "s3", "kms", "secretsmanager", "sts"})
_PRUNED_FOLDERS = ("tests", "test", "__pycache__", "bin", "examples")
_PRUNED_SUFFIXES = (".pyi", ".pyx", ".pxd", ".c", ".h", ".md", ".rst", ".txt", ".typed")
_PRUNED_FILES = ("RECORD", "INSTALLER", "REQUESTED", "zip-safe")
_LAMBDA_PLATFORMS = ("manylinux_2_34_x86_64", "manylinux_2_28_x86_64", "manylinux2014_x86_64")
# What fpdf2 asks for and a function never loads: images, sources of fonts, and the compiled twins
# of fontTools' modules for work on outlines.
_PRUNED_PARTS = (
    *("PIL", "pillow.libs", "pillow-*.dist-info", "share"),
    *("fontTools/ufoLib", "fontTools/t1Lib", "fontTools/mtiLib", "fontTools/voltLib"),
    "fontTools/**/*.so",
)
_RECIPE = "6"


def vendored(*, for_this_machine: bool) -> Path:
    """A folder of pruned packages. `for_this_machine`: binaries for a local AWS anywhere.

    Raises: OperatorError
    """
    native = for_this_machine and (sys.platform, platform.machine()) != ("linux", "x86_64")
    requirements = _shipped_requirements()
    mark = f"{_RECIPE} {sys.version_info[:2]} {native} {sorted(SERVICES)}\n{requirements}"
    folder = BUILD / "vendor" / hashlib.sha256(mark.encode()).hexdigest()[:16]
    if not folder.exists():
        fresh = folder.with_suffix(".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        _install(requirements, fresh, native=native)
        _prune(fresh)
        compile_in_place(fresh, ".")
        fresh.rename(folder)
    return folder


def _shipped_requirements() -> str:
    """Without Chalice: its packager adds the two files of it that run in a function."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "chalice=="))]
    return "\n".join(wanted) + "\n"


def _install(requirements: str, folder: Path, *, native: bool) -> None:
    listed = folder.with_suffix(".requirements")
    listed.write_text(requirements)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command += ["--no-compile", "--target", str(folder), "--requirement", str(listed)]
    if not native:
        command += ["--only-binary=:all:", "--implementation", "cp", "--python-version"]
        command += [f"{sys.version_info[0]}.{sys.version_info[1]}"]
        command += [word for each in _LAMBDA_PLATFORMS for word in ("--platform", each)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    listed.unlink()
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["pip gave no reason"]
        raise OperatorError(f"The packages of requirements.txt were not installed: {reason[0]}")


def _prune(folder: Path) -> None:
    for sdk in ("botocore", "boto3"):
        for service in (folder / sdk / "data").iterdir():
            if service.is_dir() and service.name not in SERVICES:
                shutil.rmtree(service)
    for pattern in _PRUNED_PARTS:
        for part in list(folder.glob(pattern)):
            shutil.rmtree(part) if part.is_dir() else part.unlink()
    for unwanted in sorted(folder.rglob("*")):
        if unwanted.is_dir() and unwanted.name in _PRUNED_FOLDERS:
            shutil.rmtree(unwanted)
        elif unwanted.is_file() and _is_pruned(unwanted):
            unwanted.unlink()


def _is_pruned(file: Path) -> bool:
    return file.suffix in _PRUNED_SUFFIXES or file.name in _PRUNED_FILES


def compile_in_place(root: Path, *folders: str) -> None:
    """Bytecode in the sources' place: a function's folder is read-only, so that each cold start
    would compile them anew. In a process of its own: what one has done before shows in the bytes.

    Raises: OperatorError
    """
    command = [sys.executable, "-I", "-m", "compileall", "-q", "-b", "-s", str(root)]
    command += ["--invalidation-mode", "unchecked-hash", *(str(root / name) for name in folders)]
    if subprocess.run(command, check=False).returncode:
        raise OperatorError("Some of the modules were not compiled.")
    for folder in folders:
        for compiled in (root / folder).rglob("*.pyc"):
            compiled.with_suffix(".py").unlink(missing_ok=True)
