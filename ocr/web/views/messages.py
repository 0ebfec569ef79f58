"""What the screen says about pages and runs, in English (see translation.py)."""

from __future__ import annotations

import time
from collections import Counter

from ocr.config.read_request import ReadRequest
from ocr.engines.vllm.server_state import ServerState as ServerState
from ocr.i18n import Wording, row, say, tally
from ocr.types import Finish
from ocr.web.state.page_state import ANSWERED, PageState, PageStatus
from ocr.web.state.search import Search
from ocr.web.state.session import Session
from ocr.web.state.session_tasks import Run
from ocr.web.state.time_left import seconds_left

STATES = {
    PageStatus.WAITING: say("waiting"),
    PageStatus.READING: say("reading"),
    PageStatus.DONE: say("done"),
    PageStatus.BLANK: say("blank"),
    PageStatus.TRUNCATED: say("cut off"),
    PageStatus.REPEATED: say("repeating"),
    PageStatus.CANCELLED: say("stopped"),
    PageStatus.FAILED: say("failed"),
}

UNKNOWN_MODEL = say(
    "The name of this model tells nothing about its family, so it is asked like LightOnOCR-2. Advanced can change that."
)
SOON = 0.5
"""Seconds of a run after which its pace says anything."""
ALL_THAT_FITS = say("all that fits")
"""How long an answer may be unless a limit is set."""

NOTES = {
    PageStatus.WAITING: say("Press Read to begin."),
    PageStatus.BLANK: say("The model found no text on this page. More pixels may help, or turning it."),
    PageStatus.TRUNCATED: say("The answer reached its token limit, so the end of this page is missing."),
    PageStatus.REPEATED: say(
        "The model began to repeat itself and was ended; what came before is kept. "
        "Most often a higher temperature helps."
    ),
    PageStatus.CANCELLED: say("Stopped before its end; what had arrived is kept."),
}

KEPT = say("Reading it again failed; the text from before is kept.")
FROM_CACHE = say("from the cache")
DOUBTED = say("An earlier answer repeated itself.")


def note(page: PageState, before: int | None = None, *, starting: bool = False, ready: bool = True) -> str:
    """What a page's state means for the visitor, and what its image lacks; empty when all is well.

    `before` is how many pages are to be read before this one; None where it does not wait in a run. `starting`: the
    server is on its way up. `ready`: Read can be pressed.
    """
    fonts = page.result.missing_fonts if page.result else ()
    lacking = say(
        "Letters may be missing: this page has text in fonts that are neither in the file nor on this machine "
        "({fonts}). Save the PDF with its fonts embedded, or install them here.",
        fonts=", ".join(fonts),
    )
    return row(" ", [_state_note(page, before, starting=starting, ready=ready), lacking if fonts else ""])


def _state_note(page: PageState, before: int | None, *, starting: bool, ready: bool) -> str:
    if page.error is not None:
        kept = page.status is not PageStatus.FAILED and page.result is not None
        return row(" ", [KEPT, page.error.wording]) if kept else page.error.wording
    if page.status is PageStatus.READING and page.attempt > 1:
        return row(" ", [page.reason, say("This is attempt {number}.", number=page.attempt)])
    if page.status is PageStatus.WAITING and before is not None and starting:
        return say("It will be read as soon as the model is ready.")
    if page.status is PageStatus.WAITING and before is not None:
        return tally("{count} page before it.", "{count:,} pages before it.", before) if before else say("It is next.")
    if page.status is PageStatus.WAITING and not ready:
        return say("It can be read when the server answers again.")
    if page.result and page.result.answered_by:
        return say("The server says that another model has answered: {model}.", model=page.result.answered_by)
    if (
        page.status is PageStatus.DONE
        and page.result
        and any(one.finish is Finish.REPETITION for one in page.result.tries)
    ):
        return DOUBTED
    return NOTES.get(page.status, "")


def retried(page: PageState) -> str:
    """The badge of a page asked for more than once, `asked 5 times, the last at 1155 px`; empty for any other."""
    if not (page.result and page.retried):
        return ""
    times = say("asked {times} times", times=page.result.attempts)
    sides = [one.longest_side for one in page.result.tries]
    smaller = sides and sides[-1] < sides[0]
    return row(", ", [times, say("the last at {side} px", side=sides[-1]) if smaller else ""])


def how(request: ReadRequest | None, rotation: int) -> list[Wording]:
    """What was asked otherwise than the model's family or the document has it: `temperature 0.5`, `turned 90°`."""
    if request is None:
        return []
    parts = [say("temperature {number:g}", number=request.temperature)] if request.temperature is not None else []
    parts += [say("{number} px", number=request.longest_side)] if request.longest_side else []
    return [*parts, *([say("turned {degrees}°", degrees=rotation)] if rotation else [])]


