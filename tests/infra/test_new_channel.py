"""A channel that nobody has written yet: made by the command, filled in by a person, then used."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.errandless import new_channel
from infra.errandless.failures import OperatorError
from infra.errandless.new_channel import MARK, create_channel
from infra.errandless.paths import ROOT

LEFT_OUT = shutil.ignore_patterns("__pycache__", "node_modules", ".*_cache", "samples.local")
PARTS = ("chalicelib", "infra", "tests")
TABLE = """STATUSES: Mapping[str, Verdict] = {
    "succeeded": Verdict.PAID,
    "refused": Verdict.REFUSED,
    "pending": Verdict.WAITING,
    "not_found": Verdict.ABSENT,
    "held": Verdict.HELD,
}"""
# What only the provider's document can say: which of its codes means what.
MEANINGS = {
    "test_a_signed_word_becomes_its_outcome",
    "test_an_answered_word_becomes_its_outcome",
    "test_the_amount_is_the_one_that_the_provider_names",
}
CONTRACT = "tests/channels/test_channel_contract.py"
LONGEST_SECONDS = 300


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of what a newcomer has checked out."""
    for part in PARTS:
        shutil.copytree(ROOT / part, tmp_path / part, ignore=LEFT_OUT)
    for file in ("app.py", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def run_tests(tree: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    done = subprocess.run(
        command, cwd=tree, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
    )
    return done.returncode, done.stdout


def test_a_made_up_channel_is_added_by_five_files_and_one_table(tree: Path) -> None:
    """Three new files and one more entry in each of two, as infra/guides/add-a-channel.md says."""
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    new = create_channel("paypaya", root=tree)
    after = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    touched = {str(path.relative_to(tree)) for path in after if before.get(path) != after[path]}
    assert touched == set(new.files)
    assert (len(new.written), len(new.changed)) == (3, 2)
    guide = (ROOT / "infra/guides/add-a-channel.md").read_text("utf-8")
    assert "touches five files, three of them new" in guide

    _, told = run_tests(tree, CONTRACT, "-k", "paypaya")
    failed = set(re.findall(r"FAILED \S+::(test_\w+)\[", told))
    assert failed == MEANINGS, told

    channel = tree / "chalicelib/channels/paypaya.py"
    text = channel.read_text("utf-8")
    assert text.count(MARK) == 2
    empty = re.search(r"STATUSES: [^{]*\{.*?\n\}", text, re.DOTALL)
    assert empty is not None
    channel.write_text(text.replace(empty[0], TABLE), encoding="utf-8")

    code, told = run_tests(
        tree,
        *(CONTRACT, "tests/channels/test_channels_in_a_province.py"),
        *("tests/channels/test_wire_faults.py", "tests/infra/test_provinces.py"),
        "tests/simulator/test_sides.py",
        *("-k", "paypaya or test_provinces or test_sides"),
    )
    assert code == 0, told
    floors = Path(sys.executable).with_name("lint-imports")
    kept = subprocess.run(
        [floors, "--no-logo"], cwd=tree, capture_output=True, text=True, timeout=120, check=False
    )
    assert kept.returncode == 0, kept.stdout


@pytest.mark.parametrize(
    ("name", "province", "told"),
    [
        ("vnpay", "binhduong", "vnpay is there already"),
        ("sandbox", "binhduong", "sandbox is there already"),
        ("Mo-Mo", "binhduong", "is no name"),
        ("momo", "atlantis", "There is no province 'atlantis'."),
    ],
)
def test_a_wrong_wish_is_told_and_nothing_is_written(
    tmp_path: Path, name: str, province: str, told: str
) -> None:
    for file in (*new_channel.FILES_READ, "infra/provinces/binhduong/channel_accounts.json"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, tmp_path / file)
    (tmp_path / "chalicelib/channels/vnpay").mkdir()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(OperatorError) as refused:
        create_channel(name, province, tmp_path)
    assert told in str(refused.value)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
