"""`python -m ocr`: read documents from the command line."""

import sys

from ocr.settings import parse

if __name__ == "__main__":
    settings = parse("cli")  # before the heavy imports, so that --help answers at once
    from ocr.cli import main

    sys.exit(main(settings))
