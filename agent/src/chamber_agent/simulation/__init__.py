"""What exists only in simulation: thermoelectric modules, and a fleet of chambers."""
