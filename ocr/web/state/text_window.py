"""Which pages of a long document its continuous text shows: some around the page that is looked at."""

from dataclasses import dataclass

STEP_PAGES = 10
"""Pages by which the text grows where one of its ends is reached."""
MAX_PAGES = 40
"""Pages that it shows at most; those at the other end go."""
PAGES_BEFORE = 2
"""Pages before the one that is jumped to."""


@dataclass(frozen=True, slots=True)
class TextWindow:
    """Pages of one document, by their places in it from 0."""

    document: int
    first: int
    count: int

    def has(self, at: int) -> bool:
        """Whether the page at this place is shown."""
        return self.first <= at < self.first + self.count

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
    """The pages around the one at this place, from the document's first if that is near."""
    first = at - PAGES_BEFORE if at >= STEP_PAGES else 0
    return TextWindow(document, first, STEP_PAGES)
