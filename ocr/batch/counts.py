"""Numbers of things in words."""


def counted(count: int, noun: str) -> str:
    """`1 page`, `1,240 pages`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
