"""Search shows a portal its own orders, and nobody else's."""

import pytest

from tests.support.local_province import LocalProvince
from tests.support.notifications import send_ipn
from tests.support.portal_client import call, create, start
from tests.support.seeded import OPERATOR_KEY, OTHER_PORTAL_KEY


@pytest.fixture
def codes(province: LocalProvince) -> list[str]:
    """Three orders, a day apart; the second is paid."""
    found = []
    for number in range(3):
        code = create(province, f"k-{number}", reference=f"HS-{number}").json["payment_code"]
        if number == 1:
            send_ipn(province, start(province, code).json["payment_no"])
        found.append(code)
        province.clock.advance(days=1)
    province.pump()
    return found


def search(province: LocalProvince, query: str = "", **options: str) -> list[str]:
    answer = call(province, "GET", f"/v1/orders?{query}", **options)  # type: ignore[arg-type]
    assert answer.status == 200, answer
    return [each["payment_code"] for each in answer.json["items"]]


def test_newest_orders_come_first(province: LocalProvince, codes: list[str]) -> None:
    assert search(province) == codes[::-1]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("reference=HS-2", [2]),
        ("reference=HS", []),
        ("status=paid", [1]),
        ("status=created", [2, 0]),
        ("payee_unit=UNITA", [2, 1, 0]),
        ("payee_unit=UNITB", []),
        ("from=2026-03-03", [2, 1]),
        ("to=2026-03-02", [0]),
        ("from=2026-03-03&to=2026-03-03", [1]),
    ],
)
def test_a_search_narrows(
    province: LocalProvince, codes: list[str], query: str, wanted: list[int]
) -> None:
    assert search(province, query) == [codes[index] for index in wanted]


def test_pages_are_the_whole_list(province: LocalProvince, codes: list[str]) -> None:
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = call(province, "GET", f"/v1/orders?limit=1{cursor and f'&cursor={cursor}'}").json
        seen += [each["payment_code"] for each in answer["items"]]
        cursor = answer["next_cursor"]
    assert seen == codes[::-1]


def test_another_portal_finds_nothing(province: LocalProvince, codes: list[str]) -> None:
    assert search(province, key=OTHER_PORTAL_KEY) == []
    assert search(province, "reference=HS-1", key=OTHER_PORTAL_KEY) == []


@pytest.mark.parametrize("query", ["status=done", "from=2026-13-01", "to=yesterday"])
def test_a_wrong_filter_is_refused(province: LocalProvince, query: str) -> None:
    answer = call(province, "GET", f"/v1/orders?{query}")
    assert (answer.status, answer.json["code"]) == (400, "invalid_parameter")


def test_an_operator_sees_the_open_cases(province: LocalProvince) -> None:
    send_ipn(province, "220000000000012314" + "01")
    province.pump()
    (case,) = call(province, "GET", "/v1/cases", key=OPERATOR_KEY).json["items"]
    assert (case["kind"], case["amount_minor"]) == ("suspense", 50_000)
    assert call(province, "GET", "/v1/cases").status == 403
