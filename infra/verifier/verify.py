"""Follows one payment code through a copied journal and prints the evidence. Standard library only,
and no line of code shared with the platform: whoever audits it can read all of this.

    python verify.py CODE --journal FOLDER [--heads FILE]

`--journal`: a copy of the bucket. `--heads`: JSON, lane to the SHA-256 of its last batch.
Ends with 0 when all is right, 1 when something is wrong, 2 when the journal itself is not whole.
"""

import argparse
import gzip
import hashlib
import json
import re
import sys
import zlib
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent))  # the files beside this one, and nothing else
from baskets import check_basket, check_paid_in  # type: ignore[import-not-found]
from statements import check_statement  # type: ignore[import-not-found]

NAME = re.compile(r"(\d{10})-([0-9a-f]{64})\.jsonl\.gz")
UNPAID, DONE = ("created", "pending"), {"succeeded", "failed", "reversed"}
ENDINGS = {"paid", "cancelled", "expired", "partially_refunded", "refunded"}
NOT_CHECKED = [
    "that the money arrived in the acquirer's account: only its statement and the bank know",
    "who the payer is: that envelope is encrypted",
]
FIXED = ("amount_minor", "currency", "paid_at", "channel", "account", "provider_transaction")


class Image(NamedTuple):  # one state of a row, and the batch that proves it
    row: dict[str, Any]
    sequence: int
    batch: Path


@dataclass
class Findings:
    evidence: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=lambda: list(NOT_CHECKED))

    def check(self, holds: object, sentence: str, image: Image | None = None) -> None:
        if image is not None:
            day, lane, name = image.batch.parts[-3:]
            sentence += f"\n      in {day}/{lane}/{name[:10]}, SHA-256 {name[11:75]}"
        (self.evidence if holds else self.wrong).append(sentence)


class Journal:  # every batch, checked and linked; `records` goes through them in their order
    def __init__(self, folder: Path, heads: dict[str, str] | None) -> None:
        self.faults: list[str] = []
        self.ends: dict[str, tuple[int, str]] = {}
        self.strays: list[Path] = []
        self._order: list[Path] = []
        lanes: dict[str, dict[int, list[Path]]] = defaultdict(lambda: defaultdict(list))
        for file in sorted(folder.rglob("*.jsonl.gz")):
            if (found := NAME.fullmatch(file.name)) is not None:
                lanes[file.parent.name][int(found[1])].append(file)
            else:
                self.faults.append(f"{file}: no batch has such a name")
        for lane, numbers in sorted(lanes.items()):
            self._link(lane, numbers, (heads or {}).get(lane))

    def _link(self, lane: str, numbers: dict[int, list[Path]], head: str | None) -> None:
        previous: str | None = None
        for number in range(1, max(numbers) + 1):
            here = numbers.get(number, [])
            fitting = [file for file in here if self._fits(file, lane, number, previous)]
            if not fitting:
                self.faults.append(f"lane {lane}: no batch {number} follows {previous}")
                break
            # A keeper that was cut off may leave a second file; the chain goes on from one of them.
            following = numbers.get(number + 1, []) if len(fitting) > 1 else []
            named = {_lines(file)[0]["previous"] for file in following}
            chosen = next((file for file in fitting if file.name[11:75] in named), fitting[0])
            self._order.append(chosen)
            previous = chosen.name[11:75]
            self.ends[lane] = (number, previous)
            self.strays += [file for file in here if file != chosen]
            if previous == head:
                self.strays += [file for no in numbers if no > number for file in numbers[no]]
                break

    def _fits(self, file: Path, lane: str, number: int, previous: str | None) -> bool:
        fault, header = "it cannot be read", dict[str, Any](previous="")
        with suppress(OSError, EOFError, ValueError, LookupError, zlib.error):
            header, *records = _lines(file)
            said = [header["lane"], header["batch_no"], header["count"]]
            fault = "its header is of another batch" if said != [lane, number, len(records)] else ""
        if hashlib.sha256(file.read_bytes()).hexdigest() != file.name[11:75]:
            fault = "its bytes do not have the hash in its name"
        self.faults += [f"{file}: {fault}"] if fault else []
        return not fault and header["previous"] == previous

    def records(self) -> Any:
        for file in self._order:
            for record in _lines(file)[1:]:
                if record["new"] is not None:
                    row = _plain({"M": record["new"]})
                    yield Image(row, int(record["sequence_number"]), file)


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def _plain(value: dict[str, Any]) -> Any:
    ((kind, content),) = value.items()
    if kind == "M":
        return {name: _plain(inner) for name, inner in content.items()}
    if kind == "L":
        return [_plain(inner) for inner in content]
    return int(content) if kind == "N" else content


