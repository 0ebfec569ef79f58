"""Entry point of `pagelight` and `python -m ocr`: read documents, or run one of the subcommands."""

import sys
from contextlib import suppress

from ocr.interrupts import INTERRUPTED, LoadingInterrupts


def main() -> int:
    """Do what the arguments say; return the exit code.

    Raises:
        KeyboardInterrupt: Ctrl-C; also where an import has made another error of it.
    """
    interrupts = LoadingInterrupts()
    try:
        return _main(interrupts)
    except Exception:
        interrupts.check()
        raise


def _main(interrupts: LoadingInterrupts) -> int:
    from ocr.cli.commands import COMMANDS
    from ocr.config.command_line import parse
    from ocr.stdio import escape_unencodable

    escape_unencodable()
    if sys.argv[1:2] == ["web"]:
        from ocr.web.web_command import main as serve

        interrupts.end()
        with suppress(KeyboardInterrupt):
            return serve(sys.argv[2:])
        return 0
    if sys.argv[1:2] == ["batch"]:
        from ocr.batch.batch_command import main as batch

        interrupts.end()
        return batch(sys.argv[2:])
    if command := COMMANDS.get("".join(sys.argv[1:2])):
        interrupts.end()
        return command(sys.argv[2:])
    settings = parse("cli")  # before the heavy imports, so that --help answers at once
    from ocr.documents.renderer import Renderer
    from ocr.documents.worker_tasks import DocumentLimits

    limits = DocumentLimits(settings.max_file_mb * 1_000_000, settings.max_pages, settings.render_timeout)
    with Renderer(settings.render_workers, limits) as renderer:
        renderer.start()  # a process of its own loads its libraries while this one loads its own
        from ocr.cli.read import main as read

        return read(settings, renderer, interrupts.end)


def run() -> int:
    """Do what the arguments say; return the exit code, also of a program interrupted while it is still being loaded."""
    try:
        return main()
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(run())
