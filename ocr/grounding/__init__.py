"""Finds the words of a page's text among the words that stand on the page, and where the two disagree. No I/O."""
