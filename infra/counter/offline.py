#!/usr/bin/env python3
"""Sells at a counter that has no network: one file, the standard library alone.

    offline.py sell --block block.json --journal journal.jsonl --code CODE --amount 50000 \\
        --received 100000 --clerk "Lê Thị Thu"
    offline.py sell … --amount 50000 --slip terminal=QN000001 batch=7 trace=101 \\
        reference=606012345678 masked_pan=970436******1234 brand=NAPAS
    offline.py verify --block block.json --journal journal.jsonl
    offline.py export --block block.json --journal journal.jsonl --shift a-1-000012 --out pieces/

`block.json` is the answer of POST /v1/counter/receipt-blocks, taken while there was a network. Each
sale takes the block's next number, is signed with the block's key and begins with the hash of the
line before, so that a line that is missing, altered or there twice is seen. `export` writes bodies
for POST /v1/counter/offline-journals. It ends with 0; 1 where something is refused; 2 where the
journal is not whole.
"""

import argparse
import hashlib
import hmac
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Fields = dict[str, Any]
SLIP = ("terminal", "batch", "trace", "reference", "masked_pan", "brand")
LINES_IN_A_PIECE = 100
BYTES_IN_A_PIECE = 60_000


class Refused(Exception):
    """What the clerk is told."""


def canonical(fields: Fields) -> bytes:
    text = json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def sign(fields: Fields, key: str) -> str:
    return hmac.new(key.encode(), canonical(fields), hashlib.sha256).hexdigest()


def is_payment_code(text: str) -> bool:
    """ISO 7064 MOD 97-10: a digit that is wrong, or two that are swapped, does not get through."""
    has_form = text.isascii() and text.isdigit() and len(text) == 18 and text[0] != "0"
    # 00, 01 and 99 leave 1 as well where 97, 98 and 02 are right.
    return has_form and "02" <= text[-2:] <= "98" and int(text) % 97 == 1


def read_block(path: str) -> Fields:
    block: Fields = json.loads(Path(path).read_text("utf-8"))
    return block


def read_lines(path: str) -> list[bytes]:
    file = Path(path)
    return file.read_bytes().splitlines() if file.exists() else []


def check(block: Fields, lines: list[bytes]) -> tuple[list[str], list[int]]:
    """What is wrong with the journal, line by line, and the numbers that it uses."""
    faults: list[str] = []
    used: list[int] = []
    previous = hashlib.sha256(block["block"].encode()).hexdigest()
    for row, line in enumerate(lines, 1):
        try:
            fields = json.loads(line)
            signature = fields.pop("signature")
            if not hmac.compare_digest(sign(fields, block["key"]), signature):
                faults.append(f"line {row}: the signature does not hold")
            if fields["previous"] != previous:
                faults.append(f"line {row}: it does not follow the line before")
            if fields["number"] in used:
                faults.append(f"line {row}: number {fields['number']} is there twice")
            if not block["first"] <= fields["number"] <= block["last"]:
                faults.append(f"line {row}: number {fields['number']} is not the block's")
            used.append(fields["number"])
        except (ValueError, KeyError, TypeError):
            faults.append(f"line {row}: it is not readable")
        previous = hashlib.sha256(line).hexdigest()
    return faults, used


def sell(arguments: argparse.Namespace) -> int:
    block, lines = read_block(arguments.block), read_lines(arguments.journal)
    faults, used = check(block, lines)
    if faults:
        raise Refused(f"the journal is not whole: {faults[0]}")
    number = max(used, default=block["first"] - 1) + 1
    if number > block["last"]:
        raise Refused("the block has no number left: take another while there is a network")
    code = "".join(each for each in arguments.code if each not in " -")
    if not is_payment_code(code):
        raise Refused("the check digits of the code do not fit: a digit is wrong")
    # A card that was charged is recorded in any case.
    if not arguments.slip and any(json.loads(line)["code"] == code for line in lines):
        raise Refused("this code was sold before, in this journal: take no money for it")
    if arguments.amount < 1:
        raise Refused("the amount is a whole number of minor units")
    last = lines[-1] if lines else block["block"].encode()
    fields = {
        "amount_minor": arguments.amount,
        "at": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "block": block["block"],
        "clerk": arguments.clerk,
        "code": code,
        "currency": block["currency"],
        "means": "pos" if arguments.slip else "cash",
        "number": number,
        "previous": hashlib.sha256(last).hexdigest(),
        **tender(arguments),
    }
    write(arguments.journal, canonical({**fields, "signature": sign(fields, block["key"])}))
    print(f"{block['series']}-{number:06d}")
    if "received_minor" in fields:
        print(f"change: {fields['received_minor'] - fields['amount_minor']}")
    return 0


def tender(arguments: argparse.Namespace) -> Fields:
    if not arguments.slip:
        received = arguments.amount if arguments.received is None else arguments.received
        if received < arguments.amount:
            raise Refused("less than is owed was handed over")
        return {"received_minor": received}
    slip = dict(each.partition("=")[::2] for each in arguments.slip)
    if sorted(slip) != sorted(SLIP):
        raise Refused(f"a slip has {', '.join(SLIP)}")
    if sum(each.isdigit() for each in slip["masked_pan"]) > 10:
        raise Refused("of the card's number only the first six and the last four digits")
    return {"slip": slip}


def write(path: str, line: bytes) -> None:
    """On the disk before anybody is told a number."""
    with open(path, "ab") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())


def verify(arguments: argparse.Namespace) -> int:
    block, lines = read_block(arguments.block), read_lines(arguments.journal)
    faults, used = check(block, lines)
    for fault in faults:
        print(fault)
    left = block["last"] - block["first"] + 1 - len(set(used))
    print(f"{len(lines)} lines, {left} numbers left, {len(faults)} faults")
    return 2 if faults else 0


def export(arguments: argparse.Namespace) -> int:
    block, lines = read_block(arguments.block), read_lines(arguments.journal)
    folder = Path(arguments.out)
    folder.mkdir(parents=True, exist_ok=True)
    pieces: list[list[str]] = []
    piece: list[str] = []
    size = 0
    for line in lines:
        text = line.decode()
        added = len(json.dumps(text, ensure_ascii=False).encode()) + 1
        if piece and (len(piece) == LINES_IN_A_PIECE or size + added > BYTES_IN_A_PIECE):
            pieces.append(piece)
            piece, size = [], 0
        piece.append(text)
        size += added
    for number, each in enumerate([*pieces, piece] if piece else pieces, 1):
        body = {"shift": arguments.shift, "block": block["block"], "lines": each}
        file = folder / f"{block['block']}-{number:03d}.json"
        file.write_text(json.dumps(body, ensure_ascii=False), "utf-8")
        print(file)
    return 2 if check(block, lines)[0] else 0


def read_arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Sells at a counter that has no network.")
    commands = parser.add_subparsers(required=True)
    for name, run in (("sell", sell), ("verify", verify), ("export", export)):
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("--block", required=True)
        command.add_argument("--journal", required=True)
        if name == "sell":
            command.add_argument("--code", required=True)
            command.add_argument("--amount", required=True, type=int)
            command.add_argument("--received", type=int)
            command.add_argument("--clerk", required=True)
            command.add_argument("--slip", nargs="+")
        if name == "export":
            command.add_argument("--shift", required=True)
            command.add_argument("--out", required=True)
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> int:
    arguments = read_arguments(given)
    try:
        ended: int = arguments.run(arguments)
        return ended
    except (Refused, OSError, ValueError, KeyError) as refusal:
        print(f"refused: {refusal}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
