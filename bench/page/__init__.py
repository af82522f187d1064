"""From a sample at the broker to its number in a page: what a browser sees, and what that costs it."""
