"""The CPU engine: Tesseract in worker processes, which also detects the orientation of pages."""
