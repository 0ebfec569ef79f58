"""Handle what a visitor does on the page."""
