"""Every code that an API answer may carry, found where it is raised."""

import ast
import json
import re
from collections.abc import Iterator

import yaml

from chalicelib import errors
from chalicelib.bodies.validation import CODES
from chalicelib.checkout.order_request import TARIFF_DETAILS
from chalicelib.notices.endpoints import REFUSALS
from chalicelib.web.problem import STATUS_BY_ERROR
from infra.errandless.paths import ROOT

INTRO = """# Error codes

Made from the places that raise them. A code is never used again for something else. The upper
table is `code` of a problem; the lower one is `code` of an entry of `errors`, beside a JSON
pointer. A problem with one entry has that entry's code.

"""
TYPE_REFUSED = "the value does not fit the type that `/openapi.json` gives"
STATUSES = {each.__name__: status for each, status in STATUS_BY_ERROR.items()}


def error_codes_page() -> str:
    from infra.reference.pages import table

    problems: dict[str, tuple[str, str]] = {}
    fields: dict[str, str] = {}
    for path in sorted((ROOT / "chalicelib").rglob("*.py")):
        for name, arguments in _calls(ast.parse(path.read_text())):
            if name == "FieldError" and len(arguments) > 2:
                for code in _texts(arguments[1]):
                    fields.setdefault(code, _first(arguments[2]))
            elif name in STATUSES and len(arguments) > 1:
                for code in _texts(arguments[0]):
                    problems.setdefault(code, (str(STATUSES[name]), _first(arguments[1])))
    problems |= dict(_refused_by_gateway())
    fields |= {code.value: detail for code, detail in TARIFF_DETAILS.items()}
    for refusal, detail in REFUSALS.items():
        problems[refusal.value], fields[refusal.value] = ("422", detail), detail
    for code in (*CODES.values(), "invalid_value"):
        fields.setdefault(code, TYPE_REFUSED)
    problem_rows = [(f"`{code}`", *rest) for code, rest in sorted(problems.items())]
    field_rows = [(f"`{code}`", detail) for code, detail in sorted(fields.items())]
    return (
        INTRO
        + table(("code", "HTTP status", "said"), problem_rows)
        + "\n"
        + table(("code of a field", "said"), field_rows)
    )


def _refused_by_gateway() -> Iterator[tuple[str, tuple[str, str]]]:
    """What API Gateway answers before our code runs."""
    stack = yaml.safe_load((ROOT / "infra" / "stack" / "api.yaml").read_text())
    for refused in stack["Resources"]["RestAPI"]["Properties"]["GatewayResponses"].values():
        template = refused["ResponseTemplates"]["application/json"]
        problem = json.loads(re.sub(r"(:)\s*(\$[\w.]+)", r'\1"…"', template))
        yield problem["code"], (refused.get("StatusCode", "4xx"), problem["detail"])


def _calls(tree: ast.AST) -> Iterator[tuple[str, list[ast.expr]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            named = [
                keyword.value for keyword in node.keywords if keyword.arg in ("code", "detail")
            ]
            yield name, [*node.args, *named]


def _texts(node: ast.expr) -> list[str]:
    """Literal codes, also those of a choice."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        return [*_texts(node.body), *_texts(node.orelse)]
    return []


def _first(node: ast.expr) -> str:
    texts = _texts(node)
    if isinstance(node, ast.JoinedStr):
        texts = ["".join(_piece(part) for part in node.values)]
    return " / ".join(texts).replace("|", "\\|")


def _piece(part: ast.expr) -> str:
    return part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "…"


assert set(STATUSES) <= set(vars(errors))
