"""Which words of a text are which words of a page, in whatever order the two have them.

First runs of words that occur once on both sides are linked, long ones before short ones; then what lies between two
links, where a word may have been split, joined or read otherwise; at last words that are alike wherever they stand, if
most of their surroundings find a partner too. No step compares each word with each.
"""

from collections.abc import Iterator, Sequence

from ocr.grounding.stretch import MIN_RUN, align_stretch

RUN_LENGTHS = (8, 4, MIN_RUN)
"""Words of a run that is looked for by itself."""

MIN_COVERAGE = 0.6
"""Share of an unlinked run's words that must be found elsewhere for these links to be believed."""

MIN_SURE_RUN = 6
"""Words of a run that is believed wherever it stands."""

NEIGHBOURHOOD = 40
"""Words before and after, among which a shorter run stands on the page as in the text."""

MAX_CANDIDATES = 24
"""Places of one word that are looked at where it stands on the page many times."""


class Alignment:
    """The links between the words of a text and those of a page, by their indices."""

    def __init__(
        self,
        text: Sequence[str],
        page: Sequence[str],
        text_regions: Sequence[int | None] = (),
        page_regions: Sequence[int | None] = (),
    ) -> None:
        """Align them; the words are folded (`folding.py`), and none is empty.

        The regions are those in which the model says that a word of the text stands, and in which a word of the page
        does; None where there is none.
        """
        self._text, self._page = text, page
        self._text_regions, self._page_regions = text_regions, page_regions
        self.to_page: list[tuple[int, ...]] = [()] * len(text)
        """Of each word of the text the words of the page: several where the page divides it."""
        self.to_text: list[tuple[int, ...]] = [()] * len(page)
        """The other way round."""
        self.similarity: list[float] = [0.0] * len(text)
        """Of each word of the text with the page's: 1 where they are the same."""
        for length in RUN_LENGTHS:
            self._link_unique_runs(length)
        self._align_regions()
        self._align_gaps()
        self._link_scattered()
        self._align_gaps(last=True)

    def _link(self, text: Sequence[int], page: Sequence[int], similarity: float = 1.0) -> None:
        for index in text:
            self.to_page[index], self.similarity[index] = tuple(page), similarity
        for index in page:
            self.to_text[index] = tuple(text)

    def _unlink(self, index: int) -> None:
        for at in self.to_page[index]:
            self.to_text[at] = ()
        self.to_page[index], self.similarity[index] = (), 0.0

    def _link_unique_runs(self, length: int) -> None:
        """Link the runs of so many words that occur once on each side, and what follows and precedes them alike."""
        ours = _unique_runs(self._text, self.to_page, length)
        theirs = _unique_runs(self._page, self.to_text, length)
        for run, start in ours.items():
            at = theirs.get(run, -1)
            if start >= 0 and at >= 0 and not self.to_page[start] and not self.to_text[at]:
                self._extend(start, at, 1)
                self._extend(start - 1, at - 1, -1)

    def _extend(self, start: int, at: int, step: int) -> None:
        text, page, to_page, to_text = self._text, self._page, self.to_page, self.to_text
        while (
            0 <= start < len(text)
            and 0 <= at < len(page)
            and text[start] == page[at]
            and not to_page[start]
            and not to_text[at]
        ):
            to_page[start], to_text[at], self.similarity[start] = (at,), (start,), 1.0
            start, at = start + step, at + step

    def _align_regions(self) -> None:
        """Align what is left of the text of each region with what is left of the page in its box."""
        texts: dict[int, list[int]] = {}
        for index, region in enumerate(self._text_regions):
            if region is not None and not self.to_page[index]:
                texts.setdefault(region, []).append(index)
        pages: dict[int, list[int]] = {}
        for at, region in enumerate(self._page_regions):
            if region in texts and not self.to_text[at]:
                pages.setdefault(region, []).append(at)
        for region, page in pages.items():
            self._align_stretch(texts[region], page, closed=False)

    def _near(self, index: int, at: int) -> bool:
        """Whether a word of the page stands in the region of the text's word."""
        return bool(self._text_regions) and self._text_regions[index] == self._page_regions[at] is not None

    def _align_gaps(self, *, last: bool = False) -> None:
        """Align what is between two links of the text with what follows the first and precedes the second.

        The `last` time words that have nothing in common are linked too, where both stand between the same words:
        before that they may find their like elsewhere.
        """
        for begin, end in list(_gaps(self.to_page)):
            before = self.to_page[begin - 1][-1] if begin else -1
            after = self.to_page[end][0] if end < len(self._text) else len(self._page)
            following = list(self._free(before + 1, 1))
            closed = before + 1 + len(following) == after
            candidates = following if closed else [*following, *reversed(list(self._free(after - 1, -1)))]
            if candidates:
                self._align_stretch(list(range(begin, end)), candidates, closed=closed and last)

    def _free(self, at: int, step: int) -> Iterator[int]:
        while 0 <= at < len(self._page) and not self.to_text[at]:
            yield at
            at += step

    def _align_stretch(self, text: list[int], page: list[int], *, closed: bool) -> None:
        """Link what two unlinked stretches have in common; `closed` says that both stand between the same words."""
        ours, theirs = [self._text[index] for index in text], [self._page[index] for index in page]
        for group in align_stretch(ours, theirs, closed=closed):
            self._link([text[at] for at in group.text], [page[at] for at in group.page], group.similarity)

    def _link_scattered(self) -> None:
        """Link words that stand elsewhere on the page, as cells of a table do, where most of a run is found so."""
        places: dict[str, list[int]] = {}
        for at, key in enumerate(self._page):
            if not self.to_text[at]:
                places.setdefault(key, []).append(at)
        tried = list(self._stray_runs())
        latest = -1
        for begin, end in list(_gaps(self.to_page)):
            latest = self.to_page[begin - 1][-1] if begin else latest
            for index in range(begin, end):
                candidates = places.get(self._text[index])
                if not candidates:
                    continue
                at = min(
                    candidates[:MAX_CANDIDATES],
                    key=lambda at: (not self._near(index, at), abs(at - latest - 1), at),
                )
                candidates.remove(at)
                self._link([index], [at])
                tried.append((index, at))
                latest = at
        for index in self._unbelievable(tried):
            self._unlink(index)

    def _stray_runs(self) -> Iterator[tuple[int, int]]:
        """The links of short runs that stand away from what stands around them in the text."""
        at = 0
        while at < len(self.to_page):
            begin = at
            while at < len(self.to_page) and self._follows(begin, at):
                at += 1
            if at == begin:
                at += 1
            elif at - begin < MIN_SURE_RUN and not self._in_place(begin, at):
                yield from ((index, self.to_page[index][0]) for index in range(begin, at))

    def _follows(self, begin: int, at: int) -> bool:
        link = self.to_page[at]
        alone = len(link) == 1 and len(self.to_text[link[0]]) == 1  # of words that share a partner, none is undone
        return alone and (at == begin or link[0] == self.to_page[at - 1][-1] + 1)

    def _in_place(self, begin: int, end: int) -> bool:
        """Whether a run of linked words stands on the page soon after or before its neighbours in the text."""
        first, last = self.to_page[begin][0], self.to_page[end - 1][0]
        before = next(
            (self.to_page[at][-1] for at in range(begin - 1, max(-1, begin - NEIGHBOURHOOD), -1) if self.to_page[at]),
            None,
        )
        after = next(
            (self.to_page[at][0] for at in range(end, min(len(self.to_page), end + NEIGHBOURHOOD)) if self.to_page[at]),
            None,
        )
        return (before is not None and 0 < first - before <= NEIGHBOURHOOD) or (
            after is not None and 0 < after - last <= NEIGHBOURHOOD
        )

    def _unbelievable(self, tried: list[tuple[int, int]]) -> list[int]:
        """Of links made one by one those around which neither the text nor the page is accounted for."""
        texts, pages = {index for index, _ in tried}, {at for _, at in tried}
        ours = _coverage(self.to_page, texts)
        theirs = _coverage(self.to_text, pages)
        return [index for index, at in tried if max(ours[index], theirs[at]) < MIN_COVERAGE]


