"""The verifier as an auditor runs it: another process and folder, no project beside it."""

import ast
import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.errandless.paths import ROOT
from tests.journal.kept import copy_journal
from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn
from tests.support.paid_orders import created, paid

VERIFIER = ROOT / "infra" / "verifier" / "verify.py"


@pytest.fixture
def folder(province: LocalProvince, tmp_path: Path) -> Path:
    return tmp_path


def verify(code: str, folder: Path, *more: str) -> tuple[int, str]:
    script = folder / "alone" / "verify.py"
    script.parent.mkdir(exist_ok=True)
    shutil.copy(VERIFIER, script)
    done = subprocess.run(
        [sys.executable, "-I", str(script), code, "--journal", str(folder / "journal"), *more],
        capture_output=True,
        text=True,
        cwd=script.parent,
        check=False,
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def paid_and_kept(province: LocalProvince, folder: Path) -> str:
    code = paid(province, 1, ("FEE-1", "CHARGE"))
    paid(province, 2)
    province.pump()
    province.keep_journal(batch_size=5)
    copy_journal(province, folder)
    return code


def test_it_imports_the_standard_library_only() -> None:
    imported = set()
    for node in ast.walk(ast.parse(VERIFIER.read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= sys.stdlib_module_names
    assert len(VERIFIER.read_text().splitlines()) <= 300


def test_a_paid_order_is_followed_to_its_receipts(province: LocalProvince, folder: Path) -> None:
    code = paid_and_kept(province, folder)
    status, said = verify(code, folder)
    assert status == 0, said
    for sentence in (
        f"payment code {code}: 18 digits, ISO 7064 MOD 97-10",
        "order created for 80000 VND",
        "order: pending to paid",
        "paid by T#vnpay#quangninh#14000001 alone",
        "receipt test-UNITA-phi-2026 no. 0000001: 50000",
        "series test-UNITA-phi-2026: 1 to 2, no gap",
        "receipts amount to 80000, the order's amount",
        "no line of a statement that is here names it",
    ):
        assert sentence in said
    assert said.endswith("Right.\n")


def test_every_state_names_a_file_with_its_hash(province: LocalProvince, folder: Path) -> None:
    _, said = verify(paid_and_kept(province, folder), folder)
    told = {line.split("SHA-256 ")[1] for line in said.splitlines() if "SHA-256 " in line}
    files = {
        hashlib.sha256(file.read_bytes()).hexdigest() for file in (folder / "journal").rglob("*.gz")
    }
    assert told
    assert told <= files


def test_the_statements_line_is_found(province: LocalProvince, folder: Path) -> None:
    code = paid_and_kept(province, folder)
    statement = folder / "statements" / "vnpay" / "quangninh" / "2026-03-02" / "day.csv"
    statement.parent.mkdir(parents=True)
    line = "{},14000001,B1,NCB,{},20260302090130,01,00\r\n"
    statement.write_text("TxnRef,TransactionNo\r\n" + line.format(code + "01", "80000"))
    status, said = verify(code, folder, "--statements", str(folder))
    assert (status, "statement line 2 of day.csv has the amount" in said) == (0, True)
    statement.write_text("TxnRef,TransactionNo\r\n" + line.format(code + "01", "79000"))
    status, said = verify(code, folder, "--statements", str(folder))
    assert (status, "NO  statement line 2" in said) == (1, True)


def test_an_unpaid_order_and_foreign_money_are_told(province: LocalProvince, folder: Path) -> None:
    code = created(province)
    send_ipn(province, code + "01", 9_000, vnp_TransactionNo="5")
    province.pump()
    province.keep_journal()
    copy_journal(province, folder)
    status, said = verify(code, folder)
    assert status == 0, said
    assert "the order is not paid, and no transaction was applied to it" in said
    assert "no receipt was issued, as nothing was paid" in said
    assert "case CASE#" in said


@pytest.mark.parametrize("code", ["225410949228870788", "000000000000000000", "12"])
def test_a_code_that_is_none_is_wrong(province: LocalProvince, folder: Path, code: str) -> None:
    paid_and_kept(province, folder)
    status, said = verify(code, folder)
    assert (status, "NO  payment code" in said) == (1, True)


def rewrite(folder: Path, edit: Callable[[dict[str, Any]], bool]) -> None:
    """A forger with all files at hand writes the whole chain again."""
    for lane in "0123":
        previous = None
        files = sorted((folder / "journal").glob(f"*/{lane}/*.gz"), key=lambda each: each.name)
        for file in files:
            lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
            header, records = lines[0], [each for each in lines[1:] if edit(each)]
            header |= {"previous": previous, "count": len(records)}
            text = "".join(json.dumps(each, sort_keys=True) + "\n" for each in (header, *records))
            content = gzip.compress(text.encode())
            previous = hashlib.sha256(content).hexdigest()
            file.unlink()
            file.with_name(f"{file.name[:10]}-{previous}.jsonl.gz").write_bytes(content)


def of(record: dict[str, Any], prefix: str) -> dict[str, Any]:
    """The new image, when the row is of this kind."""
    is_one = record["keys"]["pk"]["S"].startswith(prefix)
    return (record["new"] or {}) if is_one else {}


def lower_the_money(record: dict[str, Any]) -> bool:
    if row := of(record, "T#vnpay#quangninh#14000001"):
        row["amount_minor"] = {"N": "79000"}
    return True


def renumber_a_receipt(record: dict[str, Any]) -> bool:
    if (row := of(record, "R#test-UNITA-phi-2026#")) and row.get("number") == {"N": "1"}:
        row["number"] = {"N": "9"}
    return True


def lose_the_transaction(record: dict[str, Any]) -> bool:
    return not of(record, "T#vnpay#quangninh#14000001")


@pytest.mark.parametrize(
    ("forge", "sentence"),
    [
        (lower_the_money, "NO  the transaction's amount, currency and time are the order's"),
        (lose_the_transaction, "NO  paid by T#vnpay#quangninh#14000001 alone"),
        (renumber_a_receipt, "no gap"),
    ],
)
def test_a_forged_history_does_not_add_up(
    province: LocalProvince,
    folder: Path,
    forge: Callable[[dict[str, Any]], bool],
    sentence: str,
) -> None:
    code = paid_and_kept(province, folder)
    rewrite(folder, lambda record: True)
    assert verify(code, folder)[0] == 0
    rewrite(folder, forge)
    status, said = verify(code, folder)
    assert status == 1, said
    assert sentence in said


@pytest.mark.parametrize("harm", ["byte", "missing"])
def test_a_journal_that_is_not_whole_proves_nothing(
    province: LocalProvince, folder: Path, harm: str
) -> None:
    code = paid_and_kept(province, folder)
    file = min((folder / "journal").rglob("*.gz"), key=lambda each: each.name)
    if harm == "byte":
        file.write_bytes(file.read_bytes()[:-1] + b"\x01")
    else:
        file.unlink()
        file.with_name("0000000009-" + "0" * 64 + ".jsonl.gz").write_bytes(b"")
    status, said = verify(code, folder)
    assert (status, said.endswith("The journal is not whole.\n")) == (2, True)
