"""What the API says of bills is what the document promises."""

from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from tests.support.bills import (
    SURCHARGE,
    amend,
    bill_body,
    cancel_bill,
    issue,
    issue_many,
    issued,
)
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.portal_client import call


@pytest.fixture
def document(province: LocalProvince) -> Any:
    return province.http("GET", "/openapi.json").json


def check(document: Any, method: str, path: str, answer: HttpAnswer) -> None:
    """Against the schema of this status in the document."""
    described = document["paths"][path][method]["responses"][str(answer.status)]
    (content,) = described["content"].values()
    schema = {**content["schema"], "components": document["components"]}
    OAS31Validator(schema).validate(answer.json)


def test_answers_are_what_the_document_says(province: LocalProvince, document: Any) -> None:
    reduction = {"kind": "discount", "amount_minor": 1, "reason": "r", "legal_basis": "l"}
    answer = issue(province, due_date="2026-02-20", surcharge=SURCHARGE, reductions=[reduction])
    assert answer.status == 201
    check(document, "post", "/v1/bills", answer)
    check(document, "post", "/v1/bills", issue(province, "b-2"))
    again = issue(
        province, "b-3", due_date="2026-02-20", surcharge=SURCHARGE, reductions=[reduction]
    )
    assert again.status == 200
    check(document, "post", "/v1/bills", again)
    many = issue_many(province, bill_body(reference="TB-2"), {"reference": "x"}, key="b-4")
    check(document, "post", "/v1/bills", many)
    check(document, "post", "/v1/bills", issue_many(province, key="b-5"))
    code = answer.json["payment_code"]
    path = "/v1/bills/{payment_code}/amend"
    check(document, "post", path, amend(province, code, due_date="2026-05-04"))
    check(document, "post", path, amend(province, code, "a-2", due_date="2026-05-04"))
    province.pump()
    check(document, "get", "/v1/bills", call(province, "GET", "/v1/bills"))
    path = "/v1/bills/{payment_code}/cancel"
    check(document, "post", path, cancel_bill(province, code))
    check(document, "post", path, cancel_bill(province, code, "c-2"))
    order = call(province, "GET", f"/v1/orders/{code}")
    check(document, "get", "/v1/orders/{payment_code}", order)


def test_a_check_against_the_document_can_fail(province: LocalProvince, document: Any) -> None:
    code = issued(province)
    answer = call(province, "GET", f"/v1/orders/{code}")
    wrong = HttpAnswer(200, {}, answer.text.replace('"due_date"', '"due"'))
    with pytest.raises(Exception, match="due"):
        check(document, "get", "/v1/orders/{payment_code}", wrong)


@pytest.mark.parametrize("name", ["BillIssueRequest", "BillBatchRequest"])
def test_requests_that_are_taken_fit_the_document(document: Any, name: str) -> None:
    bill = bill_body(surcharge=SURCHARGE)
    body = bill if name == "BillIssueRequest" else {"bills": [bill]}
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    OAS31Validator(schema).validate(body)
