"""A session as the values of the page's components."""
