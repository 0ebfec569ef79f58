"""The CPU engine as a `Reader`: pages are recognised in worker processes that may crash without harm."""

import re
from collections.abc import AsyncGenerator
from typing import Self

from ocr.config.profiles import TESSERACT, TIMEOUTS, Model, ReadOptions, Timeouts
from ocr.engines.tesseract.recognition_tasks import recognize, recognize_words, set_up
from ocr.engines.tesseract.tessdata import find_tessdata
from ocr.errors import EngineFailed, PageTimeout, RecognizerDied, ServerError
from ocr.events import Delta, Finished
from ocr.extras import require
from ocr.i18n import gettext
from ocr.page_words import PageWord
from ocr.types import Finish, PageImage
from ocr.workers.worker_pool import WorkerPool
from ocr.workers.worker_process import PoolClosed, WorkerDied, WorkerError, WorkerTimeout

MODEL = Model("tesseract", "tesseract", TESSERACT.context)
"""The one model. A token is a word: a run of characters that are not white space; the image takes none."""


class TesseractReader:
    """Owns the worker processes; one serves a whole program, from any event loop."""

    def __init__(self, languages: str, workers: int, timeouts: Timeouts = TIMEOUTS) -> None:
        """Costs nothing: up to `workers` processes start as pages want them, and load `languages` (`eng+fra`).

        Raises:
            EngineFailed: the data of a language is not installed.
            MissingExtra: Tesseract's packages are not.
        """
        require(
            "cpu",
            gettext("The CPU engine"),
            gettext("Or pass the address of a model server (vLLM, llama-server) with --server-url."),
        )
        self._timeout_s = min(timeouts.first_token, timeouts.page)  # the first text of a page comes at its end
        self._pool = WorkerPool(workers, set_up, languages, find_tessdata(languages))

    def start(self) -> None:
        """Start a process now: it loads the languages while the program does something else."""
        self._pool.start()

    async def models(self) -> tuple[Model, ...]:
        """The one model."""
        return (MODEL,)

    async def read(self, image: PageImage, options: ReadOptions) -> AsyncGenerator[Delta | Finished, None]:
        """Stream the text of one page, part by part; the last item is `Finished`. Cancelling it ends its worker."""
        try:
            texts, words = await self._pool.run(
                self._timeout_s, recognize, image.data, options.prompt is not None, options.page_words
            )
        except WorkerError as error:
            raise self._explained(error) from error
        finish, used, limit = Finish.STOP, 0, options.most_tokens or options.context
        for text in texts:
            ends = [word.end() for word in re.finditer(r"\S+", text)]  # of each token: a word, and the space before it
            if len(ends) > limit - used:
                finish, ends = Finish.LENGTH, ends[: limit - used]
                text = text[: ends[-1]] if ends else ""
            used += len(ends)
            if text:
                yield Delta(text, len(ends))
            if finish is Finish.LENGTH:
                break
        yield Finished(finish, used, page_words=words)

    async def words(self, image: PageImage) -> tuple[PageWord, ...]:
        """The words of one page in reading order. Cancelling it ends its worker.

        Raises:
            ServerError: the page is given up, as in `read`.
        """
        try:
            return await self._pool.run(self._timeout_s, recognize_words, image.data)
        except WorkerError as error:
            raise self._explained(error) from error

    def _explained(self, error: WorkerError) -> ServerError:
        """What the failure of a worker means for its page."""
        if isinstance(error, WorkerTimeout):
            return PageTimeout(
                gettext("The CPU engine did not finish this page within {seconds:g} s.", seconds=self._timeout_s),
                "Raise --first-token-timeout and --page-timeout, or read the page with a smaller image.",
            )
        if isinstance(error, PoolClosed):
            return EngineFailed("The CPU engine has been stopped.", "Restart Pagelight.")
        if isinstance(error, WorkerDied) and error.exit_code is not None:
            reason = gettext("probably out of memory") if error.out_of_memory else str(error)
            return RecognizerDied(
                gettext("The process that read this page ended ({reason}).", reason=reason),
                "Read the page again with a smaller image, or fewer pages at once (--concurrency).",
            )
        return EngineFailed(
            gettext("The CPU engine did not start: {reason}.", reason=str(error).rstrip(".")),
            "Fix this, or pass the address of a model server (vLLM, llama-server) with --server-url.",
        )

    def close(self) -> None:
        """End the processes; pages that are being read fail."""
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
