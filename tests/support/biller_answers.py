"""Every real answer of the biller interface is one that its document names, to the field."""

import re
from functools import cache
from typing import Any

from openapi_schema_validator import OAS31Validator

from chalicelib.web.biller_document import build_biller_document

JSON, PROBLEM = "application/json", "application/problem+json"


@cache
def document() -> dict[str, Any]:
    return build_biller_document("https://pay.quangninh.example")


@cache
def _validator(path: str, method: str, status: str, content_type: str) -> OAS31Validator | None:
    responses = document()["paths"][path][method]["responses"]
    assert status in responses, (
        f"{method} {path} answers {status}, and the document does not say so"
    )
    content = responses[status]["content"]
    assert content_type in content, (path, status, content_type)
    return OAS31Validator(
        {**content[content_type]["schema"], "components": document()["components"]}
    )


def check_answer(method: str, path: str, status: int, headers: Any, body: Any) -> None:
    """Also its signature's headers, where it must have them."""
    template = _template(path)
    content_type = JSON if status < 400 else PROBLEM
    validator = _validator(template, method.lower(), str(status), content_type)
    assert validator is not None
    validator.validate(body)
    if status == 500:
        return  # A fault of ours before the partner is known: there is no key to sign with.
    described = document()["paths"][template][method.lower()]["responses"][str(status)]
    for name in described.get("headers", {}):
        pattern = document()["components"]["headers"][name]["schema"]["pattern"]
        assert re.search(pattern, headers[name]), name


def _template(path: str) -> str:
    found = [
        each
        for each in document()["paths"]
        if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(each)), path)
    ]
    assert len(found) == 1, (path, found)
    return str(found[0])
