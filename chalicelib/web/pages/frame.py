"""Where a page appears: province, language, address, and how names and links look there."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from chalicelib.domain.apps import App
from chalicelib.domain.province import Mode, Province
from chalicelib.web.pages.html import Html, element, fill, join
from chalicelib.web.pages.texts import Texts


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a page appears. `path` is its own address below the base URL, without a query, for the
    language links. `base_url` is the public one. `app`: in which it was opened, as that says."""

    province: Province
    texts: Texts
    path: str
    mode: Mode = Mode.LIVE
    base_url: str = ""
    app: App = App.BROWSER

    @property
    def root(self) -> str:
        """The base URL's path, empty where the site has a host of its own."""
        return urlsplit(self.base_url).path

    @property
    def language(self) -> str:
        return self.texts.language

    def link(self, path: str, **query: str) -> str:
        """An address on this site that keeps the language."""
        return f"{self.root}{path}?{urlencode({**query, 'lang': self.language})}"

    def named(self, names: Mapping[str, str]) -> Html:
        """A name from the catalogue, marked with its language where that is not the page's."""
        text, language = self.texts.choose(names)
        return join(text) if language == self.language else element("span", text, lang=language)

    def sentence(self, key: str, **children: str) -> Html:
        return fill(self.texts.entries[key], **children)

    def phone_link(self) -> Html:
        phone = self.province.phone
        digits = "".join(letter for letter in phone if letter.isdigit() or letter == "+")
        return element("a", phone, href=f"tel:{digits}", class_="phone")
