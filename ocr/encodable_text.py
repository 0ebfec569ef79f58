"""Text that UTF-8 can encode, whatever a model, a file's name or a browser has brought."""


def encodable(text: str) -> str:
    """The text with `?` for half a surrogate pair, which JSON can carry and no file, database or browser takes."""
    return text if text.isascii() else text.encode(errors="replace").decode()
