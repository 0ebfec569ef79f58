"""Messages about pages and runs, in English (see translation.py)."""

from ocr.config.profiles import Model, read_options
from ocr.i18n import Translatable, gettext, join, ngettext
from ocr.types import Finish, PageResult
from ocr.web.state.page_state import ANSWERED, UNFINISHED, PageState, PageStatus
from ocr.web.state.search import Search
from ocr.web.state.session import Session
from ocr.web.state.session_tasks import Run
from ocr.web.state.time_left import seconds_left

STATES = {
    PageStatus.WAITING: gettext("waiting"),
    PageStatus.READING: gettext("reading"),
    PageStatus.DONE: gettext("done"),
    PageStatus.BLANK: gettext("blank"),
    PageStatus.TRUNCATED: gettext("cut off"),
    PageStatus.REPEATED: gettext("repeating"),
    PageStatus.CANCELLED: gettext("stopped"),
    PageStatus.FAILED: gettext("failed"),
    PageStatus.UNREAD: gettext("not read"),
}

UNKNOWN_MODEL = gettext(
    "The family of this model cannot be told from its name, so the settings of LightOnOCR-2 are used. They can "
    "be changed under Advanced."
)
ASKED = {*ANSWERED, PageStatus.FAILED}
"""Statuses of a page that the button for the other pages leaves out."""
MIN_PACE_S = 0.5
"""Seconds of a run after which its pace says anything."""

STATUS_TEXTS = {
    PageStatus.WAITING: gettext("Press Read to start."),
    PageStatus.BLANK: gettext("The model found no text on this page. A larger image or a rotation may help."),
    PageStatus.TRUNCATED: gettext("The answer reached its token limit, so the end of this page is missing."),
    PageStatus.REPEATED: gettext(
        "The model began to repeat itself and was stopped; the text before that is kept. "
        "A higher temperature usually helps."
    ),
    PageStatus.CANCELLED: gettext("Stopped before the end; the text received so far is kept."),
    PageStatus.UNREAD: gettext("The server could not be used any more when this page's turn came."),
}

PREVIOUS_TEXT_SHOWN = gettext("The new reading failed; the previous text is kept.")
PAUSED = gettext("The server does not answer. This page is read as soon as it does.")
INTERRUPTED_TEXT_SHOWN = gettext(
    "The server does not answer. The text that had arrived is kept; the page is read again as soon as it does."
)
EARLIER_REPETITION = gettext("The model repeated itself in an earlier attempt.")


def status_text(
    page: PageState,
    before: int | None = None,
    *,
    starting: bool = False,
    ready: bool = True,
    paused: bool = False,
    looking: str = "",
) -> str:
    """What a page's state means for the visitor, and what its image lacks; empty when all is well.

    `before` is how many pages are to be read before this one; None where it does not wait in a run. `starting`: the
    server is on its way up. `ready`: Read can be pressed. `paused`: no server is there that reads it. `looking` is said
    before a page's first word.
    """
    fonts = page.result.missing_fonts if page.result else ()
    lacking = gettext(
        "Letters may be missing: this page uses fonts that are neither embedded in the file nor installed on this "
        "machine ({fonts}). Save the PDF with its fonts embedded, or install the fonts.",
        fonts=", ".join(fonts),
    )
    if page.status is PageStatus.READING and paused:
        return INTERRUPTED_TEXT_SHOWN if page.raw else PAUSED
    looks = looking if page.status is PageStatus.READING and not page.chunks else ""
    return join(" ", [_state_note(page, before, starting=starting, ready=ready), looks, lacking if fonts else ""])


def looking(last_page_s: float | None) -> str:
    """What is said while an image is encoded, which without a GPU takes most of a page's time."""
    last = gettext("The last page took {time}.", time=duration(last_page_s)) if last_page_s else ""
    return join(" ", [gettext("The model is looking at the page; no text comes before it has seen all of it."), last])


