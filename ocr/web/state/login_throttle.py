"""Throttle logins: each address has to wait longer after each wrong password."""

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

FREE_ATTEMPTS = 5
"""Wrong passwords that cost nothing: people mistype."""
MAX_WAIT_S = 60.0
"""By then an address can try 1,440 passwords a day, and a neighbour behind the same address waits a minute at most."""
RESET_AFTER_S = 3600.0
"""Seconds after the last try when an address starts anew."""
MAX_ADDRESSES = 10_000
"""Addresses remembered, some 2 MB; the one that tried longest ago is dropped first."""


@dataclass(slots=True)
class LoginThrottle:
    """How long each address has to wait before it may try a password."""

    clock: Callable[[], float] = time.monotonic
    _attempts: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)
    """Address → how many, and when the last was."""

    def begin(self, address: str) -> float:
        """Count a try; 0 if it may be made, else the seconds to wait. It counts as wrong until `succeed`.

        So many tries sent at once are no way around it.
        """
        key, now = network(address), self.clock()
        count, last = self._attempts.get(key, (0, 0.0))
        if now - last > RESET_AFTER_S:
            count = 0
        wait = min(2.0 ** (count - FREE_ATTEMPTS), MAX_WAIT_S) if count >= FREE_ATTEMPTS else 0.0
        if wait and (left := last + wait - now) > 0:
            return left
        self._attempts[key] = (count + 1, now)
        self._attempts.move_to_end(key)
        while len(self._attempts) > MAX_ADDRESSES:
            self._attempts.popitem(last=False)
        return 0.0

    def succeed(self, address: str) -> None:
        """The password was right."""
        self._attempts.pop(network(address), None)


def network(address: str) -> str:
    """Whom an address stands for: itself, or with IPv6 the /64 that one household has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
