"""What a payer does on the platform's own pages, until the money has moved."""

import re

from tests.journeys.place import Object, Page, Place
from tests.stack.portal import ask

PAYMENTS = re.compile(r"(?P<address>/pay/(?P<code>[0-9]{18})/[^/]+)/payments")


def code_on(page: Page) -> str:
    """Of the order whose pay page it is."""
    return _found_on(page)["code"]


def address_on(page: Page) -> str:
    """Where the pay page is that it shows."""
    return _found_on(page)["address"]


def _found_on(page: Page) -> re.Match[str]:
    found = PAYMENTS.search(page.text)
    assert found is not None, page.text
    return found


def channels_on(page: Page) -> list[str]:
    """That it offers, best first."""
    return [fields["channel"] for _, fields in page.forms if "channel" in fields]


def start_by_page(place: Place, page: Page, channel: str, agent: str = "") -> Object:
    """The payer presses the channel's button and sees its page; returns the payment."""
    headers = {"User-Agent": agent} if agent else {}
    chosen = channels_on(page).index(channel)
    away = place.send(page, form=chosen, headers=headers)
    assert away.status == 303, away.text
    address = away.headers["location"]
    assert address.startswith(place.simulator_url)
    assert ask("GET", address).status == 200
    payment: Object = place.order(code_on(page))["payments"][-1]
    assert payment["channel"] == channel
    return payment


def pay_by_page(place: Place, page: Page, channel: str, agent: str = "") -> Page:
    """Returns what the payer sees when the channel has sent the browser back."""
    return pay_started(place, start_by_page(place, page, channel, agent))


def pay_started(place: Place, payment: Object) -> Page:
    path = f"/control/payments/{payment['payment_no']}/pay"
    back = place.open(place.tell_simulator(path).json["browser_returns_to"])
    assert back.status == 200, back.text
    return back
