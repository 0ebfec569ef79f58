"""The CPU engine: Tesseract reads pages in worker processes, and says which way up a page lies."""
