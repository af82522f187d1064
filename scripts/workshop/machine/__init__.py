"""What must be on the machine: Python, tools, environments, each made once and remembered."""
