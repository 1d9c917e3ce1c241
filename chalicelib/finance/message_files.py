"""A file of messages, one a line, taken in piece by piece; each piece has its file of answers.

Whoever died in a piece is followed by one who reads it again: messages taken in before are answered
as they were. Only when a piece is answered is the next one handed on.
"""

import json
from typing import Any

from chalicelib.errors import BadRequest, RequestRefused
from chalicelib.finance.desk import FinanceDesk
from chalicelib.finance.inbox import describe_unkept, drain, receive
from chalicelib.finance.messages import parse_line
from chalicelib.storage.finance_files import FinanceFiles, Line, Place

# Messages of one piece: what a function does in a minute or two.
PIECE_LINES = 500
JSON_LINES = "application/x-ndjson"


def take_piece(desk: FinanceDesk, files: FinanceFiles, place: Place) -> Place | None:
    """Where to go on; None at the end. Raises: TryLater, DataFault; the piece comes again then."""
    keys = desk.keys()
    answers: list[dict[str, Any]] = []
    following, offset = None, place.offset
    for line in files.lines(place):
        if len(answers) == PIECE_LINES:
            following = Place(place.key, place.version, offset, line.line_no)
            break
        answers.append({"line": line.line_no, **_take_line(desk, keys, line)})
        offset = line.next_offset
    drain(desk)  # What somebody left who died in this file.
    sender, name = desk.system.sender, place.key.rpartition("/")[2]
    content = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in answers)
    key = f"finance/{sender}/answers/{name}/{place.line_no:08d}.jsonl"
    files.write(key, content.encode(), JSON_LINES)
    if following is not None:
        files.hand_on(sender, following)
    return following


def _take_line(desk: FinanceDesk, keys: tuple[str, ...], line: Line) -> dict[str, Any]:
    value: dict[str, Any] = {}
    try:
        if line.content is None:
            raise BadRequest("line_too_long", "no message is so long")
        value = parse_line(line.content)
    except RequestRefused as refusal:
        return describe_unkept(desk, value, refusal)
    return receive(desk, keys, value)