@dataclass
class Story:  # all states of the rows about one payment code, and of others what must be so once
    rows: Any = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    series: Any = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))
    paid_by: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    kept: dict[tuple[str, str], Image] = field(default_factory=dict)


def read_story(journal: Journal, code: str) -> Story:
    story, seen = Story(), Counter[str]()
    for image in journal.records():
        pk, row = image.row["pk"], image.row
        kind = pk.partition("#")[0]
        if kind == "O" and "paid_by" in row:
            story.paid_by[row["paid_by"]].add(pk)
        if kind in ("F", "RUN") and "sha256" in row:
            story.kept[pk, row["sk"]] = image
        if kind == "R" and "number" in row:
            story.series[row["series"]][row["number"]].add(row["token"])
        numbers = (str(row.get(name, ""))[:18] for name in ("payment_no", "told_payment_no"))
        is_about = code in (pk.removeprefix("O#"), row.get("payment_code"), *numbers)
        if is_about and kind in ("O", "T", "R", "CASE") and image.sequence > seen[pk]:
            seen[pk] = image.sequence  # a batch may have been kept twice
            story.rows[kind][pk].append(image)
    return story


def check_order(story: Story, found: Findings) -> Any:
    states = [image for images in story.rows["O"].values() for image in images]
    if not states:
        return found.check(False, "the journal has no order with this code")
    first, last = states[0], states[-1]
    owed = [f"{each.row['amount_minor']} {each.row['currency']}" for each in states]
    found.check(first.row["status"] == "created", f"order created for {owed[0]}", first)
    for before, after, was, now in zip(states, states[1:], owed, owed[1:], strict=False):
        if now != was:
            quiet = {each["status"] for each in before.row["attempts"].values()} <= DONE
            is_open_bill = "bill_version" in before.row and before.row["status"] in UNPAID
            found.check(quiet and is_open_bill, f"the order's amount changed to {now}", after)
        step = (before.row["status"], after.row["status"])
        if step[0] != step[1]:
            allowed = step[0] in UNPAID or (step[0] in ENDINGS and "refunded" in step[1])
            if step == ("paid", "pending"):
                allowed = after.row.get("reversals", [])[-1:] == [before.row.get("paid_by")]
            found.check(allowed, f"order: {step[0]} to {step[1]}", after)
    for no, attempt in sorted(last.row["attempts"].items()):
        said = f"attempt {no}: {attempt['channel']} {attempt['account']}, {attempt['status']}"
        found.check(True, said, next(each for each in states if no in each.row["attempts"]))
    return last.row


def check_payment(story: Story, order: dict[str, Any], code: str, found: Findings) -> None:
    applied = []
    for pk, images in sorted(story.rows["T"].items()):
        row = images[-1].row
        same = all(each.row[name] == row[name] for each in images for name in FIXED)
        found.check(same, f"{pk}: its money never changed", images[0])
        named = f"T#{row['channel']}#{row['account']}#{row['provider_transaction']}"
        found.check(pk == named, f"{pk}: {row['amount_minor']} {row['currency']}, for payment"
                    f" {row['payment_no']}, {row['disposition']}", images[0])  # fmt: skip
        applied += [row] if row["disposition"] == "applied" else []
    gone = {pk for pk, each in story.rows["T"].items() if each[-1].row["disposition"] == "reversed"}
    found.check(gone == set(order.get("reversals", [])), f"taken back by their bank: {len(gone)}")
    paid_by = order.get("paid_by")
    if paid_by is None:
        found.check(not applied, "the order is not paid, and no transaction was applied to it")
        return
    if "paid_in" in order:
        found.check(not applied, "no money of its own was applied to it")
        return
    found.check([each["pk"] for each in applied] == [paid_by], f"paid by {paid_by} alone")
    others = story.paid_by[paid_by] - {f"O#{each}" for each in order.get("covers", {})}
    found.check(others == {f"O#{code}"}, "that transaction pays no other order")
    for row in applied:
        same = all(row[name] == order[name] for name in ("amount_minor", "currency", "paid_at"))
        found.check(same, "the transaction's amount, currency and time are the order's")
        attempt = order["attempts"].get(row["payment_no"][18:], {})
        own = (attempt.get("channel"), attempt.get("account"), attempt.get("status"))
        right = own == (row["channel"], row["account"], "succeeded")
        found.check(right, f"attempt {row['payment_no'][18:]} succeeded on that account")


