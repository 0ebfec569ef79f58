"""Find Tesseract's language data, and check that it has the requested languages."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from ocr.config.settings import tessdata_prefix
from ocr.errors import EngineFailed

USUAL_PLACES = (
    "/usr/share/tesseract-ocr/*/tessdata",
    "/usr/share/tessdata",
    "/usr/share/tesseract/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
    "/opt/local/share/tessdata",
)
"""Debian and Ubuntu, Arch, Fedora, builds from source and Homebrew on Intel, Homebrew, MacPorts."""


def find_tessdata(languages: str) -> Path:
    """The folder that holds every language of `languages` (`eng+fra`).

    The folder named by `TESSDATA_PREFIX` is searched first, then the usual places, then the folder built into
    tesserocr, which takes half a second to ask for.

    Raises:
        EngineFailed: no folder holds them all; the message names those installed and the packages missing.
    """
    wanted = [part for part in languages.split("+") if part]
    if not wanted:
        raise EngineFailed("No language was asked for.", "Name at least one: --languages eng")
    found: dict[Path, set[str]] = {}
    for folder in _candidates():
        found[folder] = installed(folder)
        if found[folder].issuperset(wanted):
            return folder.resolve()
    raise _missing(wanted, found)


def installed(folder: Path) -> set[str]:
    """The languages whose data lies in a folder; empty when there is no such folder."""
    if not folder.is_dir():
        return set()
    return {file.stem for file in folder.glob("*.traineddata")}


def _candidates() -> Iterator[Path]:
    if prefix := tessdata_prefix():
        yield prefix
    for pattern in USUAL_PLACES:
        yield from sorted(Path("/").glob(pattern.removeprefix("/")), reverse=True)
    import tesserocr

    yield Path(tesserocr.get_languages()[0])


def _missing(wanted: Sequence[str], found: dict[Path, set[str]]) -> EngineFailed:
    best = max(found.values(), key=lambda names: len(names.intersection(wanted)), default=set())
    missing = [name for name in wanted if name not in best]
    have = ", ".join(sorted(best - {"osd"})) or "none"
    packages = " ".join(f"tesseract-ocr-{name.replace('_', '-').lower()}" for name in missing)
    places = ", ".join(str(folder) for folder in found if found[folder]) or "no folder of language data was found"
    return EngineFailed(
        f"Tesseract has no data for {', '.join(missing)}. Installed: {have} ({places}).",
        f"Install it (apt-get install {packages}; brew install tesseract-lang), "
        "choose among those installed with --languages, or name its folder in TESSDATA_PREFIX.",
    )
