"""What is tested, in which environment, in which order, and what came of it."""
