"""The agent as a service of systemd: what it tells systemd and the journal, and how it is installed."""
