"""The clerk's pages over HTTP: signed in by a key, forms of his own, the same doors for money."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from chalicelib.domain.portals import hash_key
from tests.support.counters import CLERK_KEY, new_order, seed
from tests.support.local_province import BASE_URL, HttpAnswer, LocalProvince, local_province
from tests.support.portal_client import call
from tests.support.rows import ledger_rows
from tests.support.seeded import OPERATOR_KEY, PORTAL_KEY
from tests.web.pages.page_reader import read_page

FORM_TYPE = "application/x-www-form-urlencoded"
SLIP = {
    "terminal": "TID00001",
    "batch": "7",
    "trace": "101",
    "reference": "606012345678",
    "masked_pan": "970436******1234",
    "brand": "NAPAS",
}


class Clerk:
    """A browser with one cookie."""

    def __init__(self, province: LocalProvince) -> None:
        self.province = province
        self.cookie = ""
        self.shown = ""

    def open(self, path: str) -> HttpAnswer:
        answer = self.province.http("GET", path, None, {"Cookie": self.cookie})
        self.shown = answer.text
        return answer

    def send(self, path: str, **fields: str) -> HttpAnswer:
        """With what the page that is shown hides in its form, and on to where it leads."""
        hidden = {
            name: found[1]
            for name in ("form_token", "key", "owed")
            if (found := re.search(f'name="{name}" value="([^"]*)"', self.shown))
        }
        body = urlencode({**hidden, **fields})
        headers = {"Content-Type": FORM_TYPE, "Cookie": self.cookie}
        answer = self.province.http("POST", path, body, headers)
        if "Set-Cookie" in answer.headers:
            self.cookie = answer.headers["Set-Cookie"].partition(";")[0]
        if answer.status == 303:
            return self.open(answer.headers["Location"].removeprefix(BASE_URL))
        self.shown = answer.text
        return answer

    def sign_in(self, key: str = CLERK_KEY) -> HttpAnswer:
        return self.send("/counter/login?lang=en", access_key=key)

    def open_shift(self) -> str:
        self.sign_in()
        answer = self.send("/counter/a-1/shifts?lang=en", **{"float-a-1": "500,000"})
        assert answer.status == 200
        return "/counter/shifts/a-1-000001"


@pytest.fixture
def province() -> Iterator[LocalProvince]:
    with local_province(seed) as running:
        yield running


@pytest.fixture
def clerk(province: LocalProvince) -> Clerk:
    return Clerk(province)


def heading(clerk: Clerk) -> str:
    found = re.search("<h1>(.*?)</h1>", clerk.shown)
    assert found is not None
    return found[1]


def test_nobody_is_shown_more_than_the_form_to_sign_in(clerk: Clerk) -> None:
    assert clerk.open("/counter?lang=en").status == 200
    assert heading(clerk) == "Sign in to the counter"
    for path in ("/counter/shifts/a-1-000001", "/counter/shifts/a-1-000001/orders/1/paper"):
        answer = clerk.open(path)
        assert (answer.status, answer.headers["Location"]) == (303, f"{BASE_URL}/counter?lang=vi")


@pytest.mark.parametrize("key", ["", "no key at all", OPERATOR_KEY, PORTAL_KEY, f"ok_{'A' * 22}"])
def test_no_other_key_signs_in(clerk: Clerk, key: str) -> None:
    answer = clerk.sign_in(key)
    assert (answer.status, "Set-Cookie" in answer.headers) == (401, False)
    assert "This key is for no counter." in answer.text
    assert not key or key not in answer.text


def test_the_cookie_is_sealed_and_for_this_path_alone(province: LocalProvince) -> None:
    body = urlencode({"access_key": CLERK_KEY})
    answer = province.http("POST", "/counter/login", body, {"Content-Type": FORM_TYPE})
    value, *flags = answer.headers["Set-Cookie"].split("; ")
    assert flags == ["Path=/counter", "Max-Age=28800", "HttpOnly", "Secure", "SameSite=Strict"]
    assert CLERK_KEY not in value
    assert hash_key(CLERK_KEY) not in value


def test_an_altered_cookie_is_nobody_s(clerk: Clerk) -> None:
    clerk.sign_in()
    assert clerk.open("/counter?lang=en").text.count("Your counters") > 1
    for cookie in (clerk.cookie[:-6] + "AAAA==", "errandless_counter=x", "errandless_counter="):
        clerk.cookie = cookie
        clerk.open("/counter?lang=en")
        assert heading(clerk) == "Sign in to the counter"


def test_a_session_ends_with_the_day_and_with_the_key(
    province: LocalProvince, clerk: Clerk
) -> None:
    clerk.sign_in()
    province.clock.advance(hours=7, minutes=59)
    clerk.open("/counter?lang=en")
    assert heading(clerk) == "Your counters"
    province.clock.advance(minutes=1)
    clerk.open("/counter?lang=en")
    assert heading(clerk) == "Sign in to the counter"
    clerk.sign_in()
    assert province.platform.setup.revoke_key(hash_key(CLERK_KEY), province.clock())
    province.clock.advance(seconds=31)
    clerk.open("/counter?lang=en")
    assert heading(clerk) == "Sign in to the counter"


def test_whoever_signs_out_is_out(clerk: Clerk) -> None:
    clerk.sign_in()
    clerk.send("/counter/logout?lang=en")
    assert heading(clerk) == "Sign in to the counter"


@pytest.mark.parametrize("token", ["0" * 32, "", "\u00e9"])
def test_a_form_from_elsewhere_does_nothing(
    province: LocalProvince, clerk: Clerk, token: str
) -> None:
    path = clerk.open_shift()
    code = new_order(province)
    clerk.open(f"{path}/orders/{code}?lang=en")
    answer = clerk.send(f"{path}/orders/{code}/cash", received="100000", form_token=token)
    assert answer.status == 400
    assert ledger_rows(province, "T#") == []


def test_a_clerk_finds_takes_cash_and_gives_the_change(
    province: LocalProvince, clerk: Clerk
) -> None:
    path = clerk.open_shift()
    code = new_order(province)
    spaced = f"{code[:3]} {code[3:]}"
    assert clerk.send(f"{path}/find?lang=en", payment_code=spaced).status == 200
    assert "50,000" in clerk.shown
    page = clerk.shown
    answer = clerk.send(f"{path}/orders/{code}/cash?lang=en", received="200.000")
    assert answer.status == 200
    assert "150,000\u00a0VND" in answer.text
    assert call(province, "GET", f"/v1/orders/{code}").json["status"] == "paid"
    clerk.shown = page
    clerk.send(f"{path}/orders/{code}/cash?lang=en", received="200.000")
    assert len(ledger_rows(province, "T#")) == 1


@pytest.mark.parametrize(
    "received", ["50000.50", "50.000,00", "100,000.00", "50.0000", "5,0,0,0,0", "1.00,000", "50.00"]
)
def test_a_separator_in_a_wrong_place_makes_no_greater_sum(
    province: LocalProvince, clerk: Clerk, received: str
) -> None:
    path = clerk.open_shift()
    code = new_order(province)
    clerk.open(f"{path}/orders/{code}?lang=en")
    answer = clerk.send(f"{path}/orders/{code}/cash?lang=en", received=received)
    assert answer.status == 422
    assert ledger_rows(province, "T#") == []


@pytest.mark.parametrize("received", ["100 000", "100.000", "100,000", "100000", "1,000,000"])
def test_thousands_are_typed_as_anybody_does(
    province: LocalProvince, clerk: Clerk, received: str
) -> None:
    path = clerk.open_shift()
    code = new_order(province)
    clerk.open(f"{path}/orders/{code}?lang=en")
    clerk.send(f"{path}/orders/{code}/cash?lang=en", received=received)
    digits = int("".join(each for each in received if each.isdigit()))
    sold = [row["received_minor"] for row in ledger_rows(province) if "received_minor" in row]
    assert sold == [digits]


@pytest.mark.parametrize("place", ["cash/a-1", "pos/a"])
def test_where_no_machine_tells_by_itself_nobody_does(province: LocalProvince, place: str) -> None:
    answer = province.http("POST", f"/channels/{place}/notifications", {"status": "taken"})
    assert (answer.status, answer.json) == (401, {"result": "refused"})


def test_a_clerk_issues_and_records_a_slip(province: LocalProvince, clerk: Clerk) -> None:
    path = clerk.open_shift()
    issued = clerk.send(
        f"{path}/orders?lang=en", fee_item="FEE-1", reference="Q-1", payer="Nguyễn Văn An"
    )
    assert issued.status == 200
    found = re.search("/orders/([0-9]{18})/slip", issued.text)
    assert found is not None
    bad = clerk.send(f"{path}/orders/{found[1]}/slip?lang=en", **SLIP | {"masked_pan": "4" * 16})
    assert (bad.status, "4" * 16 in bad.text) == (409, False)
    answer = clerk.send(f"{path}/orders/{found[1]}/slip?lang=en", **SLIP)
    assert "The order is paid." in answer.text
    (row,) = ledger_rows(province, "T#")
    assert row["pk"] == "T#pos#a#TID00001|000007|000101"


@pytest.mark.parametrize("quantity", ["0", "000", "two"])
def test_a_quantity_that_is_none_is_said_in_words(clerk: Clerk, quantity: str) -> None:
    path = clerk.open_shift()
    typed = {"fee_item": "FEE-1", "quantity": quantity, "reference": "Q-1", "payer": "An"}
    answer = clerk.send(f"{path}/orders?lang=en", **typed)
    assert answer.status == 422
    assert "The quantity is a whole number from 1 up" in answer.text


def test_the_paper_is_printed_from_the_order(province: LocalProvince, clerk: Clerk) -> None:
    path = clerk.open_shift()
    code = new_order(province)
    shown = clerk.open(f"{path}/orders/{code}?lang=en").text
    assert f"/counter/shifts/a-1-000001/orders/{code}/paper?lang=en" in shown
    answer = clerk.open(f"{path}/orders/{code}/paper?lang=vi")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert answer.text.startswith("%PDF-")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"payment_code": "220000000000000188"}, "The check digits do not fit"),
        ({"payment_code": "220000000000000189"}, "This unit has no order with this code."),
    ],
)
def test_what_is_refused_is_said_on_the_page(
    clerk: Clerk, form: dict[str, str], words: str
) -> None:
    path = clerk.open_shift()
    answer = clerk.send(f"{path}/find?lang=en", **form)
    assert answer.status == 409
    assert words in answer.text
    assert heading(clerk) == "Shift a-1-000001"


def test_an_amount_that_changed_since_the_page_was_shown_is_not_taken(
    province: LocalProvince, clerk: Clerk
) -> None:
    path = clerk.open_shift()
    code = new_order(province)
    clerk.open(f"{path}/orders/{code}?lang=en")
    answer = clerk.send(f"{path}/orders/{code}/cash?lang=en", received="90000", owed="40000")
    assert "What is owed has changed." in answer.text
    assert ledger_rows(province, "T#") == []


def test_a_drawer_is_counted_and_the_report_stays(clerk: Clerk) -> None:
    path = clerk.open_shift()
    refused = clerk.send(f"{path}/close?lang=en", counted="490000")
    assert "The drawer does not count." in refused.text
    closed = clerk.send(f"{path}/close?lang=en", counted="490000", reason="a note is missing")
    assert heading(clerk) == "Report of shift a-1-000001"
    assert "-10,000" in closed.text
    assert "a note is missing" in closed.text
    assert 'action="/counter/shifts' not in closed.text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_page_has_the_payers_pages_headers_and_no_script(
    province: LocalProvince, clerk: Clerk, language: str
) -> None:
    path = clerk.open_shift()
    code = new_order(province)
    for each in ("/counter", path, f"{path}/orders/{code}"):
        answer = clerk.open(f"{each}?lang={language}")
        page = read_page(answer.text)
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["Cache-Control"] == "no-store"
        assert page.values("html", "lang") == [language]
        assert len(page.all("h1")) == 1
        assert not page.all("script")
        ids = page.values("input", "id") + page.values("select", "id")
        assert len(ids) == len(set(ids))
        assert set(page.values("label", "for")) == set(ids)
