import re
import string
from pathlib import Path

import pytest

from chalicelib.domain.apps import App
from chalicelib.domain.catalog import ReceiptKind
from chalicelib.domain.money import EXPONENTS
from chalicelib.web.pages.error_page import Problem
from chalicelib.web.pages.standing import Standing
from chalicelib.web.pages.texts import LANGUAGES, choose_language, load_texts

PAGES = Path(__file__).parents[3] / "chalicelib" / "web" / "pages"
SOURCE = "\n".join(path.read_text("utf-8") for path in PAGES.rglob("*.py"))
# Keys that are put together from the members of an enumeration or of a short list.
FAMILIES = {
    r"language\.": set(LANGUAGES),
    r"format\.amount\.": set(EXPONENTS),
    r"kind\.": set(ReceiptKind),
    r"standing\.": {
        f"{standing}.{part}" for standing in Standing for part in ("headline", "sentence", "next")
    },
    r"error\.(?!trace|back|again)": {
        problem + part for problem in Problem for part in ("", "_sentence", "_next")
    },
    r"app\.": set(App),
    r"receipt\.(?=(phi|lephi|general)$)": set(ReceiptKind),
    r"find\.(?=(payment_code|word)(_hint)?$)": {
        name + part for name in ("payment_code", "word") for part in ("", "_hint")
    },
}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_keys_in_the_same_order_and_no_empty_text(
    language: str,
) -> None:
    entries = load_texts(language).entries
    assert list(entries) == list(load_texts("vi").entries)
    assert all(text.strip() for text in entries.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_places_in_each_text(language: str) -> None:
    different = {
        key: text
        for key, text in load_texts(language).entries.items()
        # How a day is put together is the language's own.
        if key != "format.day" and places(text) != places(load_texts("vi").entries[key])
    }
    assert different == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_twelve_months(language: str) -> None:
    assert len(load_texts(language)("format.months").split(",")) == 12


def test_every_family_of_keys_is_complete_and_has_no_member_too_many() -> None:
    keys = load_texts("vi").entries
    for prefix, members in FAMILIES.items():
        found = {key.split(".", prefix.count(r"\."))[-1] for key in keys if re.match(prefix, key)}
        assert found == members, prefix


def test_every_key_is_used_and_every_key_in_use_exists() -> None:
    in_use = {
        text
        for text in re.findall(r'"([a-z]+\.[a-z_]+)"', SOURCE)
        if text.partition(".")[0] in {key.partition(".")[0] for key in load_texts("vi").entries}
    }
    plain = {
        key
        for key in load_texts("vi").entries
        if not any(re.match(prefix, key) for prefix in FAMILIES)
    }
    assert plain - in_use == set()
    assert in_use - set(load_texts("vi").entries) == set()


def test_no_text_holds_markup() -> None:
    for language in LANGUAGES:
        assert not [
            text for text in load_texts(language).entries.values() if re.search("[<>]", text)
        ]


def test_the_payers_choice_goes_before_the_orders_language_and_that_before_the_provinces() -> None:
    assert choose_language("en", "vi", ("vi", "en")) == "en"
    assert choose_language("xx", "en", ("vi", "en")) == "en"
    assert choose_language(None, "km", ("en", "vi")) == "en"
    assert choose_language(None, "km", ("km",)) == "vi"


def test_a_language_that_the_province_does_not_offer_is_not_shown() -> None:
    assert choose_language("vi", "zh", ("zh", "en")) == "zh"


def test_a_name_that_lacks_the_pages_language_comes_in_another_and_says_so() -> None:
    texts = load_texts("en")
    assert texts.choose({"vi": "Phí", "en": "Fee"}) == ("Fee", "en")
    assert texts.choose({"vi": "Phí"}) == ("Phí", "vi")
