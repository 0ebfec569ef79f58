"""Which pages of a long document its continuous text shows: some around the page that is looked at."""

from dataclasses import dataclass

from ocr.types import PageId

STEP_PAGES = 10
"""Pages by which the text grows where one of its ends is reached."""
MAX_PAGES = 40
"""Pages that it shows at most; those at the other end go."""
FIRST_PAGES = 3
"""Pages with which it begins: the page that is jumped to, which has to come at once, and those beside it."""
PAGES_BEFORE = 1
"""Of these, before the page that is jumped to."""


@dataclass(frozen=True, slots=True)
class TextWindow:
    """Pages of one document, by their places in it from 0."""

    document: int
    first: int
    count: int

    def has(self, at: int) -> bool:
        """Whether the page at this place is shown."""
        return self.first <= at < self.first + self.count

    def shows(self, page: PageId) -> bool:
        """Whether this page is shown."""
        return page.document == self.document and self.has(page.number - 1)

    def after(self) -> "TextWindow":
        """With the pages behind it."""
        end = self.first + self.count + STEP_PAGES
        first = max(self.first, end - MAX_PAGES)
        return TextWindow(self.document, first, end - first)

    def before(self) -> "TextWindow":
        """With the pages before it."""
        first = max(0, self.first - STEP_PAGES)
        return TextWindow(self.document, first, min(MAX_PAGES, self.first + self.count - first))


def around(document: int, at: int) -> TextWindow:
    """The pages around the one at this place."""
    return TextWindow(document, max(0, at - PAGES_BEFORE), FIRST_PAGES)
