"""The program behind `app.py` and `pagelight web`: settings, an engine, the web page."""

import sys
from collections.abc import Sequence
from importlib import import_module
from threading import Thread

from ocr.i18n import gettext
from ocr.interrupts import LoadingInterrupts


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or an error; return the exit code.

    Raises:
        KeyboardInterrupt: Ctrl-C, at any moment.
        SystemExit: SIGTERM, at any moment.
    """
    interrupts = LoadingInterrupts()
    from ocr.config.command_line import parse
    from ocr.config.settings import silence_gradio
    from ocr.errors import OcrError
    from ocr.extras import require

    settings = parse("app", argv)  # before the heavy imports, so that --help answers at once
    interrupts.exit_on_sigterm()
    silence_gradio()
    try:
        require("app", gettext("The web page"))
        from ocr.documents.renderer import Renderer
        from ocr.documents.worker_tasks import DocumentLimits
        from ocr.engines.offered_server import offered_server
        from ocr.engines.select import running_server
        from ocr.engines.waiting_reader import reader_of
        from ocr.inference.client import Client

        page = Thread(target=import_module, args=["ocr.web.serve_page"], daemon=True)
        page.start()  # loads while the server starts
        limits = DocumentLimits(settings.max_file_mb * 1_000_000, settings.max_pages, settings.render_timeout)
        renderer = Renderer(settings.render_workers, limits)  # its processes start as pages want them
        with (
            running_server(settings, sys.stderr.write) as server,
            offered_server(settings, server) as offered,
            renderer,
        ):
            interrupts.check()  # before it waits for seconds until the page is loaded
            page.join()  # a signal's exception inside an import can leave Python's import lock taken for ever
            timeouts = server.timeouts(settings.timeouts)
            from ocr.web.actions.page_engines import STREAM_INTERVAL
            from ocr.web.serve_page import launch

            interrupts.check()  # before the address is printed
            clients = [Client(url, server.api_key, timeouts, stream_interval=STREAM_INTERVAL) for url in server.urls]
            launch(settings, reader_of(server, clients), renderer, server, offered, interrupts.end)
    except Exception as error:
        interrupts.check()  # an import may have made this error of it
        if not isinstance(error, OcrError):
            raise
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0
