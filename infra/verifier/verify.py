"""Follows one payment code through a copied journal and prints the evidence. Standard library only,
and no line of code shared with the platform: whoever audits it can read all of this.

    python verify.py CODE --journal FOLDER [--statements FOLDER]

`--journal` holds journal/<day>/<lane>/<number>-<SHA-256>.jsonl.gz as they were copied from the
bucket, `--statements` the acquirers' files as statements/<channel>/<account>/<day>/<name>.
Ends with 0 when all is right, 1 when something is wrong, 2 when the journal itself is not whole.
"""

import argparse
import gzip
import hashlib
import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NAME = re.compile(r"(\d{10})-([0-9a-f]{64})\.jsonl\.gz")
UNPAID, DONE = ("created", "pending"), {"succeeded", "failed"}
ENDINGS = {"paid", "cancelled", "expired", "partially_refunded", "refunded"}
NOT_CHECKED = [
    "that the money arrived in the acquirer's account: only its statement and the bank know",
    "who the payer is: that envelope is encrypted",
    "that no batch after each lane's last one is missing: compare the last hashes with the heads",
]


@dataclass
class Image:
    """One state of a row, and the batch that proves it."""

    row: dict[str, Any]
    sequence: int
    batch: Path


@dataclass
class Findings:
    evidence: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=lambda: list(NOT_CHECKED))

    def check(self, holds: object, sentence: str, image: Image | None = None) -> None:
        (self.evidence if holds else self.wrong).append(sentence + _where(image))


def _where(image: Image | None) -> str:
    if image is None:
        return ""
    day, lane, name = image.batch.parts[-3:]
    return f"\n      in {day}/{lane}/{name[:10]}, SHA-256 {name[11:75]}"


class Journal:
    """Every batch, checked and linked; `records` goes through them in their order."""

    def __init__(self, folder: Path) -> None:
        self.faults: list[str] = []
        self.ends: dict[str, tuple[int, str]] = {}
        self._order: list[Path] = []
        lanes: dict[str, dict[int, list[Path]]] = defaultdict(lambda: defaultdict(list))
        for file in sorted(folder.rglob("*.jsonl.gz")):
            found = NAME.fullmatch(file.name)
            if found is not None:
                lanes[file.parent.name][int(found[1])].append(file)
                continue
            self.faults.append(f"{file}: no batch has such a name")
        for lane, numbers in sorted(lanes.items()):
            self._link(lane, numbers)

    def _link(self, lane: str, numbers: dict[int, list[Path]]) -> None:
        previous: str | None = None
        for number in range(1, max(numbers) + 1):
            fitting = [
                file
                for file in numbers.get(number, [])
                if (header := self._header(file, lane, number)) is not None
                and header["previous"] == previous
            ]
            if not fitting:
                self.faults.append(f"lane {lane}: no batch {number} follows {previous}")
                return
            chosen = self._with_successor(fitting, numbers.get(number + 1, []))
            self._order.append(chosen)
            previous = chosen.name[11:75]
            self.ends[lane] = (number, previous)

    def _with_successor(self, fitting: list[Path], following: list[Path]) -> Path:
        """A keeper that was cut off may leave a second file; the chain goes on from one of them."""
        named = {_lines(file)[0]["previous"] for file in following} if len(fitting) > 1 else set()
        return next((file for file in fitting if file.name[11:75] in named), fitting[0])

    def _header(self, file: Path, lane: str, number: int) -> dict[str, Any] | None:
        content = file.read_bytes()
        if hashlib.sha256(content).hexdigest() != file.name[11:75]:
            self.faults.append(f"{file}: its bytes do not have the hash in its name")
            return None
        header, *records = _lines(file)
        if (header["lane"], header["batch_no"], header["count"]) != (lane, number, len(records)):
            self.faults.append(f"{file}: its header is of another batch")
            return None
        return header

    def records(self) -> Any:
        for file in self._order:
            for record in _lines(file)[1:]:
                if record["new"] is not None:
                    row = {name: _plain(value) for name, value in record["new"].items()}
                    yield Image(row, int(record["sequence_number"]), file)


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def _plain(value: dict[str, Any]) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return int(content)
        case "M":
            return {name: _plain(inner) for name, inner in content.items()}
        case "L":
            return [_plain(inner) for inner in content]
        case _:
            return content


