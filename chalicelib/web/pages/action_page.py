"""The step between choosing a channel and paying there, where a redirect alone does not do."""

from collections.abc import Mapping
from typing import assert_never
from urllib.parse import urlsplit

from chalicelib.channels.contract import (
    AppParams,
    FormPost,
    Instructions,
    PayerAction,
    QrCode,
    Redirect,
)
from chalicelib.web.pages.formats import format_amount
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element, hidden_field, join
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.order_view import OrderView, code_groups, facts, short_names


def action_page(
    action: PayerAction, names: Mapping[str, str], view: OrderView, frame: Frame
) -> Page:
    """`names`: the channel's. A redirect is a link here: browsers hold the redirect
    that answers a form to the form's policy, but not a link."""
    origins: tuple[str, ...] = ()
    names = short_names(names)
    match action:
        case Redirect(url):
            step = _link(url, names, view, frame)
        case FormPost(url, fields):
            step, origins = _form(url, fields, names, view, frame), (origin_of(url),)
        case QrCode(payload):
            step = _qr_code(payload, view, frame)
        case Instructions(text):
            step = _instructions(text, view, frame)
        case AppParams():
            step = element("p", frame.texts("action.app_sentence"))
        case _:
            assert_never(action)
    title = frame.texts("action.title", channel=frame.texts.choose(names)[0])
    heading = element("h1", frame.sentence("action.title", channel=frame.named(names)))
    body = element("section", heading, step, class_="card action")
    return Page(title, join(body, _afterwards(action, view, frame)), form_origins=origins)


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _amount(view: OrderView, frame: Frame) -> Html:
    return element("strong", format_amount(view.order.amount, frame.texts))


def _invitation(names: Mapping[str, str], view: OrderView, frame: Frame) -> Html:
    amount = _amount(view, frame)
    channel = frame.named(names)
    return element("p", frame.sentence("action.form_sentence", amount=amount, channel=channel))


def _link(url: str, names: Mapping[str, str], view: OrderView, frame: Frame) -> Html:
    label = frame.sentence("action.form_button", channel=frame.named(names))
    return join(_invitation(names, view, frame), element("a", label, href=url, class_="button"))


def _form(
    url: str, fields: Mapping[str, str], names: Mapping[str, str], view: OrderView, frame: Frame
) -> Html:
    hidden = (hidden_field(name, value) for name, value in fields.items())
    label = frame.sentence("action.form_button", channel=frame.named(names))
    button = element("button", label, type="submit")
    form = element("form", *hidden, button, method="post", action=url)
    return join(_invitation(names, view, frame), form)


def _qr_code(payload: str, view: OrderView, frame: Frame) -> Html:
    from chalicelib.web.qr_image import draw_qr

    drawing = draw_qr(payload, frame.texts("action.qr_alternative"))
    sentence = frame.sentence("action.qr_sentence", amount=_amount(view, frame))
    return join(element("p", sentence), element("div", drawing, class_="qr"))


def _instructions(text: str, view: OrderView, frame: Frame) -> Html:
    paragraphs = (element("p", line) for line in text.splitlines() if line.strip())
    heading = frame.sentence("action.instructions", amount=_amount(view, frame))
    code = facts({frame.texts("pay.code"): code_groups(view.order.payment_code)})
    return join(element("h2", heading), *paragraphs, code)


def _afterwards(action: PayerAction, view: OrderView, frame: Frame) -> Html:
    texts, address = frame.texts, frame.link(view.address)
    back = element("p", element("a", texts("action.back"), href=address))
    if isinstance(action, AppParams):
        return back
    result = element("a", texts("action.to_result"), href=address, class_="button quiet")
    return element("section", element("p", texts("action.afterwards")), result, class_="card")
