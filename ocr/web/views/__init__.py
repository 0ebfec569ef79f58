"""Turn a session into the values of the page's components."""
