"""The document and the routes never differ, and answers are what it says."""

from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

import app as table_of_contents
from chalicelib.bodies.models.orders import (
    Order,
    OrderCreated,
    OrderList,
    PaymentStarted,
    Quote,
)
from chalicelib.bodies.models.problem import Problem
from chalicelib.web.models.cases import CaseList
from chalicelib.web.models.catalogue import ChannelList, FeeItemList, Health, PayeeUnitList
from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, create, order_body, start
from tests.support.seeded import OPERATOR_KEY


@pytest.fixture
def document(province: LocalProvince) -> Any:
    return province.http("GET", "/openapi.json").json


def test_the_document_is_valid_openapi_3_1(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document).validate()


def test_every_route_is_in_the_document_and_the_other_way_round(document: Any) -> None:
    routes = {
        (path, method.lower())
        for path, methods in table_of_contents.app.routes.items()
        for method in methods
    }
    described = {
        (path, method) for path, methods in document["paths"].items() for method in methods
    }
    assert described == routes


def test_every_route_maps_our_errors(province: LocalProvince) -> None:
    for methods in table_of_contents.app.routes.values():
        for route in methods.values():
            assert getattr(route.view_function, "answers_errors", False), route.uri_pattern


def test_every_operation_names_its_errors_and_scope(document: Any) -> None:
    for path, methods in document["paths"].items():
        for described in methods.values():
            assert {"500", "503"} <= described["responses"].keys(), path
            assert described["x-consistency"] in ("strong", "eventual", "cached"), path
            if path.startswith("/v1/"):
                assert described["security"], path


def test_answers_are_what_the_document_says(province: LocalProvince) -> None:
    created = create(province)
    OrderCreated.model_validate_json(created.text)
    code = created.json["payment_code"]
    started = start(province, code)
    PaymentStarted.model_validate_json(started.text)
    send_ipn(province, started.json["payment_no"])
    province.pump()
    Order.model_validate_json(call(province, "GET", f"/v1/orders/{code}").text)
    Quote.model_validate_json(call(province, "POST", "/v1/quotes", order_body()).text)
    OrderList.model_validate_json(call(province, "GET", "/v1/orders").text)
    FeeItemList.model_validate_json(call(province, "GET", "/v1/fee-items").text)
    PayeeUnitList.model_validate_json(call(province, "GET", "/v1/payee-units").text)
    ChannelList.model_validate_json(call(province, "GET", "/v1/channels").text)
    CaseList.model_validate_json(call(province, "GET", "/v1/cases", key=OPERATOR_KEY).text)
    Health.model_validate_json(province.http("GET", "/health").text)
    Problem.model_validate_json(create(province, "k-2").text)


def test_the_document_is_shown_as_a_page(province: LocalProvince, document: Any) -> None:
    shown = province.http("GET", "/docs")
    assert (shown.status, shown.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    for path in document["paths"]:
        assert path in shown.text
    assert "<script" not in shown.text