def _state_note(page: PageState, before: int | None, *, starting: bool, ready: bool) -> str:
    if page.error is not None:
        kept = page.status not in (PageStatus.FAILED, PageStatus.UNREAD) and page.result is not None
        return join(" ", [PREVIOUS_TEXT_SHOWN, page.error.full_message]) if kept else page.error.full_message
    if page.status is PageStatus.READING and page.attempt > 1:
        return join(" ", [page.reason, gettext("This is attempt {number}.", number=page.attempt)])
    if page.status is PageStatus.WAITING and before is not None and starting:
        return gettext("It will be read as soon as the model is ready.")
    if page.status is PageStatus.WAITING and before is not None:
        return (
            ngettext("{count} page before it.", "{count:,} pages before it.", before)
            if before
            else gettext("It is next.")
        )
    if page.status is PageStatus.WAITING and not ready:
        return gettext("It can be read when the server answers again.")
    if page.result and page.result.answered_by:
        return gettext("The server reports that another model answered: {model}.", model=page.result.answered_by)
    if (
        page.status is PageStatus.DONE
        and page.result
        and any(one.finish is Finish.REPETITION for one in page.result.tries)
    ):
        return EARLIER_REPETITION
    return STATUS_TEXTS.get(page.status, "")


def retried(page: PageState) -> str:
    """The badge of a page asked for more than once, `asked 5 times, the last at 1148 px`; empty for any other."""
    if page.result is None or page.result.attempts == 1:
        return ""
    times = gettext("{times} attempts", times=page.result.attempts)
    sides = [one.longest_side for one in page.result.tries]
    smaller = sides and sides[-1] < sides[0]
    return join(", ", [times, gettext("the last at {side} px", side=sides[-1]) if smaller else ""])


def figures(page: PageState) -> str:
    """What a page took, and what was asked otherwise than by default: `412 tokens · 2.1 s · temperature 0.5`."""
    if page.status is PageStatus.READING:
        return tokens(page.chunks) if page.chunks else ""
    if page.result is None or not page.result.tokens:
        return ""
    parts = [tokens(page.result.tokens), time_taken(page.result)]
    if page.request and page.request.temperature is not None:
        parts.append(gettext("temperature {number:g}", number=page.request.temperature))
    if page.request and page.request.longest_side:
        side = read_options(Model(page.request.model), page.request).longest_side
        parts.append(gettext("{number} px", number=side))
    if page.request and page.result.rotation:
        parts.append(gettext("rotated by {degrees}°", degrees=page.result.rotation))
    return join(" · ", parts)


def time_taken(result: PageResult) -> str:
    """`2.1 s`, or that a reading came from the cache; empty where neither is known."""
    if result.cached:
        return gettext("from the cache")
    return gettext("{seconds:.1f} s", seconds=result.seconds) if result.seconds else ""


def progress(session: Session, run: Run) -> str:
    """How far reading is: `2 of 3 pages read · 1 failed · 12 s`; empty once all files of the run were removed.

    Pages of earlier runs count too, as they do in the strip; the seconds are those of this run.
    """
    if run.queued:
        return gettext("Waiting for the model… {time}", time=duration(run.seconds))
    if not session.has_pages_of(run):
        return ""
    statuses = session.requested_statuses
    read, cached = sum(statuses[status] for status in ANSWERED), sum(page.cached for page in session.requested)
    shown = (PageStatus.BLANK, PageStatus.FAILED, PageStatus.CANCELLED, PageStatus.UNREAD)
    blank, failed, stopped, unread = (statuses[status] for status in shown)
    parts = [
        ngettext("{read} of {count} page read", "{read} of {count:,} pages read", statuses.total(), read=read),
        ngettext("{count} from the cache", "{count} from the cache", cached) if cached else "",
        ngettext("{count} blank", "{count} blank", blank) if blank else "",
        ngettext("{count} failed", "{count} failed", failed) if failed else "",
        ngettext("{count} stopped", "{count} stopped", stopped) if stopped else "",
        ngettext("{count} not read", "{count} not read", unread) if unread else "",
        duration(run.seconds),
    ]
    return join(" · ", parts)


