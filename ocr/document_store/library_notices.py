"""What the user of a library has to know of it: that it was damaged, or which documents were removed for room."""

from collections.abc import Iterable
from pathlib import Path

from ocr.i18n import Translatable, gettext, join, ngettext

MAX_NAMES = 20
"""Names of removed documents in one text."""


class LibraryNotices:
    """What has happened since the user last said that it is known."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self._removed: list[str] = []
        self._set_aside: list[Path] = []

    def add_removed(self, names: Iterable[str]) -> None:
        """Documents of these names were removed to make room."""
        self._removed += names

    def add_damaged(self, folder: Path | None) -> None:
        """The library was damaged, and has been put into this folder; None for one that was not."""
        self._set_aside += [folder] if folder else []

    def clear(self) -> None:
        """The user knows it."""
        self._removed, self._set_aside = [], []

    @property
    def text(self) -> Translatable | None:
        """All of it; None where nothing has happened."""
        sentences = [
            gettext(
                "The library was damaged, and a new one has been started. The damaged one is in {folder}.",
                folder=str(folder),
            )
            for folder in self._set_aside
        ]
        if names := self._removed:
            shown = ", ".join([*names[:MAX_NAMES], *(["…"] if len(names) > MAX_NAMES else [])])
            removed = ngettext(
                "{count} document was removed from the library to make room: {names}.",
                "{count} documents were removed from the library to make room: {names}.",
                len(names),
                names=shown,
            )
            sentences.append(removed)
        return join(" ", sentences) if sentences else None
