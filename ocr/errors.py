"""All errors, as one tree of exceptions.

What an error says is written where it is raised (a PDF's in documents/pdf.py), its French in web/locale/fr.toml.

Each error carries a message (what happened), a next step (what the user can do) and an exit code; `retryable` says
whether asking again may help. Both texts are translatable: whatever varies in them is passed to `gettext` as a value.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from ocr.i18n import Translatable, gettext, join


class OcrError(Exception):
    """The root; catch it where a page's or a program's fate is decided, nowhere else."""

    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, next_step: str = "") -> None:
        """`message` says what happened, `next_step` what the user can do about it."""
        super().__init__(message)
        self.message = gettext(message)
        self.next_step = gettext(next_step)

    @property
    def full_message(self) -> Translatable:
        """Both sentences."""
        return join(" ", (self.message, self.next_step))

    def __str__(self) -> str:
        return str(self.full_message)

    def __reduce__(self) -> tuple[type[OcrError], tuple[Translatable, Translatable]]:
        """Survive the way back from a render process."""
        return type(self), (self.message, self.next_step)


class UsageError(OcrError):
    """An option or a page range that makes no sense."""

    exit_code = 2


class MissingExtra(UsageError):
    """What was asked for needs packages that are not installed; the next step names the extra that brings them."""


class DocumentError(OcrError):
    """A document cannot be opened."""

    exit_code = 3


class NotADocument(DocumentError):
    """Neither a PDF nor an image we know."""


class DamagedDocument(DocumentError):
    """It begins like a document, but cannot be parsed."""


class UnsupportedDocument(DocumentError):
    """Whole, but of a kind that is not read."""


class EmptyDocument(DocumentError):
    """No bytes, or no pages."""


class PasswordRequired(DocumentError):
    """Encrypted, and no password was given."""


class WrongPassword(DocumentError):
    """Encrypted, and the password does not open it."""


class DocumentTooLarge(DocumentError):
    """More bytes or pages than the limit."""


class PageError(OcrError):
    """One page cannot be read; the others go on."""


class RenderFailed(PageError):
    """The page is damaged."""


class RendererDied(RenderFailed):
    """The process that rendered the page ended before it was done; another try may do."""

    retryable = True


class RenderTimeout(PageError):
    """Rendering took longer than its deadline."""


class PageTooLarge(PageError):
    """More pixels than can be decoded in bounded memory."""


class OutputError(OcrError):
    """A result cannot be written."""


class StorageError(OcrError):
    """Files cannot be listed or read where they are stored; no fault of a document, and a rerun may find it gone."""


class NoSuchFile(StorageError):
    """There is nothing of that name where files can be read."""


class ProgramFault(OcrError):
    """The program's own fault, at one page or one document."""


class NotVerified(OcrError):
    """Fewer words of a document were found on its pages than `--require` asks for."""

    exit_code = 5


class ServerError(OcrError):
    """The server did not give the page's text."""


class ServerUnavailable(ServerError):
    """The server cannot be used at all."""

    exit_code = 4


class Unreachable(ServerUnavailable):
    """Nothing accepts the connection."""

    retryable = True


class NameNotResolved(ServerUnavailable):
    """DNS does not know the host."""


class TlsFailed(ServerUnavailable):
    """Certificate or handshake."""


class WrongKey(ServerUnavailable):
    """401 or 403."""


class UnknownModel(ServerUnavailable):
    """404 for a model the server does not have."""


class NoModelListed(UnknownModel):
    """The server lists no model; it may have some all the same."""


class NoImages(ServerUnavailable):
    """The server's model takes text only."""


NO_IMAGES_STEP = gettext("Serve a LightOnOCR model; with llama-server its mmproj file has to be given too (--mmproj).")


class ServerGone(ServerUnavailable):
    """It was there, and has not come back for minutes."""


class NotAnApi(ServerUnavailable):
    """It answers, but does not speak the API."""


class EngineFailed(ServerUnavailable):
    """The server started here did not start, or died."""


class OutOfMemory(EngineFailed):
    """The model and its cache do not fit the memory."""


class PortInUse(EngineFailed):
    """Another program listens where the server wants to."""


class NoSuchModel(EngineFailed):
    """No such folder or repository, or no access to it."""


class NoGpu(EngineFailed):
    """No CUDA, or a driver too old for it."""


class VersionMismatch(EngineFailed):
    """vLLM and a package beside it are not compatible."""


class DiskFull(EngineFailed):
    """No room for the weights."""


class UnsupportedModel(EngineFailed):
    """The server here does not know the model's architecture."""


class ContextTooLong(EngineFailed):
    """More tokens asked for than the model has."""


class BadOption(EngineFailed):
    """The server does not know an option that it was given."""


class BadWeights(EngineFailed):
    """The weight files are damaged, or of different models."""


class UnsupportedProcessor(EngineFailed):
    """The program is built for a newer processor."""


class NoVllm(EngineFailed):
    """There is no vLLM here."""


class NoLlamaServer(EngineFailed):
    """There is no llama-server here."""


class Stalled(EngineFailed):
    """The server said nothing for very long while it started."""


class RequestFailed(ServerError):
    """One request failed; another may not."""

    retryable = True


class Refused(RequestFailed):
    """400, 413 or 422: the server does not accept this page."""

    retryable = False


class Overloaded(RequestFailed):
    """429 or 503."""

    def __init__(self, message: str, next_step: str = "", retry_after: float | None = None) -> None:
        """`retry_after` is the server's own wish, in seconds."""
        super().__init__(message, next_step)
        self.retry_after = retry_after


class GatewayTimeout(RequestFailed):
    """502, 504 or 524: a proxy on the way gave up."""


class InternalError(RequestFailed):
    """Any other 5xx."""


class StreamError(RequestFailed):
    """An error line inside the stream."""


class StreamCut(RequestFailed):
    """The connection ended before the answer did."""


class Silence(RequestFailed):
    """Connected, but no word arrived for too long."""


class Interrupted(RequestFailed):
    """The server went away while it read the page, and is back: this was no attempt of the page's."""


class PageTimeout(RequestFailed):
    """Words arrived, but the page did not end in time."""

    retryable = False


class RecognitionFailed(RequestFailed):
    """The CPU engine cannot read this page."""

    retryable = False


class RecognizerDied(RecognitionFailed):
    """The process that read the page ended before it was done; another try may do."""

    retryable = True


class AnswerTooLong(RequestFailed):
    """More text than any page has."""

    retryable = False


log = logging.getLogger(__name__)


@contextmanager
def confined() -> Iterator[None]:
    """Let what nobody foresaw cost what is done inside, a page or a document, and not the run.

    Raises:
        ProgramFault: for any exception that is none of this tree; its traceback is in the log.
    """
    try:
        yield
    except OcrError:
        raise
    except Exception as fault:
        log.exception("A fault of Pagelight itself; please report it.")
        failed = gettext("Pagelight failed with an internal error ({kind}).", kind=type(fault).__name__)
        raise ProgramFault(failed, "Please report it with the traceback from Pagelight's log.") from fault
