"""Markdown as the models write it → HTML that a page may hold, whatever the text says."""

from ocr.html.render import render

__all__ = ["render"]
