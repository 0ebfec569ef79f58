"""`python -m ocr`: read documents from the command line, or one of the commands beside that."""

import sys

from ocr.commands import COMMANDS
from ocr.settings import parse

if __name__ == "__main__":
    if command := COMMANDS.get("".join(sys.argv[1:2])):
        sys.exit(command(sys.argv[2:]))
    settings = parse("cli")  # before the heavy imports, so that --help answers at once
    from ocr.documents import Renderer

    with Renderer() as renderer:
        renderer.start()  # its processes load their libraries while this one loads its own
        from ocr.cli import main

        sys.exit(main(settings, renderer))
