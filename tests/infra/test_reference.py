"""Generated pages are what the code says."""

from infra.reference.error_codes import error_codes_page
from infra.reference.pages import build_pages


def test_generated_pages_are_up_to_date() -> None:
    stale = [path.name for path, text in build_pages().items() if path.read_text() != text]
    assert stale == [], "run `python -m infra.reference`"


def test_every_kind_of_code_is_found() -> None:
    page = error_codes_page()
    for code in (
        "obligation_open",
        "obligation_paid",
        "idempotency_key_reused",
        "fee_item_unknown",
    ):
        assert f"`{code}`" in page
