"""The verifier as an auditor runs it: another process and folder, no project beside it."""

import ast
import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.errandless.journal_source import FolderJournal
from infra.errandless.paths import ROOT
from infra.errandless.replay_command import report_as_json
from tests.journal.kept import copy_journal, replayed
from tests.journal.reconciled import DAY, keep_all, reconciled_province, statement
from tests.journal.test_chain import TAMPERINGS, edited, lane_files, named
from tests.support.biller_bank import Bank, add_banks
from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn, send_sandbox
from tests.support.paid_orders import created, paid
from tests.support.portal_client import start
from tests.support.rows import ledger_rows

VERIFIER = ROOT / "infra" / "verifier" / "verify.py"


@pytest.fixture
def folder(province: LocalProvince, tmp_path: Path) -> Path:
    return tmp_path


def verify(code: str, folder: Path, *more: str) -> tuple[int, str]:
    script = folder / "alone" / "verify.py"
    shutil.copytree(VERIFIER.parent, script.parent, dirs_exist_ok=True)
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
    files = list(VERIFIER.parent.glob("*.py"))
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                imported |= {name.name.partition(".")[0] for name in node.names}
            if isinstance(node, ast.ImportFrom):
                imported.add((node.module or "").partition(".")[0])
    imported -= {file.stem for file in files}
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


def with_statement(province: LocalProvince, folder: Path) -> str:
    """Reconciled, kept and copied: the journal has the statement's file."""
    code = reconciled_province(province)
    keep_all(province)
    copy_journal(province, folder)
    return code


def test_the_statements_line_is_found_in_the_journals_own_copy(
    province: LocalProvince, folder: Path
) -> None:
    code = with_statement(province, folder)
    status, said = verify(code, folder)
    assert status == 0, said
    (row,) = ledger_rows(province, f"F#statements/vnpay/quangninh/{DAY}/")
    name = f"statements/vnpay/quangninh/{DAY}/day.csv"
    assert f"ok  line 2 of {name} has the amount\n      SHA-256 {row['sha256']}" in said
    assert "no line of a statement" not in said


@pytest.mark.parametrize(("amount", "line"), [(50_000, "line 2 of"), (49_000, None)])
def test_a_banks_listing_names_a_credit_by_the_banks_reference_and_its_amount(
    province: LocalProvince, folder: Path, amount: int, line: str | None
) -> None:
    code = created(province)
    payment_no = start(province, code, channel="sandbox").json["payment_no"]
    send_sandbox(province, payment_no, transaction_no="20260302-FT26061A1-50000")
    province.pump()
    province.clock.advance(hours=24)
    listing = f"Date,Reference,Credit,Content\r\n02/03/2026,FT26061A1,{amount},{payment_no}\r\n"
    province.put_statement("sandbox", "quangninh", DAY, "day.csv", listing.encode())
    keep_all(province)
    copy_journal(province, folder)
    status, said = verify(code, folder)
    assert status == 0, said
    assert ("has the amount" in said, "no line of a statement" in said) == (
        line is not None,
        line is None,
    )
    assert f"ok  {line or 'order created'}" in said


def test_a_statement_that_says_less_is_wrong(province: LocalProvince, folder: Path) -> None:
    code = paid(province, 1)
    province.pump()
    province.clock.advance(hours=24)
    body = statement((code + "01", "14000001", 49_000))
    province.put_statement("vnpay", "quangninh", DAY, "day.csv", body)
    keep_all(province)
    copy_journal(province, folder)
    status, said = verify(code, folder)
    assert (status, "NO  line 2 of" in said) == (1, True)


@pytest.mark.parametrize("harm", ["alter", "remove"])
@pytest.mark.parametrize("row", ["F#statements/vnpay/quangninh", "RUN#vnpay#quangninh"])
def test_a_file_of_the_payments_day_that_is_not_as_it_was_kept_is_named(
    province: LocalProvince, folder: Path, row: str, harm: str
) -> None:
    code = with_statement(province, folder)
    sha256 = ledger_rows(province, row)[-1]["sha256"]
    file = folder / "files" / sha256
    if harm == "alter":
        file.write_bytes(file.read_bytes().replace(b"50000", b"50001"))
    else:
        file.unlink()
    status, said = verify(code, folder)
    assert status == 1, said
    assert f": files/{sha256} is as it was kept" in said.partition("NO  ")[2]


