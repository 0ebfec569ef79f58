"""Open documents and render their pages on demand, in worker processes that isolate damaged or malicious files.

PDFium is not thread-safe, and a parser of foreign bytes has no business in the app's own process. So `renderer` owns a
pool of processes (`ocr.workers`); there `worker_tasks` tells what a file is (`filetypes`), has `pdf` or `images` open
it, and gives pages back as `encoding` puts them. Only those last three import PDFium and Pillow. Nothing is imported
here: each worker would load it, and asyncio alone is a fifth of what it takes to start.
"""
