"""The banks' own document: valid, whole, and never apart from the calls and their errors. That
every answer is what it says is checked by `Bank.call`, on each call of the other tests."""

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

import app as table_of_contents
from chalicelib.checkout import closed_orders, reverse_payment
from chalicelib.web import biller, biller_bodies, biller_calls, biller_reversals
from chalicelib.web.biller_document import CODES, codes_of
from tests.support.local_province import LocalProvince

REFUSALS = {
    "BadRequest",
    "Conflict",
    "InvalidRequest",
    "NotFound",
    "TooManyRequests",
    "Unauthorized",
}
OWN = (biller, biller_bodies, biller_calls, biller_reversals, reverse_payment, closed_orders)


@pytest.fixture
def document(province: LocalProvince) -> Any:
    answer = province.http("GET", "/biller/openapi.json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    return answer.json


def test_it_is_valid_openapi_3_1_and_needs_nothing_from_elsewhere(document: Any) -> None:
    OpenAPIV31SpecValidator(document).validate()
    assert all(path.startswith("/biller/v1/") for path in document["paths"])


def test_it_has_every_signed_call_and_no_other(document: Any) -> None:
    routes = {
        (path, method.lower())
        for path, methods in table_of_contents.app.routes.items()
        for method in methods
        if path.startswith("/biller/v1/")
    }
    described = {(path, method) for path, calls in document["paths"].items() for method in calls}
    assert described == routes
    assert {path for path, _ in described} == set(CODES)


def test_each_call_says_how_it_is_signed_and_how_its_answer_is(document: Any) -> None:
    names = ["X-Biller-Partner", "X-Biller-Timestamp", "X-Biller-Nonce", "X-Biller-Signature"]
    for calls in document["paths"].values():
        for call in calls.values():
            asked = [each for each in call["parameters"] if each["in"] == "header"]
            assert [each["name"] for each in asked] == names
            assert all(each["required"] and each["schema"]["pattern"] for each in asked)
            for status, response in call["responses"].items():
                assert list(response.get("headers", {})) == ([] if status == "401" else names)


def test_it_says_of_the_same_call_what_the_whole_document_says(
    province: LocalProvince, document: Any
) -> None:
    whole = province.http("GET", "/openapi.json").json
    for path, calls in document["paths"].items():
        for method, call in calls.items():
            same = whole["paths"][path][method]
            assert call["requestBody"] == same["requestBody"] if "requestBody" in same else True
            assert call["responses"].keys() == same["responses"].keys()
    schemas = document["components"]["schemas"]
    assert schemas == {name: whole["components"]["schemas"][name] for name in schemas}


def test_every_refusal_of_a_call_names_its_codes(document: Any) -> None:
    for path, calls in document["paths"].items():
        for call in calls.values():
            refused = {int(each) for each in call["responses"] if 400 <= int(each) < 500}
            assert {each for each in refused if codes_of(path, each)} == refused, path
            assert set(CODES[path]) == refused - {401}, path


def raised_in(module: ModuleType) -> Iterator[str]:
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in REFUSALS:
            first = node.args[0]
            if isinstance(first, ast.Constant):
                yield str(first.value)


def test_what_the_calls_refuse_with_is_in_the_document() -> None:
    documented = set(codes_of("", 401))
    for by_status in CODES.values():
        documented |= {code for codes in by_status.values() for code in codes}
    raised = {code for module in OWN for code in raised_in(module)}
    assert raised - documented == set()
