"""Reading documents from Python: `read` for one document, `aread` for several with all events."""
