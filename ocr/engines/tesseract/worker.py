"""The child process that reads pages: `python -m ocr.engines.tesseract.worker LANGUAGES TESSDATA`.

Pages arrive on standard input, each as a JSON line (`width`, `height`, `grounding`) and `width * height` gray bytes.
For each, JSON lines leave on standard output: `{"text": …}` for every block, then `{"end": true}` or
`{"error": …}`. The end of the input ends the process at once, in the middle of a page too.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import IO, Any

Job = tuple[dict[str, Any], bytes]


def main() -> None:
    """Load the languages, then read pages until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    output = _claim_stdout()
    jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, jobs), daemon=True).start()

    from ocr.engines.tesseract.answer_text import page_text
    from ocr.engines.tesseract.recognition import Recognizer

    languages, tessdata = sys.argv[1], Path(sys.argv[2])
    try:
        recognizer = Recognizer(languages, tessdata)
    except RuntimeError as error:
        _send(output, {"error": f"Tesseract cannot load {languages} from {tessdata}: {error}"})
        return
    _send(output, {"ready": True})
    while True:
        head, gray = jobs.get()
        try:
            for text in page_text(recognizer.read(gray, head["width"], head["height"]), grounding=head["grounding"]):
                _send(output, {"text": text})
        except RuntimeError as error:  # what tesserocr raises when Tesseract gives a page up
            _send(output, {"error": f"Tesseract could not read the page: {error}"})
        else:
            _send(output, {"end": True})


def _send(output: IO[bytes], message: dict[str, Any]) -> None:
    output.write(json.dumps(message, ensure_ascii=False).encode() + b"\n")
    output.flush()


def _claim_stdout() -> IO[bytes]:
    """Keep standard output for messages: whatever a library prints goes to standard error."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return output


def _listen(source: IO[bytes], jobs: queue.SimpleQueue[Job]) -> None:
    """Queue what arrives; when the other side is gone there is nobody left to read for."""
    while line := source.readline():
        head = json.loads(line)
        size = head["width"] * head["height"]
        gray = source.read(size)
        if len(gray) < size:
            break
        jobs.put((head, gray))
    os._exit(0)


if __name__ == "__main__":
    main()
