"""What differs between the model servers that can be started here, and a server to be started."""

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ocr import errors
from ocr.config.profiles import Timeouts
from ocr.engines.local.stages import Stage
from ocr.i18n import gettext

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Cause:
    """A log line, or an exit code, that explains why a server ended."""

    pattern: str
    """A regular expression; its group `what`, where it has one, is quoted. Empty where the exit code says it."""
    kind: type[errors.EngineFailed]
    message: str
    """`{what}` stands for the quotation."""
    next_step: str
    exit_code: int | None = None
    """As a shell has it."""


@dataclass(frozen=True, slots=True)
class LogFormat:
    """How a server's log is read for errors."""

    prefix: re.Pattern[str]
    """What comes before a line's own words."""
    harmless: re.Pattern[str]
    """Lines that name no error of this run, though warnings quote such as might come."""
    error: re.Pattern[str]
    """Lines that name an error."""
    secondary: re.Pattern[str]
    """Errors that only follow from another."""


@dataclass(frozen=True, slots=True)
class ServerProgram:
    """A program that serves a model; all that the supervisor knows of it."""

    name: str
    """As users know it."""
    stages: tuple[tuple[str, Stage], ...]
    """What its log says at each stage; a line that says none of it leaves the stage as it is."""
    causes: tuple[Cause, ...]
    """In this order: the first that any line matches explains the rest."""
    log: LogFormat
    expectation: str
    """How long a start takes."""
    silence_timeout_s: float
    """Limit for a start without log output."""
    timeouts: Timeouts
    """When a page is given up, where the user does not say."""
    when_stalled: str
    """What to do after that."""
    when_port_taken: str
    """What to do where another program listens on its port."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A server to be started: what to run, and where it will answer."""

    program: ServerProgram
    command: tuple[str, ...]
    model: str
    """What to serve: a repository of Hugging Face, a folder or a file."""
    port: int
    api_key: str = field(repr=False)
    """Handed over by the environment, where nobody else sees it."""
    environment: Mapping[str, str] = field(repr=False)
    """All of the process's, its key included."""
    slots: int | None = None
    """Pages that it reads at once; None where it takes as many as it can."""
    identity: str = ""
    """What its answers depend on: the weights and the user's own arguments, not the port."""

    @property
    def url(self) -> str:
        """The base of its API."""
        return f"http://{HOST}:{self.port}/v1"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


def weights_identity(model: str) -> str:
    """The repository's name; of a folder its path, and when its weights were written last."""
    folder = Path(model)
    if not folder.is_dir():
        return model
    written = max((path.stat().st_mtime_ns for path in folder.glob("*.safetensors")), default=0)
    return f"{folder.resolve()} {written}"


def check_port(launch: Launch) -> None:
    """See that nobody listens there yet: who does might be taken for the server we start.

    Raises:
        PortInUse: somebody does, or this port is not for us.
    """
    try:
        socket.create_server((HOST, launch.port)).close()
    except OSError as error:
        name, port, reason = launch.program.name, str(launch.port), error.strerror
        raise errors.PortInUse(
            gettext("{server} cannot listen on port {port}: {reason}.", server=name, port=port, reason=reason),
            launch.program.when_port_taken,
        ) from error
