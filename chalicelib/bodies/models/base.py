"""What all bodies share: strict types, no unknown fields, text of one printable line."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints

# Printable text of one line: no control characters, no line or paragraph separators.
LINE = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"


def text(longest: int, pattern: str = LINE) -> Any:
    return StringConstraints(
        strip_whitespace=True, min_length=1, max_length=longest, pattern=pattern
    )


Code = Annotated[str, text(64, CODE)]
Names = dict[str, str]


class RequestModel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class AnswerModel(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
