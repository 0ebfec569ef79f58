"""What a tab has been sent, so that the next event need not send it again."""

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

_numbers = itertools.count(int(time.time() * 1000))
"""Numbers of updates; they only grow, also when the program is started anew while its tabs stay open."""


@dataclass(slots=True)
class SentValues:
    """The latest values sent to one tab, by component."""

    _values: dict[str, tuple[Any, int | None]] = field(default_factory=dict)
    """Component → value, and the number of an update that brought it; None for an update without one."""

    def record(self, name: str, value: Any, number: int | None = None) -> None:
        """Record what is being sent."""
        before, since = self._values.get(name, (None, None))
        if since is None or before != value:
            self._values[name] = value, number

    def has(self, name: str, value: Any, received: int) -> bool:
        """Whether a tab that has received the update of this number has this value."""
        sent, number = self._values.get(name, (None, None))
        return number is not None and number <= received and sent == value


@dataclass(slots=True)
class EventUpdates:
    """The updates that one event brings.

    Gradio sends a component's first value whole, and then what has changed since. So a value that the tab has is left
    out until it is another one; from then on each update has it, which costs nothing where it stays the same.

    An update has a number if it brings a value that the event has not brought before, or is to have one. The tab says
    the latest number that it has received with the events that follow. Messages may be lost on the way, so only what
    came with that update or before is left out of the answer.
    """

    sent: SentValues
    """What was sent to the tab."""
    received: int
    """The latest update that the tab had received when the event happened; 0 for none."""
    number: int = 0
    """That of the latest update that has one; 0 before."""
    _told: set[str] = field(default_factory=set)

    def news(self, values: dict[str, Any], *, numbered: bool = False) -> dict[str, Any]:
        """Those of these values that the next update has to have, by component; `numbered` gives it a number.

        The number is taken here, so call this in the order of sending.
        """
        told = {
            name: value
            for name, value in values.items()
            if name in self._told or not self.sent.has(name, value, self.received)
        }
        numbered = bool(told) and (numbered or not told.keys() <= self._told)
        if numbered:
            self.number = next(_numbers)
        for name, value in told.items():
            self.sent.record(name, value, self.number if numbered else None)
        self._told |= told.keys()
        return told
