"""Requests as API Gateway hands them to the function."""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl

from chalicelib.domain.identifiers import build_payment_code, build_payment_no
from infra.bench.bench_province import ONE_LINE, UNIT
from tests.support.notifications import VNPAY_PATH, ipn_fields, sign_ipn

PAYMENT_NO = build_payment_no(build_payment_code("22", 12_345_678_901_234), 1)
Event = dict[str, Any]


def create_request(portal_key: str, number: int = 1) -> Event:
    body = {
        "reference": f"000.22.35.H49-260302-{number:04d}",
        "payee_unit": UNIT,
        "lines": list(ONE_LINE),
        "payer": {
            "kind": "individual",
            "name": "Nguyễn Thị Thanh Huyền",
            "identity": {"kind": "citizen_id", "number": "022185001234"},
            "phone": "0912345678",
        },
    }
    headers = {
        "Authorization": f"Bearer {portal_key}",
        "Idempotency-Key": f"order-{number}",
        "Content-Type": "application/json",
    }
    raw = base64.b64encode(json.dumps(body).encode()).decode()
    return {**_event("POST", "/v1/orders", "/v1/orders", headers), "body": raw}


def notification_request(payment_no: str = PAYMENT_NO) -> Event:
    """VNPAY's, signed; its bytes are the query string's."""
    resource = "/channels/{channel}/{account}/notifications"
    event = _event("GET", resource, VNPAY_PATH, {"User-Agent": "VNPAY"})
    query = parse_qsl(sign_ipn(ipn_fields(payment_no, 100_000)))
    return {
        **event,
        "multiValueQueryStringParameters": {name: [value] for name, value in query},
        "pathParameters": {"channel": "vnpay", "account": "quangninh"},
        "isBase64Encoded": False,
    }


def _event(method: str, resource: str, path: str, headers: dict[str, str]) -> Event:
    return {
        "resource": resource,
        "path": path,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "httpMethod": method,
            "resourcePath": resource,
            "requestId": "bench",
            "identity": {"sourceIp": "203.0.113.7"},
        },
        "body": None,
        "isBase64Encoded": True,
    }
