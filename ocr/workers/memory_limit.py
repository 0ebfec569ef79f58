"""A bound for the memory of a worker process, so that no file can take the machine down."""

from contextlib import suppress


def limit_memory(max_bytes: int) -> None:
    """Bound the address space of this process, where the platform can: what asks for more meets a MemoryError."""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    bound = max_bytes if hard == resource.RLIM_INFINITY else min(max_bytes, hard)
    with suppress(ValueError, OSError):  # macOS refuses it
        resource.setrlimit(resource.RLIMIT_AS, (bound, hard))
