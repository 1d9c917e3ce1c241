"""Where statement files of the journal name a payment's money. Standard library only."""

import hashlib
import json
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any


def check_statement(story: Any, journal: Path, found: Any) -> None:
    for pk, images in sorted(story.rows["T"].items()):
        row, is_told = images[-1].row, False
        wanted = {str(row["amount_minor"]), str(row["amount_minor"] * 100)}
        bank = re.sub(r"^\d{8}-([A-Z0-9]+)-\d+$", r"\1", row["provider_transaction"])  # its own no.
        for sentence, cells in _statement_lines(story, row, journal, found):
            is_same = wanted & {re.sub(r"\D|^0+", "", cell) for cell in cells}
            if row["provider_transaction"] in cells or (is_same and bank in cells):
                is_told = True
                found.check(is_same, sentence)
        if not is_told:
            found.unchecked.append(f"{pk}: no line of a statement that is here names it")


def _statement_lines(story: Any, row: Any, journal: Path, found: Any) -> Any:
    """Of the account's files of those days that no other supersedes, also of packed ones."""
    root = journal if (journal / "files").is_dir() else journal.parent
    own = f"statements/{row['channel']}/{row['account']}/", f"{row['channel']}#{row['account']}#"
    paid = row["paid_at"] // 86_400_000 + date(1970, 1, 1).toordinal()
    days = {date.fromordinal(paid + beside).isoformat() for beside in (-1, 0, 1, 2)}
    superseded: dict[str, set[str]] = {}  # as each day's last run says, which comes first here
    for (pk, sk), image in sorted(story.kept.items(), reverse=True):
        name, digest = pk.partition("#")[2], image.row["sha256"]
        if not any(name.startswith(each) and name[len(each) :][:10] in days for each in own):
            continue
        file = root / "files" / digest
        content = file.read_bytes() if file.is_file() else b""
        is_right = hashlib.sha256(content).hexdigest() == digest
        found.check(is_right, f"{pk} {sk}: files/{digest} is as it was kept", image)
        if pk.startswith("RUN#") and is_right:
            files = json.loads(content.splitlines()[0])["summary"]["files"]
            superseded.setdefault(pk, {each["sha256"] for each in files if not each["is_current"]})
        is_old = any(digest in each for each in superseded.values())
        parts = [content] if is_right and pk.startswith("F#") and not is_old else []
        if parts and zipfile.is_zipfile(file):
            packed = zipfile.ZipFile(file)
            parts = [packed.read(each) for each in packed.namelist()]
        for part in parts:
            for number, line in enumerate(part.decode("utf-8", "replace").splitlines(), 1):
                said = f"line {number} of {name} has the amount\n      SHA-256 {digest}"
                yield said, [cell.strip(' "`\t') for cell in re.split(r"[,;|\t]", line)]
