"""The agent's own record of its samples: what was said while nobody listened can be asked for later."""
