"""What ships in the functions."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.errandless.failures import OperatorError
from infra.errandless.package import MAX_UNZIPPED_BYTES, Package, build_package
from infra.errandless.template import require_runtime
from infra.errandless.vendor import SERVICES
from tests.infra.test_template import HANDLERS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def package() -> Package:
    try:
        require_runtime()
    except OperatorError as error:
        pytest.skip(str(error))
    return build_package()


@pytest.fixture(scope="module")
def names(package: Package) -> list[str]:
    with zipfile.ZipFile(package.code) as code:
        return code.namelist()


def test_it_is_small_unzipped(package: Package) -> None:
    with zipfile.ZipFile(package.code) as code:
        size = sum(entry.file_size for entry in code.infolist())
    assert size == package.unzipped_bytes
    assert size <= MAX_UNZIPPED_BYTES == 60 * 1024 * 1024


def test_it_holds_no_tests_notes_caches_or_keys(names: list[str]) -> None:
    folders = {part for name in names for part in Path(name).parts[:-1]}
    assert not folders & {"tests", "test", "__pycache__", "infra", ".chalice", ".git"}
    suffixes = {Path(name).suffix for name in names}
    assert not suffixes & {".md", ".rst", ".pyi", ".txt", ".key", ".ipynb"}
    assert [name for name in names if name.endswith(".pem")] == ["botocore/cacert.pem"]


def test_our_own_part_is_app_and_chalicelib_compiled(names: list[str]) -> None:
    ours = {name for name in names if name == "app.py" or name.startswith("chalicelib/")}
    there = {
        str(file.relative_to(ROOT)).removesuffix(".py") + ".pyc" * (file.suffix == ".py")
        for file in (ROOT / "chalicelib").rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert ours == there | {"app.py"}


def test_nothing_is_compiled_at_a_cold_start_but_app(names: list[str]) -> None:
    assert [name for name in names if name.endswith(".py")] == ["app.py"]


def test_only_the_services_that_are_called_are_described(names: list[str]) -> None:
    described = {
        Path(name).parts[2]
        for name in names
        if name.startswith("botocore/data/") and len(Path(name).parts) > 3
    }
    assert described == SERVICES


def test_the_same_input_gives_the_same_bytes(package: Package) -> None:
    assert build_package().digest == package.digest


def test_every_module_loads_from_the_zip_alone(package: Package, tmp_path: Path) -> None:
    with zipfile.ZipFile(package.code) as code:
        code.extractall(tmp_path)
    program = (
        "import sys; sys.path.insert(0, '.'); import app, boto3, importlib, pathlib\n"
        "for file in sorted(pathlib.Path('chalicelib').rglob('*.pyc')):\n"
        "    importlib.import_module('.'.join(file.with_suffix('').parts))\n"
        f"for service in {sorted(SERVICES)}: boto3.client(service, region_name='eu-west-1')\n"
        "import zoneinfo; print(zoneinfo.ZoneInfo('Asia/Ho_Chi_Minh'), 'loaded')"
    )
    done = subprocess.run(
        # Without site-packages: what is not in the zip is not there.
        [sys.executable, "-I", "-S", "-B", "-c", program],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "Asia/Ho_Chi_Minh loaded", done.stderr


def test_a_paper_is_written_from_the_zip_alone(package: Package, tmp_path: Path) -> None:
    """Without Pillow, with the modules of fontTools that are left."""
    with zipfile.ZipFile(package.code) as code:
        code.extractall(tmp_path)
    program = (
        "import sys; sys.path.insert(0, '.')\n"
        "from datetime import datetime, UTC\n"
        "from chalicelib.web.paper.sheet import Sheet, Style\n"
        "at = datetime(2026, 3, 1, tzinfo=UTC)\n"
        "sheet = Sheet(title='x', language='vi', made_at=at, bottom=20, foot=lambda sheet: None)\n"
        "sheet.text('Nguyễn Thị Bình 欧阳䶮', Style(10, is_bold=True))\n"
        "sheet.qr('00020101', 10, 30, 40)\n"
        "print(sheet.finish()[:5], 'PIL' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-X", "utf8", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "b'%PDF-' False", done.stderr


def test_packaging_reads_no_environment(package: Package) -> None:
    assert "PROVINCE" not in os.environ
    functions = [
        each for each in package.template["Resources"].values() if "Handler" in each["Properties"]
    ]
    assert len(functions) == len(HANDLERS)
