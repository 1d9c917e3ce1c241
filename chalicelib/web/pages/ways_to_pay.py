"""The channels that a payer may choose, and the code that takes the page to a phone."""

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element, hidden_field, join
from chalicelib.web.pages.opened_in import app_name, first_pays, is_refused, open_elsewhere
from chalicelib.web.pages.order_view import OrderView, channel_name, short_names
from chalicelib.web.pages.standing import Standing, awaited_attempt, may_start


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """`key`: the form's idempotency key. `closed_reason`: why it cannot be used, by language.
    `origins`: where its payment pages are. `account`, `acquirer`: which of the channel's accounts
    it is, and who takes the money there; None where the payer does not choose. `goes_on_with`: the
    attempt that the key is of, where it can still be finished."""

    channel: str
    names: Mapping[str, str]
    key: str
    closed_reason: Mapping[str, str] | None = None
    origins: tuple[str, ...] = ()
    account: str | None = None
    goes_on_with: int | None = None
    acquirer: Mapping[str, str] | None = None


def ways_to_pay(view: OrderView, offered: tuple[ChannelChoice, ...], frame: Frame) -> Html | None:
    if not may_start(view.order, view.now):
        return None
    ways = _ways(view, offered, frame)
    if view.standing is not Standing.ASKING:
        return ways
    question = frame.sentence("pay.continue", channel=channel_name(view, frame))
    warning = element("p", frame.texts("pay.continue_hint"), class_="warning")
    return element("details", element("summary", question), warning, ways, class_="again")


def way_on(view: OrderView, offered: tuple[ChannelChoice, ...], frame: Frame) -> Html | None:
    """To the payment that is under way: its code again, or its page. None where it has none."""
    if view.standing is not Standing.ASKING or not may_start(view.order, view.now):
        return None
    awaited = awaited_attempt(view.order)
    for choice in offered:
        if awaited and choice.goes_on_with == awaited.attempt_no and choice.closed_reason is None:
            words = frame.sentence("pay.go_on", channel=channel_name(view, frame))
            return _start_form(choice, view, frame, words)
    return None


def _ways(view: OrderView, offered: tuple[ChannelChoice, ...], frame: Frame) -> Html:
    """What the app pays with comes first and alone; what it does not open has no button."""
    refused = tuple(each for each in offered if is_refused(each, frame.app))
    usable = tuple(each for each in offered if each not in refused)
    open_ones = [each for each in usable if each.closed_reason is None]
    own = first_pays(open_ones, frame.app)
    others = _channels(view, tuple(each for each in usable if each != own), frame)
    elsewhere = _elsewhere(view, refused, frame) if refused else _on_phone(view, frame)
    if own is None:
        return join(others if usable else None, elsewhere)
    if len(usable) == 1:
        return join(_own_way(own, view, frame), elsewhere)
    summary = element("summary", frame.texts("opened.other_ways"))
    return join(
        _own_way(own, view, frame), element("details", summary, others, class_="again"), elsewhere
    )


def _own_way(own: ChannelChoice, view: OrderView, frame: Frame) -> Html:
    heading = element("h2", frame.sentence("opened.pay_here", app=app_name(frame)))
    form = _start_form(own, view, frame, *_button_words(own, frame))
    return element("section", heading, form, class_="card")


def _elsewhere(view: OrderView, refused: tuple[ChannelChoice, ...], frame: Frame) -> Html:
    """The reason, and the two ways out: a browser, and this page's code."""
    texts = frame.texts
    names = {each.channel: texts.choose(short_names(each.names))[0] for each in refused}
    reason = frame.sentence(
        "opened.refuses", app=app_name(frame), channel=texts("opened.and").join(names.values())
    )
    words = element("div", element("p", reason), open_elsewhere(frame))
    image = _page_code(view, frame)
    return element("section", words, image, class_="card elsewhere here")


def _channels(view: OrderView, offered: tuple[ChannelChoice, ...], frame: Frame) -> Html:
    texts = frame.texts
    is_any_open = any(choice.closed_reason is None for choice in offered)
    hint = texts("pay.choose_hint") if is_any_open else texts("pay.none_open")
    return element(
        "section",
        element("h2", texts("pay.choose")),
        element("p", hint, class_="hint"),
        element("ul", *(_channel(choice, view, frame) for choice in offered), class_="channels"),
        class_="card",
    )


def _channel(choice: ChannelChoice, view: OrderView, frame: Frame) -> Html:
    name = frame.named(choice.names)
    if choice.acquirer:
        name = join(name, " · ", frame.named(choice.acquirer))
    if choice.closed_reason is not None:
        state = element("strong", frame.texts("pay.closed"))
        reason = frame.named(choice.closed_reason)
        return element("li", element("p", name), element("p", state, ": ", reason), class_="closed")
    return element("li", _start_form(choice, view, frame, *_button_words(choice, frame)))


def _start_form(choice: ChannelChoice, view: OrderView, frame: Frame, *words: Html | None) -> Html:
    return element(
        "form",
        hidden_field("channel", choice.channel),
        hidden_field("account", choice.account) if choice.account else None,
        hidden_field("key", choice.key),
        element("button", *words, type="submit"),
        method="post",
        action=frame.link(f"{view.address}/payments"),
    )


def _button_words(choice: ChannelChoice, frame: Frame) -> tuple[Html, Html | None]:
    """The short name on the button, and who takes the money; what the channel takes below it."""
    whole = frame.texts.choose(choice.names)[0]
    short = frame.texts.choose(short_names(choice.names))[0]
    rest = whole[len(short) :].lstrip(":： ")
    name = frame.named(short_names(choice.names))
    if choice.acquirer:
        name = join(name, " · ", frame.named(choice.acquirer))
    words = frame.sentence("pay.button", channel=name)
    return words, element("small", rest) if rest else None


def _on_phone(view: OrderView, frame: Frame) -> Html:
    texts = frame.texts
    words = element(
        "div", element("h2", texts("pay.on_phone")), element("p", texts("pay.on_phone_hint"))
    )
    return element("section", words, _page_code(view, frame), class_="card elsewhere")


def _page_code(view: OrderView, frame: Frame) -> Html:
    return element(
        "img",
        src=f"{frame.root}{view.address}/qr.svg",
        alt=frame.texts("pay.qr_alternative"),
        width=196,
        height=196,
        loading="lazy",
    )
