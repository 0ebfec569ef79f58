"""One request for a page: the text received, how it ended, and whether a retry may do better."""

import zlib

from ocr.config.profiles import ReadOptions
from ocr.errors import OcrError
from ocr.events import Delta, FigureCut, Finished
from ocr.i18n import Translatable, gettext
from ocr.page_words import PageWord
from ocr.parsing.page_text import PageText
from ocr.pipeline.repetition import Repetition
from ocr.types import Finish, PageImage, Region, Try

EMPTY_ANSWER, INTERRUPTED_ANSWER, TRUNCATED_ANSWER, COMPLETE_ANSWER = range(4)
"""Grades of an attempt, the worst first."""


class Attempt:
    """What one request for a page has brought so far."""

    def __init__(
        self,
        text: PageText,
        image: PageImage | None = None,
        temperature: float = 0.0,
        number: int = 0,
        *,
        allow_equal_rows: bool = False,
    ) -> None:
        """Nothing has arrived; the page is asked for the `number`-th time with this image, at this temperature.

        `allow_equal_rows` is passed to `Repetition`.
        """
        self.text, self.image, self.temperature, self.number = text, image, temperature, number
        self.finish: Finish | None = None
        """How the answer ended; None while it comes, and for one that broke off."""
        self.error: OcrError | None = None
        """What broke the answer off."""
        self.tokens = 0
        """As the server counted them, else the chunks that arrived."""
        self.cached = False
        self.answered_by: str | None = None
        self.server: str | None = None
        self.page_words: tuple[PageWord, ...] = ()
        """As in `Finished`, like the three before."""
        self.cuts: dict[str, FigureCut] = {}
        """The figures cut out of the page for this answer, by name."""
        self._loop = Repetition(allow_equal_rows=allow_equal_rows)

    def feed(self, delta: Delta) -> list[str | Region]:
        """Take more text, as `PageText.feed`; `finish` is set when it has become a loop, and no more is wanted."""
        self.tokens += delta.chunks
        if self._loop.feed(delta.text):
            self.finish = Finish.REPETITION
        return self.text.feed(delta.text)

    def end(self, finished: Finished) -> None:
        """The server has ended the answer."""
        self.finish, self.cached, self.answered_by = finished.finish, finished.cached, finished.answered_by
        self.server, self.page_words = finished.server, finished.page_words
        if finished.tokens is not None:
            self.tokens = finished.tokens

    def retry_reason(self, options: ReadOptions) -> Translatable | None:
        """Why a retry may do better; None for a good answer, or one cut at the limit that the user set."""
        if self.finish is Finish.REPETITION:
            return gettext("The model repeated itself")
        if self.finish is Finish.LENGTH and options.most_tokens is None:
            return gettext("The answer was cut off at the token limit")
        if self.finish is Finish.STOP and not self.text.raw.strip():
            return gettext("The answer was empty, but the page is not blank")
        return None

    def to_record(self) -> Try:
        """The attempt as it is listed in the result."""
        size = max(self.image.width, self.image.height) if self.image else 0
        finish = self.finish or (Finish.FAILED if self.error else Finish.CANCELLED)
        return Try(self.temperature, size, finish, self.tokens, str(self.error) if self.error else None)

    @property
    def usable(self) -> bool:
        """Whether the answer came to an end, whatever end, and holds text."""
        return self.finish is not None and bool(self.text.raw.strip())

    @property
    def quality(self) -> tuple[int, int, int]:
        """Orders attempts: a whole text before a cut one, a cut one before one that broke off, nothing last.

        Of two alike it is the longer one; of two that were cut, the one that says more without saying it twice, which
        is the one that compresses to more bytes.
        """
        raw = self.text.raw
        if not raw.strip():
            return EMPTY_ANSWER, int(self.finish is not None), 0  # an answer that is empty, before none at all
        grades = {None: INTERRUPTED_ANSWER, Finish.STOP: COMPLETE_ANSWER}
        grade = grades.get(self.finish, TRUNCATED_ANSWER)
        return grade, len(zlib.compress(raw.encode(), 1)) if grade == TRUNCATED_ANSWER else 0, len(raw)
