"""Reads a page as a browser would, with the standard library's parser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}


@dataclass
class Tag:
    name: str
    attributes: dict[str, str | None]


@dataclass
class ReadPage:
    tags: list[Tag] = field(default_factory=list)
    text: str = ""
    title: str = ""
    style: str = ""

    def all(self, name: str) -> list[Tag]:
        return [tag for tag in self.tags if tag.name == name]

    def values(self, name: str, attribute: str) -> list[str]:
        found = (tag.attributes.get(attribute) for tag in self.all(name))
        return [value for value in found if value is not None]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = ReadPage()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.page.tags.append(Tag(tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        opened = self.open.pop()
        assert opened == tag, f"<{opened}> closed by </{tag}>"

    def handle_data(self, data: str) -> None:
        if "title" in self.open and "svg" not in self.open:
            self.page.title += data
        elif "style" in self.open:
            self.page.style += data
        else:
            self.page.text += data + " "


def read_page(html: str) -> ReadPage:
    """Fails when a tag is left open or closed in the wrong order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [], f"left open: {reader.open}"
    reader.page.text = " ".join(reader.page.text.split())
    return reader.page
