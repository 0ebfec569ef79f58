"""What was found of a server, told in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ocr.config.profiles import UNKNOWN, Model, profile_for
from ocr.filenames import printable
from ocr.types import Finish

APART_SECONDS = 0.001
"""Words that one read of the socket brought lie microseconds apart; those of a model that writes, milliseconds."""
FEW_PIECES = 8
"""With fewer pieces nothing can be said about their way."""

CONTEXT = 4096
"""Tokens: the image of an A4 page is 2145, and its answer wants as many."""

HELD_BACK = (
    "a proxy on the way holds the words back; pages are read all the same, but a long one may be cut by its time limit"
)


class Report:
    """The lines told so far."""

    def __init__(self, write: Callable[[str], object]) -> None:
        """`write` takes one line at a time, with its end."""
        self._write = write
        self.doubts: list[str] = []
        """What deserves a look."""
        self.model: Model | None = None
        """What the server reads with; None before it has said so."""

    def good(self, what: str, words: str) -> None:
        """Tell what is as it should be."""
        self._line("ok", what, words)

    def doubt(self, what: str, words: str) -> None:
        """Tell what deserves a look."""
        self.doubts.append(what)
        self._line("!", what, words)

    def waits(self, words: str) -> None:
        """Tell what is waited for."""
        self._line("...", "health", words)

    def failed(self, words: str) -> None:
        """Tell why it is not fit."""
        self._line("FAILED", "verdict", words)

    def _line(self, mark: str, what: str, words: str) -> None:
        self._write(f"{mark:<7} {what:<8} {printable(words)}\n")


@dataclass(slots=True)
class TimedAnswer:
    """One page read, with the moments of its pieces."""

    text: str = ""
    finish: Finish | None = None
    tokens: int | None = None
    pieces: list[float] = field(default_factory=list)
    """Seconds from the request to each piece of text."""
    seconds: float = 0.0

    @property
    def bursts(self) -> int:
        """How often something arrived."""
        return sum(b - a >= APART_SECONDS for a, b in zip(self.pieces, self.pieces[1:], strict=False)) + 1

    @property
    def buffered(self) -> bool | None:
        """Whether the words came many at once; None where there were too few to tell."""
        return None if len(self.pieces) < FEW_PIECES else self.bursts * 4 < len(self.pieces)


def share_of_words(text: str, truth: str) -> float:
    """How many of the words of `truth` the text holds, 0 to 1; 0 for a truth without words."""
    wanted, have = (set(re.findall(r"\w+", words.lower())) for words in (truth, text))
    return len(wanted & have) / len(wanted) if wanted else 0.0


def on_this_machine(url: str) -> bool:
    """Whether the address is of the machine we run on."""
    return urlsplit(url).hostname in {"127.0.0.1", "localhost", "::1"}


def tell_model(model: Model, report: Report) -> None:
    """Which model it is, and whether its context holds a page."""
    report.model = model
    family = profile_for(model)
    if family is UNKNOWN:
        report.doubt("model", f"{model.id}: not the name of a LightOnOCR model; it is asked like LightOnOCR-2")
    else:
        report.good("model", f"{model.id} ({family.family})")
    if model.max_model_len is None:
        report.good("context", f"not told; {family.context} tokens are assumed")
    elif model.max_model_len < CONTEXT:
        report.doubt(
            "context", f"{model.max_model_len} tokens hold no full page: serve it with --max-model-len 8192 or more"
        )
    else:
        report.good("context", f"{model.max_model_len} tokens of image and answer")


def tell_agreement(models: dict[str, Model | None], report: Report) -> None:
    """Whether several servers, by their addresses, share the pages of a run: those of its model do."""
    found = {url: model for url, model in models.items() if model}
    kinds = {(model.id, model.root, model.revision) for model in found.values()}
    if len(kinds) > 1:
        served = "; ".join(
            f"{url} has {model.id} ({model.root or 'of unknown weights'})" for url, model in found.items()
        )
        report.doubt("servers", f"{served}: a run reads with those alone that have its model (--model)")
    elif found:
        report.good("servers", f"{len(found)} of {len(models)} serve the same model and share the pages of a run")


def tell_key(doors: list[str], url: str, key: str | None, report: Report) -> None:
    """Whether strangers get an answer; `doors` are the addresses that let them in."""
    if not doors:
        report.good(
            "key", "asked for everywhere; the one given is right" if key else "nobody without one gets an answer"
        )
    elif on_this_machine(url):
        report.good("key", f"none is asked for at {', '.join(doors)}; only this machine can ask")
    elif any(door.endswith("/models") for door in doors):
        report.doubt("key", "none is asked for: anybody who knows the address reads at your cost")
    else:
        report.doubt(
            "key", f"asked for by the API, but {', '.join(doors)} answers without: guard it (deploy/keyed.py does)"
        )


def tell_page(reading: TimedAnswer, share: float, report: Report) -> None:
    """How the sample page was read; `share` of its words were found."""
    pace = f", {reading.tokens / reading.seconds:.0f} tokens/s" if reading.tokens and reading.seconds else ""
    first = f"; first words after {reading.pieces[0]:.1f} s" if reading.pieces else ""
    words = f"read in {reading.seconds:.1f} s{pace}{first}; {share:.0%} of its words found"
    if reading.finish is Finish.STOP and share > 0.8:
        report.good("page", words)
    else:
        ended = "" if reading.finish is Finish.STOP else f"; it ended by {reading.finish}"
        report.doubt("page", f"{words}{ended}")


def tell_stream(reading: TimedAnswer, report: Report) -> None:
    """Whether the words came as they were written."""
    pieces = f"{len(reading.pieces)} pieces"
    if reading.buffered is None:
        report.good("stream", f"{pieces}: too few to tell")
    elif reading.buffered:
        report.doubt("stream", f"{pieces} in {reading.bursts} bursts: {HELD_BACK}")
    else:
        report.good("stream", f"{pieces}, each as it was written")