def test_a_file_that_was_issued_again_is_followed_in_its_last_form(
    province: LocalProvince, folder: Path
) -> None:
    code = paid(province, 1)
    province.pump()
    province.clock.advance(hours=24)
    for hour, amount in enumerate((49_000, 50_000)):
        province.clock.advance(hours=hour)
        body = statement((code + "01", "14000001", amount))
        province.put_statement("vnpay", "quangninh", DAY, f"{hour}.csv", body)
    keep_all(province)
    copy_journal(province, folder)
    status, said = verify(code, folder)
    assert (status, said.count(" has the amount")) == (0, 1), said
    assert f"{DAY}/1.csv has the amount" in said


def test_a_packed_statement_is_opened(province: LocalProvince, folder: Path) -> None:
    code = paid(province, 1)
    province.pump()
    province.clock.advance(hours=24)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("day.csv", statement((code + "01", "14000001", 50_000)))
    province.put_statement("vnpay", "quangninh", DAY, "day.zip", packed.getvalue())
    keep_all(province)
    copy_journal(province, folder)
    assert (
        "line 2 of statements/vnpay/quangninh/2026-03-02/day.zip has the amount"
        in (verify(code, folder)[1])
    )


def noted_heads(province: LocalProvince, folder: Path) -> Path:
    """As `errandless replay --json` tells them."""
    file = folder / "heads.json"
    file.write_text(json.dumps(report_as_json(replayed(province))["heads"]))
    return file


def test_every_harm_to_the_chain_is_named(province: LocalProvince, folder: Path) -> None:
    """All that a replay finds, this finds without a line of its code."""
    code = paid_and_kept(province, folder)
    for number in (3, 4):
        paid(province, number)
        province.pump()
        province.keep_journal(batch_size=4)
    for harm in TAMPERINGS:
        copy = folder / harm.__name__
        journal = copy_journal(province, copy)
        heads = str(noted_heads(province, copy))
        status, said = verify(code, copy, "--heads", heads)
        assert status == 0, said
        assert "give the heads" not in said
        lane = lane_files(journal)[0].parent.name
        harm(lane_files(journal))
        status, said = verify(code, copy, "--heads", heads)
        told = said.partition("NO  ")[2]
        assert status == 2, (harm.__name__, said)
        assert f"/{lane}/" in told or f"lane {lane}" in told, (harm.__name__, said)


def test_an_extra_batch_counts_for_nothing_and_is_named(
    province: LocalProvince, folder: Path
) -> None:
    """Without the heads nobody can tell one at the end from a true one."""
    code = paid_and_kept(province, folder)
    heads = str(noted_heads(province, folder))
    last = lane_files(FolderJournal(folder))[-1]
    number = int(last.name[:10])

    def follow(lines: list[Any]) -> None:
        lines[0] |= {"batch_no": number + 1, "previous": last.name[11:75]}

    content = edited(last.read_bytes(), follow)
    extra = named(last, number + 1, content)
    extra.write_bytes(content)
    again = edited(last.read_bytes(), lambda lines: lines[1].update(at=1))
    twin = named(last, number, again)
    twin.write_bytes(again)
    status, said = verify(code, folder, "--heads", heads)
    assert status == 0, said
    assert {f"??  {file}: it is of no chain" for file in (extra, twin)} <= set(said.splitlines())


def test_a_payment_that_its_bank_took_back_is_followed_to_the_one_after_it(
    province: LocalProvince, folder: Path
) -> None:
    add_banks(province.platform)
    bank, code = Bank(province), created(province)
    for turn in ("1", "2"):
        bank.pay(bank.locked(code, request_no=f"L-{turn}"), f"FT-{turn}")
        province.pump()
        if turn == "1":
            assert bank.reverse().status == 200
    province.pump()
    province.keep_journal()
    copy_journal(province, folder)
    status, said = verify(code, folder)
    assert status == 0, said
    for sentence in (
        "ok  order: paid to pending",
        "ok  taken back by their bank: 1",
        "ok  attempt 01: biller a, reversed",
        "ok  paid by T#biller#a#FT-2 alone",
        "ok  receipt test-UNITA-phi-2026 no. 0000001: 50000, void",
        "ok  receipt test-UNITA-phi-2026 no. 0000002: 50000\n",
        "ok  series test-UNITA-phi-2026: 1 to 2, no gap",
        "ok  receipts amount to 50000, the order's amount",
    ):
        assert sentence in said


def test_an_unpaid_order_and_foreign_money_are_told(province: LocalProvince, folder: Path) -> None:
    code = created(province)
    send_ipn(province, code + "01", 9_000, vnp_TransactionNo="5")
    province.pump()
    province.keep_journal()
    copy_journal(province, folder)
    status, said = verify(code, folder)
    assert status == 0, said
    assert "the order is not paid, and no transaction was applied to it" in said
    assert "no receipt stands, as nothing is paid" in said
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
