"""`python -m ocr`: read documents from the command line, or one of the commands beside that."""

import sys


def main() -> int:
    """Do what the arguments say; return the exit code."""
    from ocr.commands import COMMANDS
    from ocr.settings import parse
    from ocr.terminal import escape_unencodable

    escape_unencodable()
    if command := COMMANDS.get("".join(sys.argv[1:2])):
        return command(sys.argv[2:])
    settings = parse("cli")  # before the heavy imports, so that --help answers at once
    from ocr.documents.renderer import Renderer
    from ocr.documents.rendering import Limits

    limits = Limits(settings.max_file_mb * 1_000_000, settings.max_pages, settings.render_timeout)
    with Renderer(settings.render_workers, limits) as renderer:
        renderer.start()  # a process of its own loads its libraries while this one loads its own
        from ocr.cli import main as read

        return read(settings, renderer)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # while it is still being loaded
        sys.exit(130)
