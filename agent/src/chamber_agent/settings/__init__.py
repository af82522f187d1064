"""Reading what the agent is told, and the secrets that it is pointed to."""
