"""Terminal output of a run: results on standard output; notes, errors and progress on standard error.

Whatever keeps a line from being written, it costs that line and never the run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self, TextIO

from ocr.errors import OcrError
from ocr.filenames import printable
from ocr.output import unwritable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


class Terminal:
    """Standard error is written by rich; it takes 50 ms to load, and is loaded with the first thing there is to say."""

    def __init__(self, *, quiet: bool) -> None:
        """Nothing is said yet; `quiet` leaves complaints alone to be said."""
        self._quiet = quiet
        self._progress: Progress | None = None
        self._away: dict[str, float] = {}  # servers that do not answer, and for how many seconds
        self._left = 0  # pages that have not ended

    @cached_property
    def _console(self) -> Console:
        from rich.console import Console

        class Lasting(Console):
            def on_broken_pipe(self) -> None:
                """Whoever read standard error has gone; rich would end the program."""
                _discard(sys.stderr)

        console = Lasting(stderr=True, highlight=False)
        console.soft_wrap = not console.is_terminal  # a log's lines stay whole, a terminal's break between words
        return console

    def write(self, text: str) -> None:
        """Write whole lines, as they are."""
        if not self._quiet:
            with _ignore_write_errors(sys.stderr):
                sys.stderr.write(text)

    def note(self, text: str) -> None:
        """Say what the user should know."""
        if not self._quiet:
            from rich.text import Text

            with _ignore_write_errors(sys.stderr):
                self._console.print(Text(printable(text), "yellow"))

    def waiting(self, name: str, seconds: float | None, answers: bool, *, servers: int = 1, limit_s: float) -> None:
        """Say how long one of the servers has been away, in the bar if there is one, and when it is back.

        With None for `seconds` it is no longer waited for, be it that it `answers` or not.
        Where none of the `servers` is there, pages wait, for `limit_s` seconds at most.
        """
        known = name in self._away
        if seconds is None:
            self._away.pop(name, None)
        else:
            self._away[name] = seconds
        alone = len(self._away) == servers
        if self._progress:
            names = ", ".join(self._away)
            waits = f"waiting for {names}, {min(self._away.values()):.0f} s" if alone else f"reading without {names}"
            self._progress.update(self._progress.task_ids[0], description=waits if names else "reading")
        if known and seconds is None and answers:
            self.note(f"{name} answers again.")
        elif not known and seconds is not None:
            wait = f"{self._left} page{' waits' if self._left == 1 else 's wait'}"
            again = f"trying again for up to {limit_s:g} s (--outage-timeout); {wait}"
            self.note(f"{name} does not answer, {again if alone else 'the other servers continue'}.")

    def complain(self, what: str, error: OcrError) -> None:
        """Say what went wrong, with what, and what to do next."""
        from rich.text import Text

        what = f"{what}: " if what else ""
        red = Text(printable(what + error.message), "red")
        with _ignore_write_errors(sys.stderr):
            self._console.print(red.append(f" {printable(error.next_step)}", "default"))

    def tell(self, path: Path | str, words: str) -> None:
        """Tell on standard output that a file was written, and what of; raises as `print_line`."""
        self.print_line(f"{printable(str(path))}\t{words}")

    def print_line(self, line: str) -> None:
        """Write to standard output.

        Raises:
            OutputError: standard output takes nothing more; it is not written to again. A reader that has gone, as
                `head` does, has what it wanted.
        """
        try:
            print(line, flush=True)
        except OSError as error:
            _discard(sys.stdout)
            if not isinstance(error, BrokenPipeError):
                helps = "What was to be written into files is there all the same."
                raise unwritable("Standard output", error, helps) from error

    def show(self, *, pages: int, ended: int, failed: int, tokens: int, cached: int = 0) -> None:
        """Draw how far the run is, above what is written next; in a terminal only."""
        self._left = pages - ended
        if self._quiet or not sys.stderr.isatty():
            return
        told = "  ".join(
            [*([f"{cached} from the cache"] if cached else []), *([f"[red]{failed} failed[/]"] if failed else [])]
        )
        with _ignore_write_errors(sys.stderr):
            progress = self._progress = self._progress or _bar(self._console, pages)
            progress.update(progress.task_ids[0], total=pages, completed=ended, tokens=tokens, told=told)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wipe the bar away."""
        if self._progress:
            with _ignore_write_errors(sys.stderr):
                self._progress.stop()
            self._progress = None


@contextmanager
def _ignore_write_errors(stream: TextIO) -> Iterator[None]:
    """Go on without a stream that can no longer be written."""
    try:
        yield
    except OSError:
        _discard(stream)


def _discard(stream: TextIO) -> None:
    """Let what is written into a stream from now on, or still lies in its buffer, go nowhere."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _bar(console: Console, pages: int) -> Progress:
    """A bar that is drawn from now on, until it is stopped."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pages  {task.fields[tokens]} tokens  {task.fields[told]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),  # into a file or a pipe it goes as it is, past the bar
    )
    progress.add_task("reading", total=pages, tokens=0, told="")
    progress.start()
    return progress
