"""Pages to events: many pages at once, each with retries until it ends."""