def check_receipts(story: Story, order: dict[str, Any], found: Findings) -> None:
    rows = [images[-1] for _, images in sorted(story.rows["R"].items())]
    standing = [image.row for image in rows if "voided_at" not in image.row]
    void = {(mark["series"], mark["number"]): mark for mark in order.get("voided", [])}
    for image in rows:
        row, is_void = image.row, "voided_at" in image.row
        mark = order["receipts"].get(row["kind"], {})
        mark = void.get((row["series"], row["number"]), {}) if is_void else mark
        name = f"receipt {row['series']} no. {row['number']:07d}: {row['amount_minor']}"
        same = all(mark.get(each) == row[each] for each in ("series", "number", "token"))
        payers = order.get("reversals", []) if is_void else [order.get("paid_by")]
        name += ", void" if is_void else ""
        found.check(same and row["paid_by"] in payers, name, image)
        numbers = sorted(story.series[row["series"]])
        said = f"series {row['series']}: 1 to {len(numbers)}, no gap"
        found.check(numbers == list(range(1, len(numbers) + 1)), said)
    is_once = all(len(tokens) == 1 for each in story.series.values() for tokens in each.values())
    found.check(is_once, "no receipt number was given twice")
    total = sum(row["amount_minor"] for row in standing)
    parts = order.get("covers", {})  # a basket's bills have receipts of their own
    is_basket = any("is_part" not in each for each in parts.values())
    refused = {f"bill_not_paid:{order.get('paid_by')}#{bill}" for bill in parts} & {*order["cases"]}
    is_owed = "paid_by" in order and not is_basket and not refused
    owed = order["amount_minor"] if is_owed else 0
    said = (
        f"receipts amount to {total}, the order's amount"
        if owed
        else "no receipt stands, as nothing is paid"
    )
    found.check(total == owed, said)


def check_chain(journal: Journal, heads: dict[str, str] | None, found: Findings) -> None:
    for lane, (number, end) in journal.ends.items():
        found.evidence.append(f"lane {lane}: {number} batches, each naming the last; ends {end}")
        if heads is not None and heads.get(lane) != end:
            found.wrong.append(f"lane {lane}: its head is {heads.get(lane)}, and not {end}")
    found.unchecked += [f"{file}: it is of no chain" for file in journal.strays]
    found.unchecked += [] if heads else ["that no batch is missing at a lane's end: give the heads"]
    found.wrong += [f"lane {lane} is missing" for lane in heads or {} if lane not in journal.ends]
    found.wrong += journal.faults or ([] if journal.ends else ["there is no journal here"])


def verify(code: str, folder: Path, file: Path | None) -> tuple[int, Findings]:
    heads = json.loads(file.read_text()) if file else None
    journal, found = Journal(folder, heads), Findings()
    check_chain(journal, heads, found)
    if found.wrong:
        return 2, found
    is_right = re.fullmatch(r"[1-9]\d{17}", code) and int(code) % 97 == 1
    found.check(is_right, f"payment code {code}: 18 digits, ISO 7064 MOD 97-10")
    story = read_story(journal, code)
    if (order := check_order(story, found)) is not None:
        check_payment(story, order, code, found)
        check_paid_in(journal.records(), order, code, found)
        check_basket(journal.records(), order, code, found)
        check_receipts(story, order, found)
        check_statement(story, folder, found)
    for pk, images in sorted(story.rows["CASE"].items()):
        found.check(True, f"case {pk}: {images[-1].row['state']}", images[-1])
    return (1 if found.wrong else 0), found


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="verify.py", description="One payment, from its journal")
    parser.add_argument("code", help="18 digits")
    parser.add_argument("--journal", type=Path, required=True, help="the copied journal")
    parser.add_argument("--heads", type=Path, help="where its lanes ended")
    given = parser.parse_args(arguments)
    status, found = verify(re.sub(r"[ -]", "", given.code), given.journal, given.heads)
    for mark, sentences in (("ok", found.evidence), ("??", found.unchecked), ("NO", found.wrong)):
        print(*(f"{mark}  {sentence}\n" for sentence in sentences), sep="", end="")
    print(("Right.", "Not right.", "The journal is not whole.")[status])
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
