"""Markup by construction: text becomes markup only by being escaped here."""

from html import escape

Child = str | None
Attribute = str | int | bool | None

_VOID = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})
_ADDRESS_ATTRIBUTES = frozenset({"action", "href", "src"})
_ADDRESS_STARTS = ("https://", "http://", "tel:", "data:image/svg+xml,", "?", "#")


class Html(str):
    """Markup that is safe to send. Only this file makes it; added to text it is text again."""

    __slots__ = ()


def element(tag: str, /, *children: Child, **attributes: Attribute) -> Html:
    """`class_` is `class`, `aria_label` is `aria-label`; True is a bare attribute, None is none."""
    opening = tag + "".join(_attribute(key, value) for key, value in attributes.items())
    if tag in _VOID:
        return Html(f"<{opening}>")
    return Html(f"<{opening}>{join(*children)}</{tag}>")


def hidden_field(name: str, value: str) -> Html:
    return element("input", type="hidden", name=name, value=value)


def join(*children: Child) -> Html:
    return Html("".join(_markup(child) for child in children if child is not None))


def fill(template: str, **children: str) -> Html:
    """A sentence of ours with text or markup in its `{places}`."""
    return Html(escape(template).format(**{key: _markup(child) for key, child in children.items()}))


def trusted(markup: str) -> Html:
    """For markup that comes from a file of ours, never from a record."""
    return Html(markup)


def _markup(child: str) -> str:
    return child if isinstance(child, Html) else escape(child, quote=True)


def _attribute(key: str, value: Attribute) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    if name in _ADDRESS_ATTRIBUTES:
        _refuse_strange_address(str(value))
    return f' {name}="{escape(str(value), quote=True)}"'


def _refuse_strange_address(address: str) -> None:
    is_on_this_site = address.startswith("/") and not address.startswith(("//", "/\\"))
    if not is_on_this_site and not address.startswith(_ADDRESS_STARTS):
        raise ValueError(f"not an address that a page may link to: {address!r}")
