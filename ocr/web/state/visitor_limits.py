"""Limits per visitor: enough for one person on a public page, far more on one's own machine."""

from dataclasses import dataclass, replace

from ocr.config.settings import Settings


@dataclass(frozen=True, slots=True)
class VisitorLimits:
    """The limits of one page. An address is a visitor's, or that of a whole office; see `--trusted-proxies`."""

    connections: int
    """Of one address at once, and requests under way: a tab has two that stay, and six while it loads."""
    sessions: int
    """Of one address at once."""
    new_tabs: int
    """Of one address within `NEW_TABS_WINDOW_S`: Gradio stores something of every tab."""
    uploads: int
    """Of one address at once; the page sends one after the other."""
    waiting: int
    """Uploaded files of one address that belong to no session yet; the page adds each to one at once."""
    waiting_share: int
    """Their bytes together, in largest files."""
    reads: int
    """Documents of one address that programs have read at once, and calls of language models."""
    files: int
    """Of one session; each is a row of the page and a file on the disk."""
    pages: int
    """Of one session; each costs about a kilobyte before it is read, and its image and text afterwards."""


NEW_TABS_WINDOW_S = 300.0
"""As long as a session outlives its tab."""
PUBLIC = VisitorLimits(
    connections=200, sessions=50, new_tabs=100, uploads=6, waiting=20, waiting_share=4, reads=4, files=100, pages=4_000
)
"""Forty people behind one address still find room; a stranger takes a fortieth of all sessions."""
PRIVATE = VisitorLimits(
    connections=2_000, sessions=1_500, new_tabs=5_000, uploads=200, waiting=2_000, waiting_share=100, reads=200,
    files=5_000, pages=200_000,
)  # fmt: skip
"""Against programs that run amok, not against people."""


def limits_of(settings: Settings) -> VisitorLimits:
    """The limits of a page that strangers can reach, or of one that only this machine can.

    Two of the largest documents always find room in a session.
    """
    limits = PUBLIC if settings.public else PRIVATE
    return replace(limits, pages=max(limits.pages, 2 * settings.max_pages))
