"""What `batch status` shows in a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ocr.batch.counts import counted
from ocr.batch.run_status import Pages, Reason, RunStatus
from ocr.batch.word_checks import CheckedWords
from ocr.cli.verified_words import percent
from ocr.config.command_line import invocation
from ocr.filenames import printable

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

BAR_CELLS = 32
MAX_REASONS = 6


@dataclass(frozen=True, slots=True)
class Cost:
    """What reading costs."""

    price: float
    """Of one GPU for an hour."""
    gpus: int

    def of(self, seconds: float) -> float:
        """The price of all GPUs for some time."""
        return self.price * self.gpus * seconds / 3600


def report(target: str, status: RunStatus, cost: Cost | None, now: float) -> RenderableType:
    """The status as lines of a label and words; what needs a look is coloured, what is zero is left out."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row("batch", Text(printable(target), "bold"))
    grid.add_row()
    for label, words in _progress(status, now):
        grid.add_row(label, words)
    if cost:
        grid.add_row("cost", _cost(status, cost))
    outcomes = list(_outcomes(status))
    for label, words in [("", ""), *outcomes] if outcomes else []:
        grid.add_row(label, words)
    if status.reasons:
        grid.add_row("", _reasons(status.reasons))
    for label, words in _next_steps(target, status):
        grid.add_row()
        grid.add_row(label, words)
    return grid


def _progress(status: RunStatus, now: float) -> Iterator[tuple[str, RenderableType]]:
    documents, pages, tasks = status.documents, status.pages, status.tasks
    share = pages.done / pages.estimated_total if pages.estimated_total else float(status.ended)
    yield "", _bar(share)
    yield "pages", _line(f"[bold]{pages.done:,}[/] {_of_all(pages)}", _percent(share) if pages.done else "")
    yield (
        "documents",
        _line(
            f"{documents.done + documents.failed:,} of {documents.total:,}",
            _some(documents.begun, "begun"),
            _some(documents.unopened, "not opened yet"),
        ),
    )
    yield (
        "tasks",
        _line(
            f"{tasks.complete:,} of {tasks.total:,} complete",
            _some(tasks.running, "running"),
            _some(tasks.idle, "idle", "yellow"),
            _some(tasks.not_begun, "not begun"),
        ),
    )
    yield "speed", _speed(status, now)
    if status.seconds_left is not None:
        ends = time.strftime("%H:%M" if status.seconds_left < 12 * 3600 else "%a %d %b, %H:%M", _at(status, now))
        yield "left", _line(f"about {duration(status.seconds_left)}", f"until {ends}")


def _of_all(pages: Pages) -> str:
    """How many there are, as far as it is known; an estimate with three digits."""
    if not pages.total:
        return "of a number that is not known yet"
    if pages.total == pages.estimated_total:
        return f"of {pages.total:,}"
    return f"of about {round(pages.estimated_total, 3 - len(str(pages.estimated_total))):,}"


def _at(status: RunStatus, now: float) -> time.struct_time:
    return time.localtime(now + (status.seconds_left or 0))


def _bar(share: float) -> RenderableType:
    from rich.text import Text

    full = min(int(share * BAR_CELLS), BAR_CELLS)
    return Text.assemble(("━" * full, "green"), ("─" * (BAR_CELLS - full), "bright_black"))


def _speed(status: RunStatus, now: float) -> str:
    average = status.pages.done / status.worked_seconds if status.worked_seconds else 0
    overall = f"{average:,.2f} on average over {duration(status.worked_seconds)}" if average else ""
    if status.ended:
        return _line(f"{average:,.2f} pages/s over {duration(status.worked_seconds)}" if average else "")
    if status.pages_per_second is not None:
        return _line(f"{status.pages_per_second:,.2f} pages/s in the last five minutes", overall)
    if status.last_read_at is None:
        return "no page has been read yet"
    return _line(f"[yellow]no page in the last {duration(now - status.last_read_at)}[/]", overall)


def _cost(status: RunStatus, cost: Cost) -> str:
    spent = cost.of(status.worked_seconds)
    done = status.pages.done
    gpus = f"{counted(cost.gpus, 'GPU')} at {cost.price:,.2f} an hour"
    return _line(
        f"{spent:,.2f} so far",
        f"about {cost.of(status.seconds_left):,.2f} to come" if status.seconds_left else "",
        f"{spent / done * 1000:,.3f} per 1,000 pages" if done else "",
        gpus,
    )


def _outcomes(status: RunStatus) -> Iterator[tuple[str, RenderableType]]:
    pages, documents = status.pages, status.documents
    whole = pages.done - pages.failed - pages.length - pages.repetition
    if pages.done:
        yield "read", _line(counted(whole, "page"), _some(pages.blank, "of them blank"))
    if pages.length or pages.repetition:
        cut = _some(pages.length, "at the token limit"), _some(pages.repetition, "where the model repeated itself")
        yield "cut", _line(f"[yellow]{counted(pages.length + pages.repetition, 'page')}[/]", *cut)
    if status.words:
        yield "words", _words(status.words)
    if pages.waiting:
        yield "again", f"{counted(pages.waiting, 'page')} will be read again"
    if pages.failed or documents.failed:
        failed = counted(pages.failed, "page") if pages.failed else ""
        unopened = f"{counted(documents.failed, 'document')} not opened" if documents.failed else ""
        yield "failed", f"[red]{_line(failed, unopened)}[/]"


def _words(words: CheckedWords) -> str:
    found = f"{percent(words.found / words.page_words)} found" if words.page_words else "none on the pages"
    look = f"{counted(words.doubtful, 'page')} to look at" if words.doubtful else ""
    return _line(found, look, _some(words.unchecked, "with nothing to compare with"))


def _reasons(reasons: tuple[Reason, ...]) -> Table:
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2))
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for reason in reasons[:MAX_REASONS]:
        words = Text.assemble(printable(reason.error), (f"\n{printable(reason.example)}", "dim"))
        grid.add_row(f"{reason.pages + reason.documents:,}", words)
    if more := reasons[MAX_REASONS:]:
        grid.add_row(f"{sum(reason.pages + reason.documents for reason in more):,}", "for other reasons (--json)")
    return grid


def _next_steps(target: str, status: RunStatus) -> Iterator[tuple[str, RenderableType]]:
    from rich.text import Text

    pages, cli = status.pages, invocation("cli")
    flags = [
        *(["--failed"] if pages.failed or status.documents.failed else []),
        *(["--truncated"] if pages.length or pages.repetition else []),
    ]
    if status.ended:
        again = f"{cli} batch retry {printable(target)} {' '.join(flags)}"
        commands = [*([again] if flags else []), f"{cli} batch merge {printable(target)}"]
        yield "next", Text("\n".join(commands))
    elif status.pages_per_second is None and status.last_read_at is not None:
        yield "next", Text("Nothing seems to run: start the command of the batch once more, it goes on where it was.")


def _line(*words: str) -> str:
    return " · ".join(word for word in words if word)


def _some(count: int, what: str, style: str = "") -> str:
    words = f"{count:,} {what}" if count else ""
    return f"[{style}]{words}[/]" if words and style else words


def _percent(share: float) -> str:
    """Rounded down: 100 % is said when all is done."""
    return f"{int(share * 1000) / 10:.1f} %"


def duration(seconds: float) -> str:
    """`45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{hours // 24} d {hours % 24} h"
