"""What the integration's actions do: `services` registers them."""
