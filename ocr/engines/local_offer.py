"""What reading with LightOnOCR by llama-server would cost on this computer, or why it cannot be."""

from dataclasses import dataclass
from pathlib import Path

from ocr import machine
from ocr.config.arguments import EngineName
from ocr.config.settings import Settings
from ocr.engines.llamacpp import fetch_weights
from ocr.engines.llamacpp.llama_command import (
    DEFAULT_MODEL,
    REPOSITORIES,
    find_llama_server,
    has_usable_gpu,
    threads,
)
from ocr.errors import EngineFailed, OutOfMemory, UnsupportedProcessor
from ocr.i18n import gettext

DOWNLOAD_BYTES = 947_000_000
"""Of DEFAULT_MODEL in Q8_0 and its mmproj in F16."""
MIN_MEMORY_BYTES = 3_600_000_000
"""Of a computer that is sold with 4 GB, since the system withholds some. The model takes 1.7 GB for a full page, the
rest is for the system, the browser and the page itself."""
ENCODING_CPU_S, FEWER_PIXELS_CPU_S, WRITING_CPU_S = 184.0, 52.0, 72.0
"""Seconds of one core for an A4 page by DEFAULT_MODEL: for its image of 2048 pixels and the prompt, for the same with
1206 tokens of image, and to write 600 tokens. Estimates, from random weights of the model's size (docs/measured.md)."""
WRITING_THREADS = 2
"""More do not write sooner, since writing waits for the memory."""
ELSEWHERE = gettext("Read with LightOnOCR on another computer: start Pagelight with --server-url and its address.")


@dataclass(frozen=True, slots=True)
class LocalOffer:
    """What the first page costs, or `obstacle`: why there can be none."""

    model: str = DEFAULT_MODEL
    download_bytes: int = DOWNLOAD_BYTES
    """0 once the model's files are there."""
    cores: int = 0
    """Those that would read."""
    page_s: float | None = None
    """Estimated seconds a page; None with a GPU, about which nothing is known before the first page."""
    fewer_pixels_s: float | None = None
    """The same with fewer pixels."""
    obstacle: EngineFailed | None = None

    @property
    def source(self) -> str:
        """The repository of the model's files."""
        return REPOSITORIES[self.model]


def may_be_offered(settings: Settings) -> bool:
    """Whether visitors may start a server: the page is this computer's own, and nobody has chosen what reads."""
    chosen = settings.server_url or settings.local is not None or settings.engine is not EngineName.AUTO
    return not (chosen or settings.shared) and settings.request.model in ("", DEFAULT_MODEL)


def local_offer(settings: Settings, root: Path = machine.ROOT) -> LocalOffer:
    """What it would cost here. It runs a program and looks at files, so it is not for an event loop.

    `root` is that of `machine`.
    """
    try:
        _check_machine(settings, root)
        program = find_llama_server(settings.llama_command)
    except EngineFailed as obstacle:
        return LocalOffer(obstacle=obstacle)
    there = fetch_weights.in_cache(LocalOffer().source)
    download_bytes, cores = 0 if there else DOWNLOAD_BYTES, threads()
    if has_usable_gpu(program):
        return LocalOffer(download_bytes=download_bytes, cores=cores)
    writing_s = WRITING_CPU_S / min(cores, WRITING_THREADS)
    page_s, fewer_pixels_s = (encoding / cores + writing_s for encoding in (ENCODING_CPU_S, FEWER_PIXELS_CPU_S))
    return LocalOffer(DEFAULT_MODEL, download_bytes, cores, page_s, fewer_pixels_s)


def _check_machine(settings: Settings, root: Path) -> None:
    """See that the memory and the processor will do.

    Raises:
        OutOfMemory: there is too little memory.
        UnsupportedProcessor: the processor lacks AVX2, and no llama-server is named that may do without.
    """
    memory = machine.memory_bytes(root)
    if memory is not None and memory < MIN_MEMORY_BYTES:
        raise OutOfMemory(
            gettext(
                "LightOnOCR needs a computer with 4 GB of memory; this one has {there:.1f} GB.", there=memory / 1e9
            ),
            ELSEWHERE,
        )
    if not settings.llama_command and not machine.has_avx2(root):
        raise UnsupportedProcessor(
            "This processor lacks instructions that llama-server was built for (AVX2).",
            "Name a llama-server built for this machine by --llama-command, or read elsewhere with --server-url.",
        )
