"""Types of a body. Each fault has a code."""

from typing import TYPE_CHECKING, Any, TypeVar

from chalicelib.errors import FieldError, InvalidRequest

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

ModelType = TypeVar("ModelType", bound="BaseModel")

# Pydantic's error types in our words; what is not here is `invalid_value`.
CODES = {
    "missing": "required",
    "extra_forbidden": "unknown_field",
    "int_type": "wrong_type",
    "int_parsing": "wrong_type",
    "int_from_float": "wrong_type",
    "string_type": "wrong_type",
    "list_type": "wrong_type",
    "dict_type": "wrong_type",
    "model_type": "wrong_type",
    "model_attributes_type": "wrong_type",
    "string_too_short": "too_short",
    "too_short": "too_short",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "string_pattern_mismatch": "invalid_format",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "enum": "unknown_value",
    "literal_error": "unknown_value",
}


def validate(model: type[ModelType], value: dict[str, Any]) -> ModelType:
    """Raises: InvalidRequest with a JSON pointer for every field that is wrong."""
    from pydantic import ValidationError

    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid_request(error) from None


def invalid_request(error: "ValidationError") -> InvalidRequest:
    found = tuple(
        FieldError(
            field="".join(f"/{_escape(part)}" for part in each["loc"]),
            code=CODES.get(each["type"], "invalid_value"),
            detail=each["msg"],
        )
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    )
    code = found[0].code if len(found) == 1 else "invalid_request"
    return InvalidRequest(code, "some fields are wrong", errors=found)


def _escape(part: Any) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
