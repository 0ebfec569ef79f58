"""The command line of the CPU engine: `python -m ocr.engines.tesseract --port 8000`."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from ocr.errors import OcrError
from ocr.machine import cores


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop; the result is the exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    # Starlette and Tesseract take a moment to load; --help need not wait for them.
    from ocr.engines.tesseract.process_pool import WorkerOptions
    from ocr.engines.tesseract.serve import EngineOptions, serve
    from ocr.engines.tesseract.tessdata import find_tessdata

    try:
        tessdata = find_tessdata(options.languages, options.tessdata)
        serve(
            EngineOptions(
                WorkerOptions(options.languages, tessdata.resolve()),
                workers=options.workers or cores(),
                host=options.host,
                port=options.port,
                api_key=options.api_key,
                exit_with_parent=options.exit_with_parent,
            )
        )
    except OcrError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ocr.engines.tesseract",
        description="Read pages with Tesseract on the CPU, behind the same HTTP API as vLLM. "
        "Writes `ready http://HOST:PORT` on standard output when it can be asked.",
        epilog="exit codes: 0 stopped, 2 usage, 4 it cannot start (the message says why)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_port, default=8000, help="port; 0 takes a free one (default: %(default)s)")
    parser.add_argument("--languages", default="eng", metavar="L", help="as eng+fra (default: %(default)s)")
    parser.add_argument("--workers", type=_positive, metavar="N", help="pages read at once (default: the cores)")
    parser.add_argument("--api-key", metavar="KEY", help="ask for this bearer token")
    parser.add_argument("--tessdata", type=Path, metavar="DIR", help="folder of *.traineddata (default: searched for)")
    parser.add_argument(
        "--exit-with-parent", action="store_true", help="end when standard input ends, and leave Ctrl-C to the parent"
    )
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is not a port, 0 to 65535")
    return number


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not 1 or more")
    return number


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # while it is still being loaded
        sys.exit(130)
