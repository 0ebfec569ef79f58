"""One page from its image to its end: retries, partial text, regions, figures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from ocr import errors
from ocr.config.profiles import ReadOptions, Retries
from ocr.events import (
    Delta,
    Event,
    FigureCut,
    Finished,
    PageDone,
    PageFailed,
    PageRetried,
    PageStarted,
    RegionFound,
    TextArrived,
)
from ocr.parsing.page_text import PageText
from ocr.pipeline.run import Stop, read_pages
from ocr.types import Box, Finish, PageId, PageImage
from tests.pipeline.repeating import FORMS, ROW_LOOPS, tokens
from tests.pipeline.runs import OPTIONS, SOURCE, Answer, ScriptedReader, Source, ends, numbered, run

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("error", [errors.StreamCut("cut"), errors.Overloaded("429"), errors.Unreachable("refused")])
async def test_page_task_retries_what_may_pass(error: errors.OcrError) -> None:
    """A fault that may pass is tried again, and the text so far is taken back."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("half a page that is longer than the whole" if attempt < 3 else "whole")
        if attempt < 3:
            raise error
        yield Finished(Finish.STOP, None)

    events = await run(ScriptedReader(answer))
    assert [event.attempt for event in events if isinstance(event, PageRetried)] == [2, 3]
    (done,) = ends(events).values()
    assert (done.result.raw, done.result.attempts, done.result.tokens) == ("whole", 3, 1)


@pytest.mark.parametrize("error", [errors.Refused("400"), errors.WrongKey("401"), errors.UnknownModel("404")])
async def test_page_task_never_retries_what_stays(error: errors.OcrError) -> None:
    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        raise error
        yield Delta("")

    reader = ScriptedReader(answer)
    (failed,) = ends(await run(reader)).values()
    assert isinstance(failed, PageFailed)
    assert (failed.error, reader.attempts) == (error, {1: 1})


async def test_page_task_keeps_partial_text() -> None:
    """When all tries fail, the longest text that had arrived is kept and marked."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("![text](1,2,3,4) " + "ab" * (5 - attempt) + "![ta")
        raise errors.StreamCut("cut", "Read again.")

    (failed,) = ends(await run(ScriptedReader(answer))).values()
    assert isinstance(failed, PageFailed)
    result = failed.result
    assert (result.markdown, result.attempts, result.finish) == ("abababab![ta", 5, Finish.FAILED)
    assert result.regions[0].text == "abababab![ta"


async def test_page_task_heeds_retry_after() -> None:
    """The server's own request comes before our back-off, up to a limit."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        raise errors.Overloaded("429", retry_after=1e9)
        yield Delta("")

    patient = replace(OPTIONS, retries=Retries(attempts=2, first_wait=1e9, longest_wait=0.05))
    events = read_pages(numbered(1), SOURCE, ScriptedReader(answer), patient, concurrency=1)
    async with asyncio.timeout(60):
        assert [type(event) async for event in events] == [PageStarted, PageRetried, PageFailed]


async def test_page_task_regions() -> None:
    """A region is announced when its marker is complete, before its text."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        for char in "![title](1,2,3,4) Boxes":
            yield Delta(char)
        yield Finished(Finish.LENGTH, None)

    events = await run(ScriptedReader(answer))
    kinds = [type(event) for event in events if not isinstance(event, TextArrived) or event.markdown]
    assert kinds[:3] == [PageStarted, RegionFound, TextArrived]
    (done,) = ends(events).values()
    assert (done.result.finish, done.result.regions[0].text) == (Finish.LENGTH, "Boxes")


async def test_page_task_figures() -> None:
    """Pictures are cut out while the text goes on, and are there before the page ends; one that is lost is named."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("![figure](1,600,3,700) A plot\n![image](5,100,9,300)\n![text](1,800,3,900) Words")
        yield Finished(Finish.STOP, None)

    events = await run(ScriptedReader(answer))
    (cut,) = [event for event in events if isinstance(event, FigureCut)]
    assert (cut.name, cut.image.data, cut.image.width) == ("figures/page-1-1.png", b"cut", 1)
    assert isinstance(events[-1], PageDone)
    assert events[-1].result.markdown == "![A plot](figures/page-1-1.png)\n\nA plot\n\n[image]\n\nWords"


LOOP = "again and again "


