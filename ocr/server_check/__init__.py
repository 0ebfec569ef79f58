"""Check step by step whether a server can read pages."""
