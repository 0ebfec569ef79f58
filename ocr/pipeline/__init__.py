"""Pages to events: many at once, each retried until it ends."""
