"""What changes from one update to the next reaches the browser's copy of a value."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from gradio.utils import diff

from ocr.web.gradio_edits import correct_deletions

PAGES = [{"paragraphs": ["a", "b", "c", "d"], "note": ""}, {"paragraphs": ["e", "f", "g"], "note": "x"}]
CHANGES = [
    pytest.param([1, 2, 3, 4, 5], [1], id="list"),
    pytest.param([{"regions": [1, 2, 3, 4, 5]}], [{"regions": []}], id="emptied list in a list"),
    pytest.param([{"regions": [1, 2, 3, 4, 5]}], [{"regions": [9, 2]}], id="shorter list in a list"),
    pytest.param(
        [{"pages": PAGES}],
        [{"pages": [{"paragraphs": ["a"], "note": "y"}, {"paragraphs": [], "note": "x"}]}],
        id="lists side by side",
    ),
    pytest.param([{"pages": [*PAGES, *PAGES]}], [{"pages": [{"paragraphs": ["e"]}]}], id="lists in a shorter list"),
    pytest.param([{"regions": [1, 2]}], [{"regions": [1, 2, 3, 4]}], id="longer list"),
    pytest.param([{"tokens": {"1": 25, "2": 50}}], [{"tokens": {}}], id="dict"),
]


def applied(value: Any, edits: list[Any]) -> Any:
    """Apply edits as Gradio's browser does: each to what the one before has left."""
    for operation, path, new in edits:
        *way, last = path
        target = value
        for step in way:
            target = target[step]
        if operation == "delete":
            target.pop(last)
        elif operation == "add" and isinstance(target, list):
            target.insert(last, new)
        else:
            target[last] = target[last] + new if operation == "append" else new
    return value


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_edits_lead_to_the_new_value(old: Any, new: Any) -> None:
    edits = diff(old, new)
    correct_deletions(edits, new)
    assert applied(deepcopy(old), edits) == new