class Warm(ScriptedReader):
    """Notes the temperature of each asking."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.temperatures: list[float] = []
        self.answers_of: dict[int, Answer] = {}
        """Width → how images of that width are answered, where otherwise than the rest."""

    def read(self, image: PageImage, options: ReadOptions) -> AsyncIterator[Delta | Finished]:
        self.temperatures.append(options.temperature)
        other = self.answers_of.get(image.width)
        return other(image.width, 1) if other else super().read(image, options)


def answers(*texts: tuple[str, Finish]) -> Answer:
    """The n-th asking brings the n-th text, word by word; those after the last bring the last."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        text, finish = texts[min(attempt, len(texts)) - 1]
        for word in text.split(" "):
            yield Delta(word + " ")
        yield Finished(finish, None)

    return answer


@pytest.mark.parametrize(
    ("text", "finish", "reason"),
    [
        (LOOP * 500, Finish.STOP, "The model repeated itself"),
        ("half a page", Finish.REPETITION, "The model repeated itself"),
        ("half a page", Finish.LENGTH, "The answer was cut off at the token limit"),
        (" ", Finish.STOP, "The answer was empty, but the page is not blank"),
    ],
    ids=["loop", "loop seen by the server", "length", "empty"],
)
async def test_page_task_asks_again_warmer(text: str, finish: Finish, reason: str) -> None:
    """An answer that is no good is asked for again at the next temperature above the model's own, and says why."""
    reader = Warm(answers((text, finish), (text, finish), ("A page.", Finish.STOP)))
    events = await run(reader)
    (done,) = ends(events).values()
    assert (done.result.raw, done.result.finish, done.result.attempts) == ("A page. ", Finish.STOP, 3)
    assert reader.temperatures == [0.2, 0.3, 0.5]
    assert [(event.attempt, event.reason) for event in events if isinstance(event, PageRetried)] == [
        (2, f"{reason}: trying again at temperature 0.3."),
        (3, f"{reason}: trying again at temperature 0.5."),
    ]


async def large(number: int, reader: ScriptedReader) -> list[Event]:
    """Read one page of so many pixels a side; its number, here."""

    async def one() -> AsyncIterator[PageId]:
        yield PageId(0, number)

    return [event async for event in read_pages(one(), SOURCE, reader, OPTIONS, concurrency=1)]


async def test_page_task_asks_last_for_a_smaller_image() -> None:
    """When every temperature has failed, at the model's own and three quarters the size; the result tells it all."""
    reader = Warm(answers(("first and first", Finish.REPETITION), ("half", Finish.LENGTH)))
    reader.answers_of[1148] = answers(("![image](1,600,3,700) Whole.", Finish.STOP))
    events = await large(1540, reader)
    (done,) = ends(events).values()
    result = done.result
    assert reader.temperatures == [0.2, 0.3, 0.5, 0.8, 0.2]
    assert [event.reason for event in events if isinstance(event, PageRetried)][-1] == (
        "The answer was cut off at the token limit: trying again at 1148 px."
    )
    assert (result.finish, result.attempts, result.chosen_try, result.width) == (Finish.STOP, 5, 5, 1148)
    assert [(one.temperature, one.longest_side, one.finish) for one in result.tries] == [
        (0.2, 1540, "repetition"), (0.3, 1540, "length"), (0.5, 1540, "length"), (0.8, 1540, "length"),
        (0.2, 1148, "stop"),
    ]  # fmt: skip
    assert result.regions[0].box == Box(1, 600, 3, 700)


async def test_page_task_smaller_image_that_is_worse_is_not_kept() -> None:
    """Nor is the page lost when there is none to be had."""
    for number, attempts in ((1540, 5), (1600, 4)):
        reader = Warm(answers(("The longest of all these answers", Finish.LENGTH)))
        reader.answers_of[1148] = answers(("half", Finish.LENGTH))
        (done,) = ends(await large(number, reader)).values()
        result = done.result
        assert isinstance(done, PageDone)
        assert (result.raw.strip(), result.chosen_try, result.attempts) == (
            "The longest of all these answers",
            1,
            attempts,
        )
        assert result.width == number


