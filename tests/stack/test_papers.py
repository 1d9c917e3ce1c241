"""A PDF comes through the HTTP front as bytes, whatever a browser says that it would rather get."""

from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.stack.portal import PortalClient, ask
from tests.web.paper.paper_reader import qr_codes, read_text

A_BROWSERS = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize("accept", [A_BROWSERS, "application/pdf", "*/*"])
def test_a_dossier_receipt_is_bytes_and_pages_are_text(
    local_province: dict[str, Any], portal: PortalClient, accept: str
) -> None:
    created = portal.new_order().json
    path = urlsplit(created["pay_url"]).path
    headers = {"Accept": accept}
    answer = ask("GET", f"{local_province['base_url']}{path}/paper.pdf", headers=headers)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert "Người nộp N*** V*** A***" in read_text(answer.body)
    assert len(qr_codes(answer.body)) == 1
    page = ask("GET", local_province["base_url"] + path, headers=headers)
    assert page.body.lower().startswith(b"<!doctype html")
    address = f"{local_province['base_url']}/v1/orders/{created['payment_code']}/paper.pdf?lang=zh"
    own = ask("GET", address, headers=headers | {"Authorization": f"Bearer {portal.api_key}"})
    assert "受理回执及缴款通知" in read_text(own.body)
