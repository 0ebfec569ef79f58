"""The report of `check`: one line for each thing examined."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ocr.config.profiles import UNKNOWN, Model, profile_for
from ocr.filenames import printable
from ocr.i18n import gettext, join, ngettext
from ocr.inference.http import LOOPBACK
from ocr.types import Finish

BURST_GAP_S = 0.001
"""Words that one read of the socket brought lie microseconds apart; those of a model that writes, milliseconds."""
MIN_CHUNKS = 8
"""With fewer pieces nothing can be said about their way."""

MIN_CONTEXT_TOKENS = 4096
"""Tokens: the image of an A4 page is 2145, and its answer wants as many."""

BUFFERING_WARNING = gettext("a proxy buffers the stream; pages can be read, but its time limit may cut off a long one")


class Report:
    """Writes the lines of a report and collects its warnings."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self.warnings: list[str] = []
        """Names of the lines that deserve a look."""
        self.model: Model | None = None
        """What the server reads with; None before it has said so."""

    def ok(self, what: str, words: str) -> None:
        """Report something that is as it should be."""
        self._line("ok", what, words)

    def warn(self, what: str, words: str) -> None:
        """Report something that deserves a look."""
        self.warnings.append(what)
        self._line("!", what, words)

    def waiting(self, words: str) -> None:
        """Report what is waited for."""
        self._line("...", "health", words)

    def failed(self, words: str) -> None:
        """Report why the server cannot be used."""
        self._line("FAILED", "verdict", words)

    def _line(self, mark: str, what: str, words: str) -> None:
        """Overridden where a report is shown in another way."""
        self._write(f"{mark:<7} {what:<8} {printable(words)}\n")


@dataclass(slots=True)
class TimedAnswer:
    """An answer, with the time at which each chunk arrived."""

    text: str = ""
    finish: Finish | None = None
    tokens: int | None = None
    chunk_times_s: list[float] = field(default_factory=list)
    """Seconds from the request to each piece of text."""
    seconds: float = 0.0

    @property
    def bursts(self) -> int:
        """Number of moments at which chunks arrived."""
        return sum(b - a >= BURST_GAP_S for a, b in zip(self.chunk_times_s, self.chunk_times_s[1:], strict=False)) + 1

    @property
    def buffered(self) -> bool | None:
        """Whether chunks arrived many at once, as a buffering proxy sends them; None with too few to tell."""
        return None if len(self.chunk_times_s) < MIN_CHUNKS else self.bursts * 4 < len(self.chunk_times_s)


def word_recall(text: str, truth: str) -> float:
    """Share of the words of `truth` that the text holds, 0 to 1; 0 for a truth without words."""
    wanted, have = (set(re.findall(r"\w+", words.lower())) for words in (truth, text))
    return len(wanted & have) / len(wanted) if wanted else 0.0


def report_model(model: Model, report: Report) -> None:
    """Report the model, and whether its context holds a page."""
    report.model = model
    family = profile_for(model)
    if family is UNKNOWN:
        other = gettext(
            "{model}: not the name of a LightOnOCR model; the settings of LightOnOCR-2 are used", model=model.id
        )
        report.warn("model", other)
    else:
        report.ok("model", f"{model.id} ({family.family})")
    if model.max_model_len is None:
        report.ok("context", gettext("not reported; {tokens} tokens are assumed", tokens=family.context))
    elif model.max_model_len < MIN_CONTEXT_TOKENS:
        report.warn(
            "context",
            gettext(
                "{tokens} tokens are too few for a full page: serve it with --max-model-len 8192 or more",
                tokens=model.max_model_len,
            ),
        )
    else:
        report.ok("context", gettext("{tokens} tokens of image and answer", tokens=model.max_model_len))


