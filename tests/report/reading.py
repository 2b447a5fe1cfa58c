"""Reading a report as a browser would: its elements with their attributes, and the text that is seen."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

UNSEEN = ("script", "style")


@dataclass
class Page(HTMLParser):
    """An HTML file taken apart.

    Attributes:
        elements: every element's name and attributes, in order.
        texts: the pieces of text that are seen.
        scripts: the type and content of every script.
    """

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    scripts: list[tuple[str, str]] = field(default_factory=list)
    within: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in UNSEEN:
            self.within.append(tag)
            if tag == "script":
                self.scripts.append((dict(attrs).get("type") or "", ""))

    def handle_endtag(self, tag: str) -> None:
        if self.within and self.within[-1] == tag:
            self.within.pop()

    def handle_data(self, data: str) -> None:
        if not self.within:
            self.texts.append(data)
        elif self.within[-1] == "script":
            kind, before = self.scripts[-1]
            self.scripts[-1] = kind, before + data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        """Returns the attributes of every element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        """The text that is seen, spaces of every width as one plain space."""
        return " ".join("".join(self.texts).replace("\u2060", "").split())


def read(text: str) -> Page:
    """Returns an HTML file taken apart."""
    page = Page()
    page.feed(text)
    page.close()
    return page
