import ast
from pathlib import Path

import pytest

from chalicelib.web.pages.html import Html, element, fill, hidden_field, join

HOSTILE = "<script>alert('1')</script>\"&"
ESCAPED = "&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;&quot;&amp;"
WEB = Path(__file__).parents[3] / "chalicelib" / "web"


def test_text_is_escaped_and_markup_is_not_escaped_twice() -> None:
    assert element("p", HOSTILE, element("b", "&")) == f"<p>{ESCAPED}<b>&amp;</b></p>"
    assert join(HOSTILE, None, element("br")) == f"{ESCAPED}<br>"


def test_attributes_are_escaped_quoted_and_named_as_html_names_them() -> None:
    made = element("input", class_="a", aria_label=HOSTILE, hidden=True, value=None, width=3)
    assert made == f'<input class="a" aria-label="{ESCAPED}" hidden width="3">'
    assert hidden_field("a", '"') == '<input type="hidden" name="a" value="&quot;">'


def test_markup_joined_with_text_is_text_again() -> None:
    joined = element("b", "x") + HOSTILE
    assert not isinstance(joined, Html)
    assert element("p", joined) == f"<p>&lt;b&gt;x&lt;/b&gt;{ESCAPED}</p>"
    assert not isinstance(f"{element('b', 'x')}", Html)
    assert not isinstance(element("b", "x").replace("x", HOSTILE), Html)


def test_places_in_a_sentence_are_filled_with_escaped_text_or_with_markup() -> None:
    filled = fill("a < {who}: {what}", who=HOSTILE, what=element("b", "x"))
    assert filled == f"a &lt; {ESCAPED}: <b>x</b>"
    assert fill("{x}", x="{y}") == "{y}"


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "//evil.example", "/\\evil.example", "data:text/html,x", "evil", ""],
)
def test_an_address_that_could_run_or_leave_unseen_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        element("a", "x", href=address)


@pytest.mark.parametrize("address", ["/pay/1", "https://a.example/x", "tel:1900", "?lang=en", "#m"])
def test_ordinary_addresses_are_accepted(address: str) -> None:
    assert element("a", "x", href=address) == f'<a href="{address}">x</a>'


def test_only_the_html_module_makes_markup_and_only_the_style_sheet_is_trusted() -> None:
    made = {
        path.name: sorted(
            node.func.id
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("Html", "trusted")
        )
        for path in WEB.rglob("*.py")
    }
    assert {name: calls for name, calls in made.items() if calls} == {
        "html.py": ["Html", "Html", "Html", "Html", "Html"],
        "layout.py": ["trusted"],
        "open_code_sheet.py": ["trusted"],
    }