@dataclass
class Story:
    """All states of the rows about one payment code, and of all others what must be so once."""

    order: list[Image] = field(default_factory=list)
    transactions: dict[str, list[Image]] = field(default_factory=lambda: defaultdict(list))
    receipts: dict[str, list[Image]] = field(default_factory=lambda: defaultdict(list))
    cases: dict[str, list[Image]] = field(default_factory=lambda: defaultdict(list))
    series: dict[str, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    doubles: list[str] = field(default_factory=list)
    paid_by: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def read_story(journal: Journal, code: str) -> Story:
    story, seen = Story(), Counter[str]()
    for image in journal.records():
        pk, row = image.row["pk"], image.row
        kind = pk.partition("#")[0]
        if kind == "O" and "paid_by" in row:
            story.paid_by[row["paid_by"]].add(pk)
        if kind == "R" and "number" in row:
            numbers = story.series[row["series"]]
            if numbers.setdefault(row["number"], row["token"]) != row["token"]:
                story.doubles.append(pk)
        is_ours = kind in ("O", "T", "R", "CASE") and _is_about(row, code)
        if not is_ours or image.sequence <= seen[pk]:
            continue  # or it was kept twice
        seen[pk] = image.sequence
        if kind == "O":
            story.order.append(image)
        else:
            {"T": story.transactions, "R": story.receipts, "CASE": story.cases}[kind][pk].append(
                image
            )
    return story


def _is_about(row: dict[str, Any], code: str) -> bool:
    numbers = (row["pk"].removeprefix("O#"), row.get("payment_code"))
    return code in (*numbers, str(row.get("payment_no", ""))[:18])


def check_order(story: Story, found: Findings) -> dict[str, Any] | None:
    if not story.order:
        found.wrong.append("the journal has no order with this code")
        return None
    first, last = story.order[0], story.order[-1]
    owed = [f"{each.row['amount_minor']} {each.row['currency']}" for each in story.order]
    found.check(first.row["status"] == "created", f"order created for {owed[0]}", first)
    for before, after, was, now in zip(story.order, story.order[1:], owed, owed[1:], strict=False):
        if now != was:
            quiet = {each["status"] for each in before.row["attempts"].values()} <= DONE
            is_open_bill = "bill_version" in before.row and before.row["status"] in UNPAID
            found.check(quiet and is_open_bill, f"the order's amount changed to {now}", after)
        step = (before.row["status"], after.row["status"])
        if step[0] != step[1]:
            allowed = step[0] in UNPAID or (step[0] in ENDINGS and "refunded" in step[1])
            found.check(allowed, f"order: {step[0]} to {step[1]}", after)
    for no, attempt in sorted(last.row["attempts"].items()):
        said = f"attempt {no}: {attempt['channel']} {attempt['account']}, {attempt['status']}"
        first = next(each for each in story.order if no in each.row["attempts"])
        found.evidence.append(said + _where(first))
    return last.row


def check_payment(story: Story, order: dict[str, Any], code: str, found: Findings) -> None:
    applied = []
    for pk, images in sorted(story.transactions.items()):
        row = images[0].row
        found.check(all(each.row == row for each in images), f"{pk}: never changed", images[0])
        named = f"T#{row['channel']}#{row['account']}#{row['provider_transaction']}"
        found.check(pk == named, f"{pk}: {row['amount_minor']} {row['currency']}, for payment"
                    f" {row['payment_no']}, {row['disposition']}", images[0])  # fmt: skip
        applied += [row] if row["disposition"] == "applied" else []
    paid_by = order.get("paid_by")
    if paid_by is None:
        found.check(not applied, "the order is not paid, and no transaction was applied to it")
        return
    found.check([each["pk"] for each in applied] == [paid_by], f"paid by {paid_by} alone")
    found.check(story.paid_by[paid_by] == {f"O#{code}"}, "that transaction pays no other order")
    for row in applied:
        same = all(row[name] == order[name] for name in ("amount_minor", "currency", "paid_at"))
        found.check(same, "the transaction's amount, currency and time are the order's")
        attempt = order["attempts"].get(row["payment_no"][18:], {})
        own = (attempt.get("channel"), attempt.get("account"), attempt.get("status"))
        right = own == (row["channel"], row["account"], "succeeded")
        found.check(right, f"attempt {row['payment_no'][18:]} succeeded on that account")


def check_receipts(story: Story, order: dict[str, Any], found: Findings) -> None:
    rows = [images[0] for _, images in sorted(story.receipts.items())]
    if "paid_by" not in order:
        found.check(not rows, "no receipt was issued, as nothing was paid")
        return
    for image in rows:
        row, mark = image.row, order["receipts"].get(image.row["kind"], {})
        name = f"receipt {row['series']} no. {row['number']:07d}: {row['amount_minor']}"
        same = all(mark.get(each) == row[each] for each in ("series", "number", "token"))
        found.check(same and row["paid_by"] == order["paid_by"], name, image)
        numbers = sorted(story.series[row["series"]])
        no_gap = numbers == list(range(1, len(numbers) + 1))
        found.check(no_gap, f"series {row['series']}: 1 to {len(numbers)}, no gap")
    found.check(not story.doubles, f"no receipt number was given twice {story.doubles or ''}")
    total = sum(image.row["amount_minor"] for image in rows)
    found.check(total == order["amount_minor"], f"receipts amount to {total}, the order's amount")


def check_statement(story: Story, folder: Path | None, found: Findings) -> None:
    for pk, images in sorted(story.transactions.items()):
        row = images[0].row
        lines = [] if folder is None else _statement_lines(folder, row)
        if not lines:
            found.unchecked.append(f"{pk}: no line of a statement that is here names it")
        for file, number, cells in lines:
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            amounts = {re.sub(r"\D", "", cell).lstrip("0") for cell in cells}
            right = {str(row["amount_minor"]), str(row["amount_minor"] * 100)} & amounts
            found.check(right, f"statement line {number} of {file.name} has the amount\n      "
                        f"SHA-256 {digest}")  # fmt: skip


def _statement_lines(folder: Path, row: dict[str, Any]) -> list[tuple[Path, int, list[str]]]:
    root = folder / "statements" if (folder / "statements").is_dir() else folder
    return [
        (file, number, cells)
        for file in sorted((root / row["channel"] / row["account"]).rglob("*"))
        if file.is_file()
        for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1)
        if (cells := [cell.strip(' "`\t') for cell in re.split(r"[,;|\t]", line)])
        and row["provider_transaction"] in cells
    ]


