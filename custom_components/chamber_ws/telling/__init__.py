"""Who is told of what, and when: entities have a share of the event loop's time, and the newest wins."""
