"""The edits that Gradio sends from one update of an event to the next, corrected where a list gets shorter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import getitem
from typing import Any

Edit = list[Any]
"""`[operation, path, value]`, as Gradio's `diff` makes them; the browser applies them in their order."""


def correct_deletions(edits: Sequence[Edit], new: Any) -> None:
    """Let each deletion remove the element behind the last that stays; `new` is the value that the edits lead to.

    Gradio 6.31 counts deletions in a list once more for every list around it. The browser then removes elements that
    stay, and keeps some that go.
    """
    for operation, path, _ in edits:
        if operation == "delete" and isinstance(path[-1], int):
            path[-1] = len(reduce(getitem, path[:-1], new))
