"""What the JSON of an event costs, by three libraries, and all that our client does with the bytes of an event.

    python -m bench.decoding

What is not installed is left out; see bench/http_clients.py.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from importlib.util import find_spec

from bench.lockstep import writes
from ocr.inference.chat_stream import ChatStream

TOKENS = 800


def main() -> None:
    """Print Markdown."""
    decoders: dict[str, Callable[[bytes], object]] = {"json": json.loads}
    if find_spec("orjson"):
        import orjson

        decoders["orjson"] = orjson.loads
    if find_spec("msgspec"):
        import msgspec

        decoders["msgspec, untyped"] = msgspec.json.decode
    print("| CPU µs an event | 1 token | 16 tokens |\n|---|---|---|")
    fold = ChatStream("http://127.0.0.1").feed
    decoders["ours: json, the event split off, text checked"] = lambda line: list(fold(b"data: " + line + b"\n\n"))
    for name, decode in decoders.items():
        print(f"| {name} |", " | ".join(f"{_timed(decode, interval):.2f}" for interval in (1, 16)), "|")


def _timed(take: Callable[[bytes], object], interval: int, runs: int = 9) -> float:
    framed = [data.split(b"\r\n")[1] for data in writes(interval, 1, TOKENS)]
    data = [line.removeprefix(b"data: ").strip() for line in framed]
    times = []
    for _ in range(runs):
        began = time.process_time()
        for line in data:
            take(line)
        times.append(1e6 * (time.process_time() - began) / len(data))
    return statistics.median(times)


if __name__ == "__main__":
    main()
