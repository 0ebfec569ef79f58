"""Renders the Markdown that models write to HTML that is safe in a page."""

from ocr.html.render import render

__all__ = ["render"]