def figures(page: PageState) -> str:
    """What it took to read a page: `412 tokens · 2.1 s`."""
    if page.status is PageStatus.READING:
        return tokens(page.chunks) if page.chunks else ""
    if page.result is None or not page.result.tokens:
        return ""
    took = FROM_CACHE if page.cached else say("{seconds:.1f} s", seconds=page.result.seconds)
    return row(" · ", [tokens(page.result.tokens), took, *how(page.request, page.result.rotation)])


def progress(session: Session, run: Run) -> str:
    """How far reading is: `2 of 3 pages read · 1 failed · 12 s`; empty once all files of the run were removed.

    Pages of earlier runs count too, as they do in the strip; the seconds are those of this run.
    """
    if run.queued:
        return say("Waiting for the model… {time}", time=duration(run.seconds))
    if not session.pages_of(run):
        return ""
    pages = session.requested
    states = Counter(page.status for page in pages)
    read, failed, stopped = (
        sum(states[state] for state in ANSWERED),
        states[PageStatus.FAILED],
        states[PageStatus.CANCELLED],
    )
    parts = [tally("{read} of {count} page read", "{read} of {count:,} pages read", len(pages), read=read)]
    cached = sum(page.cached for page in pages)
    parts += [tally("{count} from the cache", "{count} from the cache", cached)] if cached else []
    blank = states[PageStatus.BLANK]
    parts += [tally("{count} blank", "{count} blank", blank)] if blank else []
    parts += [tally("{count} failed", "{count} failed", failed)] if failed else []
    parts += [tally("{count} stopped", "{count} stopped", stopped)] if stopped else []
    return row(" · ", [*parts, duration(run.seconds)])


def pace(session: Session, run: Run) -> str:
    """How fast a run is and when it will be over: `0.4 pages/s · 85 tokens/s · about 40 s left`."""
    if run.queued or run.seconds < SOON:
        return ""
    pages = session.pages_of(run)
    ended = sum(page.status not in (PageStatus.WAITING, PageStatus.READING) and not page.cached for page in pages)
    written = sum(page.tokens for page in pages)
    speed = ended / run.seconds
    pages_read = say("{pages:.1f} pages/s", pages=speed) if speed > 1 else say("{pages:.2f} pages/s", pages=speed)
    parts = [pages_read] if ended else []
    parts += [say("{tokens:.0f} tokens/s", tokens=written / run.seconds)] if written else []
    return row(" · ", [*parts, time_left(session, run)])


def time_left(session: Session, run: Run) -> str:
    """`about 3 min 20 s left`; empty while nothing tells, and once the run is over."""
    now = time.monotonic()
    running = [now - began for page, began in run.started_at.items() if session.reader(page) is run]
    estimate = seconds_left(run.durations_s, running, session.count(PageStatus.WAITING)) if run.busy else None
    if estimate is None:
        return ""
    left = run.countdown.left(now, estimate)
    return say("about {time} left", time=roughly(left)) if left >= 1 else say("nearly done")


def action(session: Session) -> str:
    """What pressing the button would do."""
    states = [page.status for page in session.pages.values()]
    if not any(state in {*ANSWERED, PageStatus.FAILED} for state in states):
        return say("Read")
    rest = any(state not in {*ANSWERED, PageStatus.FAILED} for state in states)
    return say("Read the rest") if rest else say("Read again")


def failed(session: Session) -> str:
    """The button that reads the failed pages once more; empty where there are none, or none but they."""
    count = sum(1 for page in session.pages.values() if page.status is PageStatus.FAILED)
    return tally("Read failed page ({count})", "Read failed pages ({count})", count) if count else ""


def duration(seconds: float) -> str:
    """`8 s`, `2 min 05 s`."""
    whole = int(seconds)
    if whole < 60:
        return say("{seconds} s", seconds=whole)
    return say("{minutes} min {seconds:02} s", minutes=whole // 60, seconds=whole % 60)


def roughly(seconds: float) -> str:
    """`15 s`, `2 min 10 s`, `12 min`, `1 h 05 min`: no more than an estimate is worth."""
    if seconds < 60:
        return duration(min(59, max(5, 5 * round(seconds / 5))))
    if seconds < 600:
        return duration(10 * round(seconds / 10))
    minutes = round(seconds / 60)
    if minutes < 60:
        return say("{minutes} min", minutes=minutes)
    return say("{hours} h {minutes:02} min", hours=minutes // 60, minutes=minutes % 60)


def found(search: Search) -> str:
    """`12 on 3 pages`; empty while nothing is looked for."""
    if not search.query:
        return ""
    if not search.hits:
        return say("Not found")
    return say("{hits:,} on {pages}", hits=sum(search.hits.values()), pages=pages(len(search.hits)))


def pages(number: int) -> Wording:
    """`1 page`, `3 pages`."""
    return tally("{count} page", "{count:,} pages", number)


def tokens(number: int) -> Wording:
    """`1 token`, `412 tokens`."""
    return tally("{count} token", "{count:,} tokens", number)