ENGINES = {
    "vllm": "vLLM",
    "llamacpp": gettext(
        "llama.cpp (llama-server): its mmproj file has to be loaded, --ctx-size is shared by the slots"
    ),
    "sglang": "SGLang",
    "organization_owner": gettext("LM Studio: it answers with whatever model is loaded there"),
}
"""Engines by who owns their models in `/v1/models`, and what to see to there."""
PROGRAMS = {
    "ollama": gettext(
        "Ollama: its context is small by default, so that answers are cut; set OLLAMA_CONTEXT_LENGTH=8192 there"
    ),
    "mlx-vlm": gettext(
        "mlx-vlm: it lists every model of its cache and loads the one that is asked for; name it with --model"
    ),
    "transformers": gettext("transformers serve: it lists the models of its cache, if any; name yours with --model"),
}
"""Engines that do not sign their models but tell elsewhere what they are, and what to see to there."""


def report_engine(model: Model, program: str | None, report: Report) -> None:
    """Report what serves the model, as far as it tells: as its owner, or as one of PROGRAMS."""
    known = ENGINES.get(model.owned_by or "") or PROGRAMS.get(program or "")
    pages = gettext("{count} at once", count=model.slots) if model.slots else ""
    report.ok("engine", join("; ", [known or gettext("not told"), pages]))


def report_agreement(models: dict[str, Model | None], report: Report) -> None:
    """Report whether several servers serve the same model and so share the pages of a run."""
    found = {url: model for url, model in models.items() if model}
    kinds = {(model.id, model.root, model.revision) for model in found.values()}
    if len(kinds) > 1:
        served = "; ".join(
            f"{url} has {model.id} ({model.root or 'of unknown weights'})" for url, model in found.items()
        )
        report.warn("servers", f"{served}: a run uses only those that serve its model (--model)")
    elif found:
        report.ok("servers", f"{len(found)} of {len(models)} serve the same model and share the pages of a run")


def report_key(unprotected: list[str], url: str, key: str | None, report: Report) -> None:
    """Report whether strangers get an answer; `unprotected` are the paths that answer without a key."""
    if not unprotected:
        accepted = gettext("required everywhere; the given key is accepted")
        report.ok("key", accepted if key else gettext("required everywhere"))
    elif urlsplit(url).hostname in LOOPBACK:
        where = ", ".join(unprotected)
        report.ok("key", gettext("not required at {paths}; only this machine can connect", paths=where))
    elif any(door.endswith("/models") for door in unprotected):
        report.warn("key", gettext("not required: anybody who knows the address can use the server at your cost"))
    else:
        report.warn(
            "key",
            gettext(
                "required by the API, but not at {paths}: protect it (deploy/keyed.py does)",
                paths=", ".join(unprotected),
            ),
        )


def report_page(answer: TimedAnswer, recall: float, report: Report) -> None:
    """Report how the sample page was read; `recall` is the share of its words that were found."""
    times = answer.chunk_times_s
    speed = answer.tokens / answer.seconds if answer.tokens and answer.seconds else 0.0
    pace = gettext("{tokens:.0f} tokens/s", tokens=speed) if speed else ""
    stopped = answer.finish is Finish.STOP
    words = [
        join(", ", [gettext("read in {seconds:.1f} s", seconds=answer.seconds), pace]),
        gettext("first text after {seconds:.1f} s", seconds=times[0]) if times else "",
        gettext("{percent} of its words found", percent=f"{recall:.0%}"),
        "" if stopped else gettext("it ended with {finish}", finish=str(answer.finish)),
    ]
    (report.ok if stopped and recall > 0.8 else report.warn)("page", join("; ", words))


def report_stream(answer: TimedAnswer, report: Report) -> None:
    """Report whether the text arrived while it was written."""
    pieces = ngettext("{count} piece", "{count} pieces", len(answer.chunk_times_s))
    if answer.buffered is None:
        report.ok("stream", gettext("{pieces}: too few for a verdict", pieces=pieces))
    elif answer.buffered:
        held = gettext("{pieces} in {bursts} bursts: {why}", pieces=pieces, bursts=answer.bursts, why=BUFFERING_WARNING)
        report.warn("stream", held)
    else:
        report.ok("stream", gettext("{pieces}, each as it was generated", pieces=pieces))
