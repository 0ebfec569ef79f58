"""The report of `check`: one line for each thing examined."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ocr.config.profiles import UNKNOWN, Model, profile_for
from ocr.filenames import printable
from ocr.inference.http import LOOPBACK
from ocr.types import Finish

BURST_GAP_S = 0.001
"""Words that one read of the socket brought lie microseconds apart; those of a model that writes, milliseconds."""
MIN_CHUNKS = 8
"""With fewer pieces nothing can be said about their way."""

MIN_CONTEXT_TOKENS = 4096
"""Tokens: the image of an A4 page is 2145, and its answer wants as many."""

BUFFERING_WARNING = "a proxy buffers the stream; pages can be read, but its time limit may cut off a long one"


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
        report.warn("model", f"{model.id}: not the name of a LightOnOCR model; the settings of LightOnOCR-2 are used")
    else:
        report.ok("model", f"{model.id} ({family.family})")
    if model.max_model_len is None:
        report.ok("context", f"not reported; {family.context} tokens are assumed")
    elif model.max_model_len < MIN_CONTEXT_TOKENS:
        report.warn(
            "context",
            f"{model.max_model_len} tokens are too few for a full page: serve it with --max-model-len 8192 or more",
        )
    else:
        report.ok("context", f"{model.max_model_len} tokens of image and answer")


ENGINES = {
    "vllm": "vLLM",
    "llamacpp": "llama.cpp (llama-server): its mmproj file has to be loaded, --ctx-size is shared by the slots",
    "sglang": "SGLang",
    "organization_owner": "LM Studio: it answers with whatever model is loaded there",
}
"""Engines by who owns their models in `/v1/models`, and what to see to there."""
PROGRAMS = {
    "ollama": "Ollama: its context is small by default, so that answers are cut; set OLLAMA_CONTEXT_LENGTH=8192 there",
    "mlx-vlm": "mlx-vlm: it lists every model of its cache and loads the one that is asked for; name it with --model",
    "transformers": "transformers serve: it lists the models of its cache, if any; name yours with --model",
}
"""Engines that do not sign their models but tell elsewhere what they are, and what to see to there."""


def report_engine(model: Model, program: str | None, report: Report) -> None:
    """Report what serves the model, as far as it tells: as its owner, or as one of PROGRAMS."""
    known = ENGINES.get(model.owned_by or "") or PROGRAMS.get(program or "")
    pages = f"; {model.slots} at once" if model.slots else ""
    report.ok("engine", f"{known or 'not told'}{pages}")


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
        report.ok("key", "required everywhere; the given key is accepted" if key else "required everywhere")
    elif urlsplit(url).hostname in LOOPBACK:
        report.ok("key", f"not required at {', '.join(unprotected)}; only this machine can connect")
    elif any(door.endswith("/models") for door in unprotected):
        report.warn("key", "not required: anybody who knows the address can use the server at your cost")
    else:
        report.warn(
            "key",
            f"required by the API, but not at {', '.join(unprotected)}: protect it (deploy/keyed.py does)",
        )


def report_page(answer: TimedAnswer, recall: float, report: Report) -> None:
    """Report how the sample page was read; `recall` is the share of its words that were found."""
    pace = f", {answer.tokens / answer.seconds:.0f} tokens/s" if answer.tokens and answer.seconds else ""
    first = f"; first text after {answer.chunk_times_s[0]:.1f} s" if answer.chunk_times_s else ""
    words = f"read in {answer.seconds:.1f} s{pace}{first}; {recall:.0%} of its words found"
    if answer.finish is Finish.STOP and recall > 0.8:
        report.ok("page", words)
    else:
        ended = "" if answer.finish is Finish.STOP else f"; it ended with {answer.finish}"
        report.warn("page", f"{words}{ended}")


def report_stream(answer: TimedAnswer, report: Report) -> None:
    """Report whether the text arrived while it was written."""
    pieces = f"{len(answer.chunk_times_s)} pieces"
    if answer.buffered is None:
        report.ok("stream", f"{pieces}: too few for a verdict")
    elif answer.buffered:
        report.warn("stream", f"{pieces} in {answer.bursts} bursts: {BUFFERING_WARNING}")
    else:
        report.ok("stream", f"{pieces}, each as it was generated")
