"""What a batch run is asked for, and the record of it in TARGET that keeps two runs from being mixed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from ocr.batch.cluster_options import ClusterOptions
from ocr.batch.storage import Folder, local_path
from ocr.config.read_request import ReadRequest
from ocr.config.settings import Settings
from ocr.errors import NoSuchFile, OutputError, UsageError
from ocr.filenames import printable

RUN_FILE = "run.json"
MODEL_FILE = "model.json"
RUN_VERSION = 2


class BatchEngine(StrEnum):
    """What runs the tasks."""

    LOCAL = "local"
    SHARD = "shard"
    SLURM = "slurm"
    RAY = "ray"


CLUSTERS = {BatchEngine.SLURM, BatchEngine.RAY}
"""Those of which each process has its own share of a machine."""


@dataclass(frozen=True, slots=True)
class DryRun:
    """What `--dry-run` reckons with."""

    rate: float | None = None
    """Pages a second of a server; None for the published rate."""
    servers: int = 1
    price: float | None = None
    """Of a server for an hour."""


@dataclass(frozen=True, slots=True)
class BatchSettings:
    """A run: from where to where, who runs its tasks, and how pages are read."""

    source: str
    target: str
    reading: Settings
    engine: BatchEngine = BatchEngine.LOCAL
    shard: tuple[int, int] | None = None
    """Number of this shard, from 0, and of all."""
    tasks: int | None = None
    workers: int | None = None
    column: str | None = None
    """Of a dataset's columns that with the documents' bytes."""
    figures: bool = False
    """Whether the pictures of pages are kept as files."""
    formats: tuple[str, ...] = ()
    """In which each document is written when the run has ended."""
    dry_run: DryRun | None = None
    """Whether to tell only what would be read."""
    cluster: ClusterOptions = field(default_factory=ClusterOptions)

    @property
    def folder(self) -> Folder:
        """TARGET."""
        return Folder(self.target)

    @property
    def processes(self) -> int:
        """How many processes of this machine read tasks at the same time."""
        return 1 if self.engine in CLUSTERS else self.workers or 1

    @property
    def pages(self) -> str:
        """The range of pages that are read of each document; empty for all."""
        return self.reading.request.pages

    def on_nodes(self) -> "BatchSettings":
        """The same for other machines, where the working folder is another one."""
        source, target = (
            str(path.absolute()) if (path := local_path(one)) else one for one in (self.source, self.target)
        )
        return replace(self, source=source, target=target)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """What run.json holds: what must be the same each time that the run goes on."""

    source: str
    pages: str
    """The range of pages that are read of each document; empty for all."""
    reading: Mapping[str, Any]
    """The other options that change what is read, by name."""

    @classmethod
    def of(cls, settings: BatchSettings) -> "RunRecord":
        """That of a run."""
        request = settings.reading.request
        names = [option.name for option in fields(ReadRequest) if option.name not in {"pages", "password"}]
        reading = {name: getattr(request, name) for name in names} | {"languages": settings.reading.languages}
        reading |= {"verify": settings.reading.verifies, "figures": settings.figures}
        return cls(settings.source, request.pages, reading)

    @property
    def verified(self) -> bool:
        """Whether pages are compared with the words on them."""
        return bool(self.reading.get("verify"))

    def differences(self, other: "RunRecord") -> list[str]:
        """What `other` asks for that is not the same, in words."""
        mine, others = (
            {"SOURCE": one.source, "--pages": one.pages}
            | {f"--{name.replace('_', '-')}": value for name, value in one.reading.items()}
            for one in (self, other)
        )
        names = sorted(name for name in mine.keys() | others.keys() if mine.get(name) != others.get(name))
        return [f"{name} was {_shown(mine.get(name))}, and is {_shown(others.get(name))} now" for name in names]


def read_run(folder: Folder) -> RunRecord:
    """What a run was asked for.

    Raises:
        OutputError: there is no run in the folder, its record cannot be parsed, or another version has written it.
        StorageError: it cannot be read.
    """
    try:
        values = json.loads(folder.read(RUN_FILE))
        if values["version"] != RUN_VERSION:
            raise OutputError(
                f"{folder.address(RUN_FILE)} is of version {values['version']}; this Pagelight knows {RUN_VERSION}.",
                "Use the version of Pagelight that began the run, or begin with a new --out.",
            )
        return RunRecord(values["source"], values["pages"], values["reading"])
    except NoSuchFile as error:
        raise OutputError(f"{folder.url} holds no batch run.", "Name the folder that was --out of one.") from error
    except (ValueError, KeyError, TypeError) as error:
        name = folder.address(RUN_FILE)
        raise OutputError(f"{name} is damaged.", "Restore it from a copy, or begin with a new --out.") from error


def begin_run(settings: BatchSettings) -> None:
    """Record a run in TARGET, or find that it is the one that was begun there.

    Raises:
        UsageError: it is another one.
        OutputError, StorageError: TARGET cannot be written or read.
    """
    folder, record = settings.folder, RunRecord.of(settings)
    values = {"version": RUN_VERSION, "source": record.source, "pages": record.pages, "reading": record.reading}
    _write_or_compare(folder, RUN_FILE, values)
    if differences := read_run(folder).differences(record):
        raise UsageError(
            f"{settings.target} holds another run: {'; '.join(differences)}.",
            "Repeat its command to go on with it, or choose another --out.",
        )


def check_model(folder: Folder, model: str) -> None:
    """Record the model that reads a run's pages, or find that it is the one that has read some.

    Raises:
        UsageError: it is another one.
    """
    known = _write_or_compare(folder, MODEL_FILE, {"model": model})
    if known.get("model") != model:
        raise UsageError(
            f"Pages of {folder.url} were read by {printable(str(known.get('model')))}, not by {printable(model)}.",
            "Name that model by --model and a server that has it, or choose another --out.",
        )


def _write_or_compare(folder: Folder, name: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values that the file has; these, if there was none before."""
    if not folder.exists(name) and folder.write_new(name, json.dumps(values, indent=1).encode()):
        return values
    try:
        found = json.loads(folder.read(name))
        return found if isinstance(found, dict) else {}
    except ValueError:
        return {}


def _shown(value: object) -> str:
    return "the default" if value in (None, "") else printable(str(value))
