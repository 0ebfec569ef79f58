"""Fetch a model's GGUF files from Hugging Face, then become the server that reads them.

Run as a script, so that the download is a stage of the server's start like any other: its progress is in the log, and
it ends with the process. What was fetched before, whole or in part, is not fetched again; HF_HOME, HF_TOKEN and
HF_HUB_OFFLINE mean what they always mean.

    python fetch_and_serve.py OWNER/REPO llama-server OPTION...
"""

import os
import re
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

WEIGHTS = ("q8_0", "f16", "bf16", "q6_k", "q5_k_m", "q4_k_m")
"""The precision of a language model's file, in the order in which they are chosen: Q8_0 reads as well as F16."""
MMPROJ_WEIGHTS = ("f16", "bf16", "f32", "q8_0")
"""The same of the vision tower, which suffers from fewer bits; BF16 is slow, or fails, on Metal."""
SPARE_BYTES = 200_000_000
"""Left free on the disk beside the weights."""


class NoGguf(Exception):
    """There is no model, or no mmproj, among the files."""

    def __str__(self) -> str:
        """In one line of the log."""
        return f"No GGUF files: {self.args[0]}"


def choose(names: Iterable[str]) -> tuple[str, str]:
    """The names of the model and of its mmproj among those of a repository's or a folder's files.

    Raises:
        NoGguf: one of the two is missing.
    """
    files = sorted(name for name in names if name.lower().endswith(".gguf"))
    mmprojs = [name for name in files if "mmproj" in name.lower()]
    models = [name for name in files if "mmproj" not in name.lower() and not re.search(r"-\d{5}-of-\d{5}", name)]
    if not models or not mmprojs:
        raise NoGguf("there is no " + ("mmproj file" if models else "model") + f" among {', '.join(files) or 'none'}.")
    return _first(models, WEIGHTS), _first(mmprojs, MMPROJ_WEIGHTS)


def _first(names: list[str], weights: tuple[str, ...]) -> str:
    """The file of the first precision that there is; of two, the one with the shorter name."""

    def rank(name: str) -> tuple[int, int, str]:
        words = re.split(r"[-.]", name.lower())
        return next((n for n, precision in enumerate(weights) if precision in words), len(weights)), len(name), name

    return min(names, key=rank)


def fetch(repository: str) -> tuple[Path, Path]:
    """The model and its mmproj of a repository, downloaded unless they are in the cache."""
    from huggingface_hub import HfApi, hf_hub_download, try_to_load_from_cache
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.errors import HfHubHTTPError

    try:
        listed = HfApi().model_info(repository, files_metadata=True).siblings or []
    except HfHubHTTPError:
        raise
    except Exception as unreachable:
        if found := in_cache(repository):
            return found
        raise unreachable from None
    sizes = {file.rfilename: file.size or 0 for file in listed}
    chosen = choose(sizes)
    missing = [name for name in chosen if not isinstance(try_to_load_from_cache(repository, name), str)]
    check_disk(sum(sizes[name] for name in missing), Path(HF_HUB_CACHE))
    model, mmproj = (Path(hf_hub_download(repository, name)) for name in chosen)
    return model, mmproj


def in_cache(repository: str) -> tuple[Path, Path] | None:
    """The model and its mmproj as they were downloaded before, without asking the network; None if one is missing."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        return in_folder(Path(snapshot_download(repository, local_files_only=True)))
    except (LocalEntryNotFoundError, NoGguf):
        return None


def in_folder(folder: Path) -> tuple[Path, Path]:
    """The model and its mmproj in a folder.

    Raises:
        NoGguf: one of the two is missing.
    """
    model, mmproj = choose(str(path.relative_to(folder)) for path in folder.rglob("*.gguf"))
    return folder / model, folder / mmproj


def check_disk(needed: int, folder: Path) -> None:
    """See that so many bytes fit the disk of a folder, which may not be there yet.

    Raises:
        OSError: they do not.
    """
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if needed and free < needed + SPARE_BYTES:
        raise OSError(f"Not enough free disk space: {needed / 1e9:.1f} GB are needed, {free / 1e9:.1f} GB are free.")


def main(repository: str, command: list[str]) -> None:
    """Fetch the files and run the command with them; it takes the place of this process."""
    sys.stderr.write(f"Looking for the files of {repository}\n")
    model, mmproj = fetch(repository)
    os.execv(command[0], [*command, "--model", str(model), "--mmproj", str(mmproj)])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
