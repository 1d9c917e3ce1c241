"""To find nothing is as much work as to find an order and a wrong word: the same bytes, the same
calls, the same kinds of computing. Counted, not timed; `make bench PART=guesses` times it."""

import hmac
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.domain.identifiers import build_payment_code
from chalicelib.storage import compression, order_items
from chalicelib.storage.envelope import Envelope
from chalicelib.wiring import use_platform
from tests.support.bills import issue
from tests.support.clients import SharingPlatform, client
from tests.support.local_province import HttpAnswer, LocalProvince
from tests.support.portal_client import create

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WRONG = "34679C"
Work = tuple[list[Any], Counter[str]]


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Work]:
    """Every AWS call with its table and the shape of its keys, and the computing that an order
    costs: keyed hashes, and rows read into orders."""
    calls: list[Any] = []
    computed: Counter[str] = Counter()

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        calls.append((model.name, _shape(params)))

    def counting(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def counts(*args: Any, **options: Any) -> Any:
            computed[name] += 1
            return work(*args, **options)

        return counts

    for service in ("dynamodb", "kms"):
        events = client(service).meta.events
        events.register("provide-client-params.*.*", note, unique_id=f"equal-{service}")
    with monkeypatch.context() as patched:
        patched.setattr(hmac, "new", counting("keyed hash", hmac.new))
        patched.setattr(Envelope, "open", counting("envelope", Envelope.open))
        patched.setattr(order_items, "decompress", counting("order", compression.decompress))
        yield calls, computed
    for service in ("dynamodb", "kms"):
        events = client(service).meta.events
        events.unregister("provide-client-params.*.*", note, unique_id=f"equal-{service}")


def _shape(params: dict[str, Any]) -> Any:
    if "RequestItems" in params:
        return {table: len(each["Keys"]) for table, each in params["RequestItems"].items()}
    return params.get("TableName"), params.get("UpdateExpression")


def ask_page(province: LocalProvince, code: str, word: str) -> HttpAnswer:
    return province.http("GET", f"/pay/{code}/{word}")


def ask_status(province: LocalProvince, code: str, word: str) -> HttpAnswer:
    form = urlencode({"payment_code": code, "word": word})
    return province.http("POST", "/status", form, FORM)


def ask_qr(province: LocalProvince, code: str, word: str) -> HttpAnswer:
    return province.http("GET", f"/pay/{code}/{word}/qr.svg")


def ask_scheme(province: LocalProvince, number: str, word: str) -> HttpAnswer:
    form = urlencode({"number": number, "word": word})
    return province.http("POST", "/s/traffic-fines", form, FORM)


def ask_unit(province: LocalProvince, number: str, word: str) -> HttpAnswer:
    form = urlencode({"whose": "unit-UNITA", "number": number, "word": word})
    return province.http("POST", "/find", form, FORM)


def ask_found_scheme(province: LocalProvince, number: str, word: str) -> HttpAnswer:
    form = urlencode({"whose": "scheme-traffic-fines", "number": number, "word": word})
    return province.http("POST", "/find", form, FORM)


BY_CODE = (ask_page, ask_status, ask_qr)
BY_NUMBER = (ask_scheme, ask_unit, ask_found_scheme)


@pytest.mark.parametrize("is_cold", [True, False], ids=["cold", "warm"])
@pytest.mark.parametrize("ask", [*BY_CODE, *BY_NUMBER])
def test_an_unknown_one_and_a_wrong_word_get_the_same_bytes_for_the_same_work(
    province: LocalProvince,
    monkeypatch: pytest.MonkeyPatch,
    ask: Callable[[LocalProvince, str, str], HttpAnswer],
    is_cold: bool,
) -> None:
    bill, other = issue(province).json, create(province).json
    unknown = build_payment_code("22", 12345)
    asked = [
        (bill["payment_code"] if ask in BY_CODE else "TB-2026-0001", WRONG),
        (unknown if ask in BY_CODE else "TB-2026-9999", WRONG),
        # Another order's right word is wrong here.
        (bill["payment_code"] if ask in BY_CODE else "TB-2026-0001", other["verification_word"]),
        (unknown if ask in BY_CODE else "TB-2026-9999", bill["verification_word"]),
    ]
    if not is_cold:
        ask(province, *asked[0])
        ask(province, *asked[1])
    seen = []
    for about, word in asked:
        if is_cold:
            # As a function that was started for this request alone.
            platform = SharingPlatform(province.settings, now=province.clock)
            province.platform = platform
            use_platform(platform)
        province.requests = 100  # the request's own id stands in problem details
        with counted(monkeypatch) as (calls, computed):
            answer = ask(province, about, word)
        seen.append((answer.status, answer.text, calls, dict(computed)))
    assert [status for status, *_ in seen] == [404] * 4
    assert seen[0][1:] == seen[1][1:] == seen[2][1:] == seen[3][1:]
    _, _, calls, work = seen[0]
    reads = [name for name, _ in calls if name in ("GetItem", "BatchGetItem")]
    assert len(reads) >= 3
    assert [name for name, _ in calls].count("UpdateItem") == 3
    assert (work["order"], work["envelope"]) == (1, 1)
    assert work["keyed hash"] >= 2


def test_the_counter_sees_the_difference_that_a_right_word_makes(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the test above can fail."""
    order = create(province).json
    with counted(monkeypatch) as (wrong, _):
        ask_page(province, order["payment_code"], WRONG)
    with counted(monkeypatch) as (right, _):
        assert ask_page(province, order["payment_code"], order["verification_word"]).status == 200
    assert wrong != right


def test_headers_are_the_same_but_for_the_request_id(province: LocalProvince) -> None:
    bill = issue(province).json
    wrong = ask_page(province, bill["payment_code"], WRONG)
    unknown = ask_page(province, build_payment_code("22", 12345), WRONG)
    ids = [answer.headers.pop("X-Request-Id") for answer in (wrong, unknown)]
    assert ids[0] != ids[1]
    assert wrong.headers == unknown.headers


@pytest.mark.parametrize("whose", ["", "unit-NONE", "scheme-none", "UNITA", "unit-"])
def test_who_chooses_nothing_is_asked_before_anything_is_looked_up(
    province: LocalProvince, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    form = urlencode({"whose": whose, "number": "1", "word": "ABCDEF"})
    province.http("GET", "/find")
    with counted(monkeypatch) as (calls, _):
        answer = province.http("POST", "/find?lang=en", form, FORM)
    assert answer.status == 422
    assert "Choose the unit or the kind of payment." in answer.text
    assert calls == []


def test_unit_number_and_word_lead_to_the_pay_page(province: LocalProvince) -> None:
    bill = issue(province).json
    answer = ask_unit(province, "tb-2026-0001", bill["verification_word"])
    assert answer.status == 303
    assert answer.headers["Location"] == f"{bill['pay_url']}?lang=vi"


def test_a_bill_with_a_second_fact_is_opened_by_it_however_it_is_written(
    province: LocalProvince,
) -> None:
    bill = issue(province, second_fact="14A-123.45").json
    for typed in ("14a12345", "14A 123 45", "１４A-12345"):
        assert ask_unit(province, "TB-2026-0001", typed).status == 303
    assert ask_unit(province, "TB-2026-0001", "14a12346").status == 404
    other = issue(province, "b-2", reference="TB-2").json
    assert ask_unit(province, "TB-2", "14a12345").status == 404
    assert "14a12345" not in str(province.platform.ledger.read_order(bill["payment_code"]))
    assert other["verification_word"] != bill["verification_word"]
