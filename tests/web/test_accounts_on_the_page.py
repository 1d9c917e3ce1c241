"""Two accounts of one channel: the payer sees both and chooses, or the profile's order decides."""

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import pytest

from chalicelib.checkout.offer_channels import offer_channels
from chalicelib.domain.money import Money
from chalicelib.domain.province import Mode, Province
from tests.channels.kit import find_kits
from tests.channels.two_accounts import TwoAccounts, two_accounts
from tests.support.local_province import HttpAnswer
from tests.support.portal_client import call, create
from tests.web.pages.page_reader import ReadPage, read_page

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
MAINTENANCE = {"vi": "Bảo trì", "en": "Maintenance"}


@pytest.fixture
def running() -> Iterator[TwoAccounts]:
    with two_accounts("sandbox", find_kits()["sandbox"]) as province:
        yield province


class Payer:
    def __init__(self, running: TwoAccounts) -> None:
        self.running = running
        order = create(running.province).json
        self.code: str = order["payment_code"]
        self.path = urlsplit(order["pay_url"]).path

    def open(self) -> ReadPage:
        answer = self.running.province.http("GET", f"{self.path}?lang=en")
        assert answer.status == 200, answer.text
        return read_page(answer.text)

    def forms(self) -> list[dict[str, str]]:
        """The hidden fields of each button's form."""
        fields = [tag.attributes for tag in self.open().all("input")]
        size = 3
        return [
            {str(each["name"]): str(each["value"]) for each in fields[start : start + size]}
            for start in range(0, len(fields), size)
        ]

    def press(self, form: dict[str, str]) -> HttpAnswer:
        target = f"{self.path}/payments?lang=en"
        return self.running.province.http("POST", target, urlencode(form), FORM)

    def attempts(self) -> list[tuple[int, str]]:
        order = self.running.province.platform.ledger.read_order(self.code)
        assert order is not None
        return [(each.attempt_no, each.account) for each in order.attempts]


def test_the_page_names_who_takes_the_money_and_the_payer_chooses(running: TwoAccounts) -> None:
    payer = Payer(running)
    text = payer.open().text
    assert text.index("Bank A") < text.index("Bank B")
    assert [(form["channel"], form["account"]) for form in payer.forms()] == [
        ("sandbox", "a"),
        ("sandbox", "b"),
    ]
    _, second = payer.forms()
    assert payer.press(second).status == 303
    assert payer.attempts() == [(1, "b")]


def test_the_same_button_goes_on_and_the_other_banks_is_another_attempt(
    running: TwoAccounts,
) -> None:
    payer = Payer(running)
    first, second = payer.forms()
    for form in (first, first, second, second, payer.forms()[0]):
        assert payer.press(form).status == 303
    assert payer.attempts() == [(1, "a"), (2, "b")]


def test_an_account_that_is_not_the_channels_starts_nothing(running: TwoAccounts) -> None:
    payer = Payer(running)
    form = payer.forms()[0]
    assert payer.press(form | {"account": "treasury"}).status == 422
    assert payer.attempts() == []


def test_a_key_belongs_to_the_account_that_it_was_used_for(running: TwoAccounts) -> None:
    order = running.new_order()
    first = running.start(order, "a")
    other = running.start(order, "b")
    assert (other.status, other.json["code"]) == (422, "idempotency_key_reused")
    assert running.start(order, "a").text == first.text


def province_of(running: TwoAccounts, **changes: object) -> Province:
    return replace(running.province.platform.setup.read_province(), **changes)  # type: ignore[arg-type]


def taken(province: Province, amount_minor: int = 50_000) -> list[str]:
    """The accounts that may be asked for, the one that is taken first."""
    (channel,) = offer_channels(
        province, mode=Mode.TEST, payee_unit="UNITA", amount=Money(amount_minor, "VND")
    )
    named = [each.account.account for each in channel.accounts]
    assert channel.account.account in named
    return [channel.account.account, *named]


def test_without_a_choice_the_first_that_can_take_it_is_the_only_one(running: TwoAccounts) -> None:
    ruled = province_of(running, payers_choose=frozenset())
    a, b = ruled.channel_accounts
    assert taken(ruled) == ["a", "a"]
    assert taken(replace(ruled, channel_accounts=(b, a))) == ["b", "b"]
    closed = replace(a, closed_reason=MAINTENANCE)
    assert taken(replace(ruled, channel_accounts=(closed, b))) == ["b", "b"]
    small = replace(a, max_minor=49_999)
    assert taken(replace(ruled, channel_accounts=(small, b))) == ["b", "b"]
    assert taken(replace(ruled, channel_accounts=(small, b)), 49_999) == ["a", "a"]


def test_where_payers_choose_every_account_is_told_with_its_own_reason(
    running: TwoAccounts,
) -> None:
    chosen = province_of(running)
    a, b = chosen.channel_accounts
    assert taken(chosen) == ["a", "a", "b"]
    closed = replace(a, closed_reason=MAINTENANCE)
    assert taken(replace(chosen, channel_accounts=(closed, b))) == ["b", "a", "b"]
    (channel,) = offer_channels(
        replace(chosen, channel_accounts=(closed, b)), mode=Mode.TEST, payee_unit="UNITA"
    )
    assert [each.unavailable_reason for each in channel.accounts] == [MAINTENANCE, None]
    assert channel.unavailable_reason is None


def test_an_amount_of_500_million_hides_the_channel_with_all_its_accounts(
    running: TwoAccounts,
) -> None:
    target = "/v1/channels?payee_unit=UNITA&amount_minor="
    for amount, available in ((499_999_999, True), (500_000_000, False), (500_000_001, False)):
        (channel,) = call(running.province, "GET", f"{target}{amount}").json["items"]
        assert channel["available"] is available
        assert [each["available"] for each in channel["accounts"]] == [available] * 2