async def test_page_task_tells_what_broke_off() -> None:
    """A fault that passed is in the result too; which attempt brought the text is said."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        if attempt == 1:
            raise errors.StreamCut("It was cut.", "Read the page again.")
        yield Delta("whole")
        yield Finished(Finish.STOP, 3)

    events = await run(ScriptedReader(answer))
    (done,) = ends(events).values()
    first, second = done.result.tries
    assert (first.finish, first.error, second.finish, second.tokens) == (
        "failed", "It was cut. Read the page again.", "stop", 3,
    )  # fmt: skip
    assert done.result.chosen_try == 2
    (retried,) = [event for event in events if isinstance(event, PageRetried)]
    assert retried.reason == "It was cut. Trying again."


async def test_page_task_loop_is_ended() -> None:
    """The stream is closed as soon as a loop is seen, and no warmer answer than the last retry step's is asked for."""
    written = 0

    async def endless(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        nonlocal written
        yield Delta(f"Asking {attempt}. ")
        while True:
            written += 1
            yield Delta(LOOP)

    reader = Warm(endless)
    (done,) = ends(await run(reader)).values()
    assert (done.result.finish, done.result.attempts) == (Finish.REPETITION, 4)
    assert reader.temperatures == [0.2, 0.3, 0.5, 0.8]
    assert written <= 4 * 800 / len(LOOP)
    assert len(reader.closed) == 4


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize(
    ("temperatures", "attempts"), [((0.2, 0.3), 2), ((), 1)], ids=["retry steps", "no retry steps"]
)
async def test_page_task_form_is_kept_whole(name: str, temperatures: tuple[float, ...], attempts: int) -> None:
    """Equal rows are taken for a loop once, then believed; at once where there is no second reading."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        for token in tokens(FORMS[name]):
            yield Delta(token)
        yield Finished(Finish.STOP, None)

    options = replace(OPTIONS, temperatures=temperatures)
    events = [event async for event in read_pages(numbered(1), SOURCE, Warm(answer), options, concurrency=1)]
    (done,) = ends(events).values()
    assert (done.result.raw, done.result.finish, done.result.attempts) == (FORMS[name], Finish.STOP, attempts)
    assert [one.finish for one in done.result.tries] == ["repetition", "stop"][-attempts:]


async def test_page_task_loop_of_rows_costs_one_form() -> None:
    """It is ended soon at first, then after as many rows as a form may hold; the best of the answers is kept."""
    lengths: list[int] = []

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        lengths.append(0)
        while True:
            lengths[-1] += 1
            yield Delta(ROW_LOOPS["empty rows"])

    (done,) = ends(await run(Warm(answer))).values()
    assert done.result.finish is Finish.REPETITION
    assert lengths[0] <= 12
    assert set(lengths[1:]) == {33}


@pytest.mark.parametrize(
    "options", [{"temperatures": ()}, {"most_tokens": 60}], ids=["no retry steps", "the user's limit"]
)
async def test_page_task_is_not_asked_again(options: dict[str, object]) -> None:
    """An engine that always answers alike is asked once; a limit that the user has set is no fault."""
    reader = Warm(answers(("half", Finish.LENGTH)))
    changed = replace(OPTIONS, **options)  # type: ignore[arg-type]
    events = [event async for event in read_pages(numbered(1), SOURCE, reader, changed, concurrency=1)]
    (done,) = ends(events).values()
    assert (done.result.finish, done.result.attempts) == (Finish.LENGTH, 1)


async def test_page_task_keeps_the_best_attempt() -> None:
    """Of answers that are all no good, the one that says most without saying it twice."""
    good = "Every park has two kinds of paths, those that were planned and those that are walked."
    texts = (("One line.", Finish.LENGTH), (good, Finish.LENGTH), ("a " * 300, Finish.LENGTH), ("", Finish.STOP))
    (done,) = ends(await run(Warm(answers(*texts)))).values()
    assert (done.result.raw.strip(), done.result.finish, done.result.attempts) == (good, Finish.LENGTH, 4)


async def test_page_task_keeps_an_answer_when_the_next_fails() -> None:
    """A text that came to an end is not lost because the server went away afterwards."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        if attempt > 1:
            raise errors.Unreachable("gone")
        yield Delta("Most of the page.")
        yield Finished(Finish.LENGTH, None)

    (done,) = ends(await run(ScriptedReader(answer))).values()
    assert isinstance(done, PageDone)
    assert (done.result.raw, done.result.finish, done.result.attempts) == ("Most of the page.", Finish.LENGTH, 6)


async def test_page_task_text_that_broke_off_is_not_lost_to_nothing() -> None:
    """Half a page, then empty answers only: the page fails for what broke it off, and keeps its half."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        if attempt == 1:
            yield Delta("Half a page")
            raise errors.StreamCut("cut")
        yield Finished(Finish.STOP, None)

    (failed,) = ends(await run(ScriptedReader(answer))).values()
    assert isinstance(failed, PageFailed)
    assert (failed.result.raw, failed.result.attempts) == ("Half a page", 5)


async def test_page_task_figures_of_the_kept_attempt() -> None:
    """A later attempt's figure had the same name: the one that the kept text refers to comes last."""
    first = ("![figure](1,600,3,700) Much more is said here about paths", Finish.LENGTH)
    events = await run(Warm(answers(first, ("![figure](5,600,9,700) ", Finish.LENGTH))))
    cuts = [event.image.width for event in events if isinstance(event, FigureCut)]
    assert cuts[-1] == 1
    assert 5 in cuts


async def test_page_task_stopped_in_a_later_attempt() -> None:
    """Stop during the second attempt: the first one's text is kept, and its figure comes back under it."""
    stop, cut = Stop(), asyncio.Event()

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        if attempt == 1:
            yield Delta("![figure](1,600,3,700) Much more is said here about paths")
            yield Finished(Finish.LENGTH, None)
        yield Delta("![figure](5,600,9,700) ")
        await cut.wait()
        stop.set()
        await asyncio.Event().wait()

    events: list[Event] = []
    async for event in read_pages(numbered(1), Source(), ScriptedReader(answer), OPTIONS, concurrency=1, stop=stop):
        events.append(event)
        if isinstance(event, FigureCut) and event.image.width == 5:
            cut.set()
    (done,) = ends(events).values()
    assert (done.result.finish, done.result.chosen_try) == (Finish.CANCELLED, 1)
    assert [event.image.width for event in events if isinstance(event, FigureCut)] == [1, 5, 1]


@pytest.mark.parametrize(("deaths", "read"), [(1, True), (2, False)])
async def test_page_task_renders_once_more(deaths: int, read: bool) -> None:
    """A render process that was killed costs another try, not the page; two of them cost the page."""
    left = deaths

    class Dying(Source):
        async def image(self, page: PageId) -> PageImage:
            nonlocal left
            left -= 1
            if left >= 0:
                raise errors.RendererDied("killed")
            return await super().image(page)

    events = read_pages(numbered(1), Dying(), ScriptedReader(), OPTIONS, concurrency=1)
    (end,) = ends([event async for event in events]).values()
    assert isinstance(end, PageDone) is read
    assert end.result.attempts == int(read)


async def test_page_task_blank_page() -> None:
    """A blank page is not asked for; it is read, and there is nothing on it."""

    class Blank(Source):
        async def image(self, page: PageId) -> PageImage:
            return PageImage(10, 10, b"", "image/png", blank=True)

        async def figure(self, page: PageId, box: Box, media_type: str, first: PageImage) -> PageImage:
            raise AssertionError

    reader = ScriptedReader()
    events = [event async for event in read_pages(numbered(1), Blank(), reader, OPTIONS, concurrency=1)]
    started, done = events
    assert isinstance(started, PageStarted)
    assert isinstance(done, PageDone)
    result = done.result
    assert (result.raw, result.markdown, result.finish, result.attempts, result.seconds) == ("", "", "stop", 0, 0.0)
    assert reader.attempts == {}


@pytest.mark.parametrize("when", ["feed", "flush", "blocks"])
async def test_page_task_keeps_text_that_it_fails_to_fold(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of our own grammar costs its page no text: it fails, and holds what arrived as it came."""

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta(f"page {page} ")
        yield Delta("whole")
        yield Finished(Finish.STOP, 2)

    def broken(text: PageText, *args: str) -> object:
        if text.raw.startswith("page 2"):
            raise ZeroDivisionError
        return sound.fget(text) if isinstance(sound, property) else sound(text, *args)

    sound = getattr(PageText, when)
    monkeypatch.setattr(PageText, when, property(broken) if when == "blocks" else broken)
    one, two = ends(await run(ScriptedReader(answer), 2)).values()
    assert (one.result.finish, one.result.markdown) == (Finish.STOP, "page 1 whole")
    assert isinstance(two, PageFailed)
    assert isinstance(two.error, errors.ProgramFault)
    assert two.result.markdown.rstrip() == two.result.raw.rstrip() == ("page 2" if when == "feed" else "page 2 whole")


async def test_page_task_names_a_figure_that_a_fault_of_ours_lost() -> None:
    class Broken(Source):
        async def figure(self, page: PageId, box: Box, media_type: str, first: PageImage) -> PageImage:
            raise ZeroDivisionError

    async def answer(page: int, attempt: int) -> AsyncIterator[Delta | Finished]:
        yield Delta("![image](1,600,3,700)\n![text](1,800,3,900) Words")
        yield Finished(Finish.STOP, 2)

    events = [
        event async for event in read_pages(numbered(1), Broken(), ScriptedReader(answer), OPTIONS, concurrency=1)
    ]
    assert isinstance(events[-1], PageDone)
    assert events[-1].result.markdown == "[image]\n\nWords"