def verify(code: str, journal_folder: Path, statements: Path | None) -> tuple[int, Findings]:
    journal, found = Journal(journal_folder), Findings()
    for lane, (number, digest) in journal.ends.items():
        found.evidence.append(f"lane {lane}: {number} batches, each naming the last; ends {digest}")
    found.wrong += journal.faults or ([] if journal.ends else ["there is no journal here"])
    if found.wrong:
        return 2, found
    is_right = re.fullmatch(r"[1-9]\d{17}", code) and int(code) % 97 == 1
    found.check(is_right, f"payment code {code}: 18 digits, ISO 7064 MOD 97-10")
    story = read_story(journal, code)
    if (order := check_order(story, found)) is not None:
        check_payment(story, order, code, found)
        check_receipts(story, order, found)
        check_statement(story, statements, found)
    for pk, images in sorted(story.cases.items()):
        found.evidence.append(f"case {pk}: {images[-1].row['state']}" + _where(images[-1]))
    return (1 if found.wrong else 0), found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="verify.py", description="One payment, from its journal")
    parser.add_argument("code", help="18 digits")
    parser.add_argument("--journal", type=Path, required=True, help="the copied journal")
    parser.add_argument("--statements", type=Path, help="the acquirers' files")
    given = parser.parse_args(arguments)
    status, found = verify(re.sub(r"[ -]", "", given.code), given.journal, given.statements)
    for mark, sentences in (("ok", found.evidence), ("??", found.unchecked), ("NO", found.wrong)):
        for sentence in sentences:
            print(f"{mark}  {sentence}")
    print(("Right.", "Not right.", "The journal is not whole.")[status])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
