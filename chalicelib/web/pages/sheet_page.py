"""A scheme's printed sheet: the city-wide code, in the scheme's color, with what a payer needs."""

from chalicelib.domain.province import Scheme
from chalicelib.web.pages.frame import Frame
from chalicelib.web.pages.html import Html, element, join
from chalicelib.web.pages.layout import Page
from chalicelib.web.pages.order_view import facts
from chalicelib.web.pages.texts import load_texts

# Wide enough for a reader two meters away, and for a thermal printer of 203 dpi.
CODE_PIXELS = 380


def sheet_page(scheme: Scheme, frame: Frame) -> Page:
    """The page's language first; the name and the call in the province's other languages below."""
    texts = frame.texts
    name, _ = texts.choose(scheme.names)
    address = f"{frame.base_url}/s/{scheme.code}"
    code = element(
        "img",
        src=f"{frame.root}/s/{scheme.code}/qr.svg",
        alt=texts("poster.alternative", scheme=name),
        width=CODE_PIXELS,
        height=CODE_PIXELS,
    )
    body = element(
        "section",
        element("h1", name),
        element("p", texts("poster.scan"), class_="lead"),
        code,
        element("p", texts("poster.with")),
        facts(
            {
                texts("poster.need"): _needed(scheme, frame),
                texts("poster.by_hand"): element("strong", address),
                texts("poster.help"): frame.phone_link(),
            }
        ),
        *_in_other_languages(scheme, frame),
        class_="card sheet",
    )
    return Page(name, body)


def _needed(scheme: Scheme, frame: Frame) -> Html:
    texts = frame.texts
    first = element("li", frame.named(scheme.number_names))
    second: Html = join(texts("poster.word"))
    if scheme.second_fact_names is not None:
        fact = frame.named(scheme.second_fact_names)
        second = join(fact, " ", texts("poster.or"), " ", texts("poster.word"))
    return element("ul", first, element("li", second))


def _in_other_languages(scheme: Scheme, frame: Frame) -> list[Html]:
    return [
        element(
            "p", scheme.names[language], " · ", load_texts(language)("poster.scan"), lang=language
        )
        for language in frame.province.languages
        if language != frame.language and language in scheme.names
    ]
