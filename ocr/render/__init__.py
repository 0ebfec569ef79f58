"""Markdown as the models write it → HTML that a page may hold, whatever the text says."""

from ocr.render.html import render

__all__ = ["render"]