def pace(session: Session, run: Run) -> str:
    """How fast a run is and when it will be over: `0.4 pages/s · 85 tokens/s · about 40 s left`."""
    if run.queued or run.seconds < MIN_PACE_S:
        return ""
    pages = session.pages_of(run)
    ended = sum(page.status not in UNFINISHED and not page.cached for page in pages)
    written = sum(page.tokens for page in pages)
    parts = [_pages_per_second(ended / run.seconds)] if ended else []
    parts += [gettext("{tokens:.0f} tokens/s", tokens=written / run.seconds)] if written else []
    return join(" · ", [*parts, time_left(session, run)])


def pages_per_second(run: Run) -> str:
    """How fast the server has read in a run; empty before it has ended a page."""
    return _pages_per_second(len(run.durations_s) / run.seconds) if run.durations_s and run.seconds else ""


def _pages_per_second(speed: float) -> str:
    return gettext("{pages:.1f} pages/s", pages=speed) if speed > 1 else gettext("{pages:.2f} pages/s", pages=speed)


def estimate_s(session: Session, run: Run) -> float | None:
    """Seconds until the run is over; None while nothing tells, and once it is over."""
    if not run.busy:
        return None
    now = run.now()
    running = [now - began for page, began in run.started_at.items() if session.reader(page) is run]
    waiting = sum(page.status is PageStatus.WAITING for page in session.pages_of(run))
    return seconds_left(run.durations_s, running, waiting)


def time_left(session: Session, run: Run) -> str:
    """`about 3 min 20 s left`; empty while nothing tells, and once the run is over."""
    estimate = estimate_s(session, run)
    if estimate is None:
        return ""
    left = run.countdown.left(run.now(), estimate)
    return gettext("about {time} left", time=roughly(left)) if left >= 1 else gettext("nearly done")


def action(session: Session, count: int) -> str:
    """What pressing the button would do, where so many pages are `left`."""
    if count:
        return gettext("Read the other page") if count == 1 else gettext("Read the other {count:,} pages", count=count)
    read = session.pages and session.statuses.keys() <= ASKED
    return gettext("Read again") if read else gettext("Read")


def left(session: Session) -> int:
    """Pages that nobody has asked for yet, where others have been read or are being read; otherwise 0."""
    statuses, requested = session.statuses, session.requested_statuses
    rest = sum(number for status, number in statuses.items() if status not in ASKED)
    count = rest - sum(requested[status] for status in UNFINISHED)
    return count if count < statuses.total() else 0


def failed(session: Session) -> str:
    """The button that reads the failed pages once more; empty where there are none, or none but they."""
    count = session.statuses[PageStatus.FAILED]
    return ngettext("Read failed page ({count})", "Read failed pages ({count})", count) if count else ""


def duration(seconds: float) -> str:
    """`8 s`, `2 min 05 s`."""
    whole = int(seconds)
    if whole < 60:
        return gettext("{seconds} s", seconds=whole)
    return gettext("{minutes} min {seconds:02} s", minutes=whole // 60, seconds=whole % 60)


def roughly(seconds: float) -> str:
    """`15 s`, `1 min`, `2 min 10 s`, `12 min`, `1 h 05 min`: no more than an estimate is worth."""
    if seconds < 60:
        return duration(min(59, max(5, 5 * round(seconds / 5))))
    tens = 10 * round(seconds / 10)
    if tens < 600 and tens % 60:
        return duration(tens)
    minutes = round(tens / 60)
    if minutes < 60:
        return gettext("{minutes} min", minutes=minutes)
    return gettext("{hours} h {minutes:02} min", hours=minutes // 60, minutes=minutes % 60)


def found(search: Search) -> str:
    """`12 on 3 pages`; empty while nothing is looked for."""
    if not search.query:
        return ""
    if not search.hits:
        return gettext("No results")
    return gettext("{hits:,} on {pages}", hits=sum(search.hits.values()), pages=pages(len(search.hits)))


def pages(number: int) -> Translatable:
    """`1 page`, `3 pages`."""
    return ngettext("{count} page", "{count:,} pages", number)


def tokens(number: int) -> Translatable:
    """`1 token`, `412 tokens`."""
    return ngettext("{count} token", "{count:,} tokens", number)
