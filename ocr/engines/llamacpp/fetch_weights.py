"""The weights that llama-server reads, of a folder or a repository of Hugging Face: fetched, verified, converted.

Files of a repository are fetched once; HF_HOME, HF_TOKEN and HF_HUB_OFFLINE mean what they always mean. A checkpoint
without GGUF files is converted once for each of its revisions, into a folder beside Hugging Face's cache.

    python -m ocr.engines.llamacpp.fetch_weights [MODEL]    # fetches, and says where the files are
"""

import hashlib
import shutil
import sys
import traceback
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from ocr.engines.llamacpp.gguf_files import (
    CHECKPOINT_CONFIGURATION,
    CHECKPOINT_WEIGHTS,
    NoGguf,
    choose,
    in_folder,
    is_checkpoint,
)
from ocr.engines.llamacpp.resumable_download import download_file

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

SPARE_BYTES = 200_000_000
"""Left free on the disk beside the weights."""
REVISION_CHARS = 12
"""Of a revision's hash, in the names of converted files."""


class WrongHash(Exception):
    """What was downloaded is not what the hub lists."""

    def __str__(self) -> str:
        """In one line of the log."""
        return f"Wrong hash: {self.args[0]}"


def ready_files(source: str) -> tuple[Path, Path]:
    """The model and its mmproj of a folder or a repository, as GGUF.

    Raises:
        NoGguf: there are neither GGUF files nor a checkpoint.
        NotConvertible: there is a checkpoint of another architecture.
        WrongHash: a download is damaged.
        OSError: the disk is full, or the hub cannot be reached.
    """
    folder = Path(source)
    if not folder.is_dir():
        return fetch(source)
    if is_checkpoint(folder):
        return converted(folder, folder.resolve().name, folder_revision(folder))
    return in_folder(folder)


def fetch(repository: str) -> tuple[Path, Path]:
    """The model and its mmproj of a repository, downloaded and converted unless that was done before."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    try:
        info = HfApi().model_info(repository, files_metadata=True)
    except HfHubHTTPError:
        raise
    except Exception as unreachable:  # the HTTP library's, which depends on the version
        if found := in_cache(repository):
            return found
        snapshot = cached_snapshot(repository)
        if snapshot and is_checkpoint(snapshot):
            return converted(snapshot, repository, snapshot.name)
        raise unreachable from None
    files, revision = {file.rfilename: file for file in info.siblings or []}, info.sha or ""
    if any(name.lower().endswith(".gguf") for name in files):
        model, mmproj = download(repository, revision, [files[name] for name in choose(files)])
        return model, mmproj
    return fetch_checkpoint(repository, revision, files)


def fetch_checkpoint(repository: str, revision: str, files: dict[str, "RepoSibling"]) -> tuple[Path, Path]:
    """The GGUF files that a repository's checkpoint is converted to; weights are fetched after its config.json."""
    from ocr.engines.llamacpp.checkpoint import check_family, read_json

    done = conversion_paths(repository, revision)
    weights = [file for name, file in files.items() if fnmatch(name, CHECKPOINT_WEIGHTS)]
    if all(path.exists() for path in done):
        return done
    if not weights or "config.json" not in files:
        raise NoGguf("there is neither a GGUF file nor a model.safetensors with its config.json")
    configuration = download(repository, revision, [files[name] for name in CHECKPOINT_CONFIGURATION if name in files])
    check_family(read_json(configuration[0]))
    check_disk(total_bytes(uncached(repository, revision, weights)) + total_bytes(weights), cache_folder())
    download(repository, revision, weights)
    return converted(configuration[0].parent, repository, revision)


def download(repository: str, revision: str, files: Sequence["RepoSibling"]) -> list[Path]:
    """The paths of a repository's files, which are downloaded and verified unless they are in the cache."""
    missing, paths = uncached(repository, revision, files), []
    check_disk(total_bytes(missing), cache_folder())
    for file in files:
        path = download_file(repository, file.rfilename, cache_folder())
        if file in missing and file.lfs:
            verify(path, file.lfs.sha256)
        paths.append(path)
    return paths


def uncached(repository: str, revision: str, files: Sequence["RepoSibling"]) -> list["RepoSibling"]:
    """Those of a repository's files that are not in the cache."""
    from huggingface_hub import try_to_load_from_cache

    paths = [try_to_load_from_cache(repository, file.rfilename, revision=revision) for file in files]
    return [file for file, path in zip(files, paths, strict=True) if not isinstance(path, str)]


