"""Pagelight: read documents with LightOnOCR, page by page, as the text is written."""

__version__ = "0.1.0"
