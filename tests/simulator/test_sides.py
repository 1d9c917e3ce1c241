"""Every channel that the simulator plays: what its front page says, and each account on its own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from chalicelib.channels.contract import Credentials, Instructions, Message, QrCode, Redirect
from chalicelib.channels.registry import build_channels
from chalicelib.domain.identifiers import build_payment_code, build_payment_no
from chalicelib.domain.money import Money
from chalicelib.domain.payments import Succeeded
from chalicelib.errors import SignatureRefused
from infra.simulator import SIDES, Simulator, config_for, published_accounts
from infra.simulator.actions import ACTIONS
from infra.simulator.wire import Answered, Call
from tests.channels.stand_ins import REQUEST, StandInHttp, credentials_of, refuse_to_answer
from tests.simulator.platform import NOW, currency_of, fetch

BASE_URL = "http://platform.example"
CHANNELS = build_channels(StandInHttp(refuse_to_answer))
ACCOUNTS = [
    (channel, place) for channel, side in SIDES.items() for place, _ in enumerate(side.published, 1)
]


@dataclass
class Running:
    simulator: Simulator
    calls: list[Call]

    def credentials(self, channel: str, place: int) -> Credentials:
        known = [each for code, each in published_accounts(self.simulator.url) if code == channel]
        parts = known[place - 1]
        currency = currency_of(channel)
        return credentials_of(channel, parts["fields"], parts["secret"], currency=currency)

    def pay(self, channel: str, place: int) -> Message:
        """The simulator's own word of it, as our account `place` would get it."""
        own = f"{BASE_URL}/channels/{channel}/{place}"
        request = replace(
            REQUEST,
            payment_no=build_payment_no(build_payment_code("22", place), 1),
            amount=Money(50_000, currency_of(channel)),
            started_at=NOW,
            expires_at=NOW + timedelta(minutes=15),
            notification_url=f"{own}/notifications",
        )
        action = CHANNELS[channel].start_payment(self.credentials(channel, place), request)
        match action:
            case Redirect(url):
                paid = fetch(url, b"action=pay")
            case QrCode(payload):
                body = urlencode({"payload": payload}).encode()
                paid = fetch(f"{self.simulator.url}/vietqr/transfers", body)
            case Instructions():
                fields = self.credentials(channel, place).account.fields
                money = {"payment_no": request.payment_no, "other_amount_minor": 50_000}
                body = urlencode({**fields, **money}).encode()
                paid = fetch(f"{self.simulator.url}/biller/counter", body)
            case other:
                raise AssertionError(other)
        assert paid.status in (201, 303), paid.body
        (call,) = self.calls
        assert urlsplit(call.url).path == f"/channels/{channel}/{place}/notifications"
        query = dict(parse_qsl(urlsplit(call.url).query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in call.headers.items()}
        return Message(call.method, query, headers, call.body, NOW)


@pytest.fixture
def running() -> Iterator[Running]:
    calls: list[Call] = []

    def deliver(call: Call) -> Answered:
        calls.append(call)
        return Answered(200, b"success")

    met: list[Mapping[str, Any]] = []
    for channel, side in SIDES.items():
        for place, each in enumerate(side.published, 1):
            met.append({"channel": channel, "account": str(place), **each.fields})
    config = replace(config_for(BASE_URL, met), max_calls=1)
    assert len(config.accounts) == len(ACCOUNTS)
    with Simulator(config, clock=lambda: NOW, send_call=deliver) as simulator:
        yield Running(simulator, calls)


def test_every_registered_channel_is_played_with_two_accounts_at_least() -> None:
    """But for those of a counter: a clerk plays them."""
    assert set(SIDES) == set(CHANNELS) - {"cash", "pos"}
    assert {channel for channel, place in ACCOUNTS if place == 2} == set(SIDES)


def test_the_front_page_lists_every_channel_with_its_accounts_and_all_its_faults(
    running: Running,
) -> None:
    page = fetch(f"{running.simulator.url}/").body.decode()
    for channel, side in SIDES.items():
        part = page.split(f"<h2>{channel}</h2>")[1].split("<h2>")[0]
        actions = tuple(ACTIONS) if side.protocol else ()
        merchants = tuple(each.account.merchant for each in side.published)
        wanted = (*merchants, *side.faults, *side.file_faults, *actions)
        assert [each for each in wanted if each not in part] == []
        assert side.file_faults
    assert "late one, several, a forged one" in page


@pytest.mark.parametrize(("channel", "place"), ACCOUNTS)
def test_each_account_is_told_with_its_own_key_and_no_other_believes_it(
    running: Running, channel: str, place: int
) -> None:
    message = running.pay(channel, place)
    notification = CHANNELS[channel].read_notification(running.credentials(channel, place), message)
    assert notification is not None
    assert isinstance(notification.outcome, Succeeded)
    assert notification.outcome.amount.amount_minor == 50_000
    for other, other_place in ACCOUNTS:
        if other == channel and other_place != place:
            with pytest.raises(SignatureRefused):
                CHANNELS[channel].read_notification(
                    running.credentials(channel, other_place), message
                )
