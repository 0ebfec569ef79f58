"""Run functions in worker processes that may hang, crash or be killed without harm to the program.

`worker_pool` starts the processes and hands them tasks; each of them runs `worker_main`. What is done in them is for
the caller to say: pages are rendered there (`ocr.documents`) and recognised by Tesseract (`ocr.engines.tesseract`).
Nothing is imported here: each worker would load it.
"""