def total_bytes(files: Iterable["RepoSibling"]) -> int:
    """The length of files together."""
    return sum(file.size or 0 for file in files)


def verify(path: Path, sha256: str) -> None:
    """See that a file has this hash; one that has not is deleted.

    The library itself compares lengths only.

    Raises:
        WrongHash: it has another.
    """
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        path.resolve().unlink(missing_ok=True)  # the cache holds links
        path.unlink(missing_ok=True)
        raise WrongHash(path.name)


def in_cache(repository: str) -> tuple[Path, Path] | None:
    """The model and its mmproj as they were got ready before, without asking the network; None if one is missing."""
    snapshot = cached_snapshot(repository)
    if not snapshot:
        return None
    done = conversion_paths(repository, snapshot.name)
    if all(path.exists() for path in done):
        return done
    try:
        return in_folder(snapshot)
    except NoGguf:
        return None


def cached_snapshot(repository: str) -> Path | None:
    """The folder of a repository's newest revision in the cache, which may lack files."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return Path(snapshot_download(repository, local_files_only=True))
    except LocalEntryNotFoundError:
        return None


def converted(checkpoint: Path, name: str, revision: str) -> tuple[Path, Path]:
    """The GGUF files of a checkpoint, written once, whole or not at all."""
    from filelock import FileLock

    from ocr.engines.llamacpp.convert import convert

    done = conversion_paths(name, revision)
    done[0].parent.mkdir(parents=True, exist_ok=True)
    with FileLock(done[0].with_suffix(".lock")):
        if not all(path.exists() for path in done):
            check_disk(sum(path.stat().st_size for path in checkpoint.glob(CHECKPOINT_WEIGHTS)), done[0].parent)
            model, mmproj = (path.with_suffix(".partial") for path in done)
            try:
                convert(checkpoint, model, mmproj, on_progress=report_progress)
                for written, path in zip((model, mmproj), done, strict=True):
                    written.replace(path)
            finally:
                for written in (model, mmproj):
                    written.unlink(missing_ok=True)
    return done


def report_progress(share: float) -> None:
    """Say in the log how much of a checkpoint is converted."""
    sys.stderr.write(f"\rConverting to GGUF: {share:4.0%}" + ("\n" if share == 1 else ""))
    sys.stderr.flush()


def conversion_paths(name: str, revision: str) -> tuple[Path, Path]:
    """Where the two files go that a checkpoint is converted to."""
    stem = f"{name.replace('/', '--')}-{revision[:REVISION_CHARS]}"
    folder = cache_folder().parent / "pagelight"
    return folder / f"{stem}-Q8_0.gguf", folder / f"{stem}-mmproj-F16.gguf"


def folder_revision(folder: Path) -> str:
    """A hash of a folder's path, and of when and how long its files of weights were written."""
    states = [
        (path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in sorted(folder.glob("*.safetensors"))
    ]
    return hashlib.sha256(repr((str(folder.resolve()), states)).encode()).hexdigest()


def cache_folder() -> Path:
    """Hugging Face's."""
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE)


def check_disk(needed: int, folder: Path) -> None:
    """See that so many bytes fit the disk of a folder, which may not be there yet.

    Raises:
        OSError: they do not.
    """
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if needed and free < needed + SPARE_BYTES:
        raise OSError(f"Not enough free disk space: {needed / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free.")


def main(model: str = "") -> int:
    """Fetch the weights of a model, the default one if none is named; say where they are, or why not."""
    from ocr.engines.llamacpp.llama_command import DEFAULT_MODEL, REPOSITORIES
    from ocr.engines.llamacpp.llama_program import LLAMA_SERVER
    from ocr.engines.local.diagnose import explain

    model = model or DEFAULT_MODEL
    try:
        files = ready_files(REPOSITORIES.get(model, model))
    except Exception as error:  # noqa: BLE001 - explained as the same error is in a server's log
        reason = explain(LLAMA_SERVER, "".join(traceback.format_exception(error)).splitlines(), 1, served=False)
        sys.stderr.write(f"{reason}\n")
        return reason.exit_code
    for file in files:
        sys.stderr.write(f"{file} ({file.stat().st_size / 1e9:.2f} GB)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
