"""Decode server-sent events, cheaply enough for thousands of small events per page.

httpx-sse does the same by way of text, lines and event objects, for twice the time of all the rest that an event costs.
"""


class SSEDecoder:
    """Takes a stream's bytes as they come; gives the `data` of each event that is whole."""

    def __init__(self) -> None:
        self.unfinished = bytearray()
        """The line whose end has not come."""
        self._data: list[bytes] = []
        self._size = 0

    @property
    def buffered_bytes(self) -> int:
        """Bytes kept of an event that is not whole; the caller decides how many are too many."""
        return len(self.unfinished) + self._size

    def feed(self, data: bytes) -> list[bytes]:
        """Take more bytes; lines end with LF or CRLF, fields other than `data` mean nothing here."""
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = bytes(self.unfinished) + lines[0]
            self.unfinished.clear()
        self.unfinished += rest
        found = []
        for line in lines:
            if line.startswith(b"data:"):
                self._data.append(line[6 if line[5:6] == b" " else 5 :].rstrip(b"\r"))
                self._size += len(line)
            elif self._data and line in (b"", b"\r"):
                found.append(b"\n".join(self._data) if len(self._data) > 1 else self._data[0])
                self._data.clear()
                self._size = 0
        return found
