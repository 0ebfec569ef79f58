"""What a run says on standard error: notes, complaints and, where somebody looks on, how far it is."""

from __future__ import annotations

import sys
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from ocr.errors import OcrError

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


class Terminal:
    """Standard error, by way of rich; it takes 50 ms to load, and is loaded with the first thing there is to say."""

    def __init__(self, *, quiet: bool) -> None:
        """Nothing is said yet; `quiet` leaves complaints alone to be said."""
        self._quiet = quiet
        self._progress: Progress | None = None

    @cached_property
    def _console(self) -> Console:
        from rich.console import Console

        console = Console(stderr=True, highlight=False)
        console.soft_wrap = not console.is_terminal  # a log's lines stay whole, a terminal's break between words
        return console

    def write(self, text: str) -> None:
        """Write whole lines, as they are."""
        if not self._quiet:
            sys.stderr.write(text)

    def note(self, text: str) -> None:
        """Say what the user should know."""
        if not self._quiet:
            self._console.print(text, style="yellow", markup=False)

    def complain(self, what: str, error: OcrError) -> None:
        """Say what went wrong, with what, and what to do next."""
        from rich.markup import escape

        what = f"{what}: " if what else ""
        self._console.print(f"[red]{escape(what + error.message)}[/] {escape(error.next_step)}")

    def show(self, *, pages: int, ended: int, failed: int, tokens: int) -> None:
        """Draw how far the run is, above what is written next; in a terminal only."""
        if self._quiet or not sys.stderr.isatty():
            return
        progress = self._progress = self._progress or _bar(self._console, pages)
        told = f"[red]{failed} failed[/]" if failed else ""
        progress.update(progress.task_ids[0], total=pages, completed=ended, tokens=tokens, failed=told)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Wipe the bar away."""
        if self._progress:
            self._progress.stop()
            self._progress = None


def _bar(console: Console, pages: int) -> Progress:
    """A bar that is drawn from now on, until it is stopped."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pages  {task.fields[tokens]} tokens  {task.fields[failed]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),  # into a file or a pipe it goes as it is, past the bar
    )
    progress.add_task("reading", total=pages, tokens=0, failed="")
    progress.start()
    return progress
