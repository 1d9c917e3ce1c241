"""What the tests' province holds: a small catalogue, two portals with keys, an operator."""

import base64
from typing import Any

from chalicelib.domain.portals import (
    OPERATOR_SCOPES,
    PORTAL_SCOPES,
    KeyPrefix,
    OperatorKey,
    Portal,
    PortalKey,
    Scope,
    WebhookEndpoint,
    hash_key,
    new_key,
)
from chalicelib.domain.province import Mode
from chalicelib.wiring import Platform
from infra.simulator import STATEMENT_LAYOUTS
from infra.simulator.sandbox import SANDBOX_MERCHANT_ID, SANDBOX_SIGNING_KEY
from infra.simulator.vnpay import VNPAY_HASH_SECRET, VNPAY_TMN_CODE
from tests.domain.province_documents import account, item, small_document

SIMULATOR = "http://127.0.0.1:1"
PORTAL_KEY = new_key(KeyPrefix.PORTAL_TEST, b"portal-key-16byt")
OTHER_PORTAL_KEY = new_key(KeyPrefix.PORTAL_TEST, b"second-key-16byt")
OPERATOR_KEY = new_key(KeyPrefix.OPERATOR, b"operator-16bytes")
SECOND_OPERATOR_KEY = new_key(KeyPrefix.OPERATOR, b"operator-2-16byt")
READER_KEY = new_key(KeyPrefix.OPERATOR, b"operator-3-16byt")
WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"webhook secret of 32 bytes long!").decode()
RETURN_URL = "https://portal.example/done"


def province_document(simulator: str = SIMULATOR) -> dict[str, Any]:
    document = small_document()
    document["profile"]["outbound_origins"] = [simulator]
    document["profile"]["receipt_patterns"]["lephi"] = {"pattern": "01BLL0-001", "serial": "QN-26E"}
    document["profile"]["schemes"] = [
        {
            "code": "traffic-fines",
            "names": {"vi": "Phạt giao thông", "en": "Traffic fines"},
            "number_names": {"vi": "Số quyết định", "en": "Decision number"},
            "color": "#9c1c1c",
        }
    ]
    document["fee_items"] = [
        item("FEE-1", "UNITA"),
        item("FEE-2", "UNITA", "UNITB"),
        item("CHARGE", "UNITA", receipt_kind="lephi", tariff=_tariff("fixed", amount_minor=30_000)),
        item("COPIES", "UNITA", tariff=_tariff("per_unit", **_copies()), is_repeatable=True),
        item("RANGE", "UNITA", tariff=_tariff("range", min_minor=10_000, max_minor=90_000)),
        item(
            "FINE",
            "UNITA",
            tariff=_tariff("open", max_minor=200_000_000),
            scheme="traffic-fines",
            allows_partial=True,
            min_part_minor=100_000,
        ),
        item("OLD", "UNITA", valid_to="2025-12-31"),
    ]
    vnpay_fields = {
        "tmn_code": VNPAY_TMN_CODE,
        "payment_url": f"{simulator}/vnpay/pay",
        "api_url": f"{simulator}/vnpay/api",
    }
    sandbox_fields = {
        "merchant_id": SANDBOX_MERCHANT_ID,
        "payment_url": f"{simulator}/sandbox/pay",
        "api_url": f"{simulator}/sandbox/api",
    }
    document["channel_accounts"] = [
        account("vnpay", fields=vnpay_fields, statement_layout=STATEMENT_LAYOUTS["vnpay"]),
        account("sandbox", fields=sandbox_fields, statement_layout=STATEMENT_LAYOUTS["sandbox"]),
    ]
    return document


def _tariff(rule: str, **parts: Any) -> dict[str, Any]:
    return {"rule": rule, **parts}


def _copies() -> dict[str, Any]:
    return {"amount_minor": 2_000, "unit_name": "page", "max_quantity": 100}


def seed(platform: Platform, simulator: str = SIMULATOR) -> None:
    platform.envelope.create_data_key()
    platform.setup.write_decoy_portal(b"nobody's code secret")
    platform.setup.write_province(province_document(simulator))
    platform.secrets.write_secret("vnpay/quangninh", {"hash_secret": VNPAY_HASH_SECRET})
    platform.secrets.write_secret("sandbox/quangninh", {"signing_key": SANDBOX_SIGNING_KEY})
    for portal_id, key in (("portal-a", PORTAL_KEY), ("portal-b", OTHER_PORTAL_KEY)):
        _seed_portal(platform, portal_id, key)
    for key, person, scopes in (
        (OPERATOR_KEY, "An Nguyen", OPERATOR_SCOPES),
        (SECOND_OPERATOR_KEY, "Trần Thị Bình", OPERATOR_SCOPES),
        (READER_KEY, "Cao Van Doc", frozenset({Scope.FINANCE_READ})),
    ):
        platform.setup.write_key(OperatorKey(hash_key(key), person, scopes, platform.now()))
    platform.setup.write_endpoint(
        WebhookEndpoint(
            endpoint_id="endpoint-a",
            portal="portal-a",
            url=f"{simulator}/portal/notices",
            secrets=(WEBHOOK_SECRET,),
            event_types=None,
            created_at=platform.now(),
        )
    )


def _seed_portal(platform: Platform, portal_id: str, key: str) -> None:
    platform.setup.write_portal(
        Portal(
            portal_id=portal_id,
            names={"vi": portal_id, "en": portal_id},
            mode=Mode.TEST,
            payee_units=frozenset({"UNITA"}),
            return_urls=(RETURN_URL,),
            code_secret=f"code secret of {portal_id}".encode(),
        )
    )
    platform.setup.write_key(
        PortalKey(hash_key(key), portal_id, Mode.TEST, PORTAL_SCOPES, platform.now())
    )
