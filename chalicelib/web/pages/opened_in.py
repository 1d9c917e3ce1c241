"""What a payer is told who opened a page inside an app: what it pays with, and what it does not
open."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from chalicelib.domain.apps import OPENINGS, App
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element, join
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.order_view import short_names


class _OfChannel(Protocol):
    @property
    def channel(self) -> str: ...


Way = TypeVar("Way", bound=_OfChannel)


def first_pays(ways: Iterable[Way], app: App) -> Way | None:
    """The one that the app pays with by itself; the best of several."""
    by_channel = {way.channel: way for way in reversed(list(ways))}
    found = (by_channel[channel] for channel in OPENINGS[app].pays if channel in by_channel)
    return next(found, None)


def is_refused(way: _OfChannel, app: App) -> bool:
    return way.channel in OPENINGS[app].refuses


def app_name(frame: Frame) -> str:
    return frame.texts(f"app.{frame.app}")


def open_elsewhere(frame: Frame) -> Html:
    """How to leave the app."""
    return element("p", frame.sentence("opened.open_elsewhere", app=app_name(frame)))


def with_notice(page: Page, frame: Frame) -> Page:
    """On a page that leads to payment but names no order yet."""
    notice = _notice(frame)
    return page if notice is None else replace(page, body=join(notice, page.body))


def _notice(frame: Frame) -> Html | None:
    accounts = [each for each in frame.province.channel_accounts if each.closed_reason is None]
    own = first_pays(accounts, frame.app)
    refused = [each for each in accounts if is_refused(each, frame.app)]
    if own is not None:
        words = [_sentence("opened.pays", [own.names], frame)]
    elif refused:
        names = list({each.channel: each.names for each in refused}.values())
        words = [_sentence("opened.refuses", names, frame), open_elsewhere(frame)]
    else:
        return None
    return element("section", *words, class_="card opened")


def _sentence(key: str, names: Sequence[Mapping[str, str]], frame: Frame) -> Html:
    shown = [frame.texts.choose(short_names(each))[0] for each in names]
    channel = frame.texts("opened.and").join(shown)
    return element("p", frame.sentence(key, app=app_name(frame), channel=channel))