def _unique_runs(words: Sequence[str], linked: Sequence[tuple[int, ...]], length: int) -> dict[tuple[str, ...], int]:
    """Run → where it begins, -1 if it occurs twice; of words that are not linked."""
    runs: dict[tuple[str, ...], int] = {}
    for begin, end in _gaps(linked):
        for at in range(begin, end - length + 1):
            run = tuple(words[at : at + length])
            runs[run] = -1 if run in runs else at
    return runs


def _gaps(linked: Sequence[tuple[int, ...]]) -> Iterator[tuple[int, int]]:
    """Where runs of unlinked words begin and end."""
    begin = -1
    for at, link in enumerate(linked):
        if link and begin >= 0:
            yield begin, at
            begin = -1
        elif not link and begin < 0:
            begin = at
    if begin >= 0:
        yield begin, len(linked)


def _coverage(linked: Sequence[tuple[int, ...]], tried: set[int]) -> dict[int, float]:
    """Word that was linked on trial → share of linked words in the run of its like and of unlinked ones around it."""
    coverage: dict[int, float] = {}
    run: list[int] = []
    for at in range(len(linked) + 1):
        if at < len(linked) and (at in tried or not linked[at]):
            run.append(at)
        elif run:
            of_run = sum(index in tried for index in run) / len(run)
            coverage |= dict.fromkeys((index for index in run if index in tried), of_run)
            run = []
    return coverage
