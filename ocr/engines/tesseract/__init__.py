"""The CPU engine: Tesseract in its own process, behind the same HTTP API that vLLM has."""
