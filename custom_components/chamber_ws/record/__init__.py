"""What the integration does with the past: asking gateways for what was missed, and completing statistics with it."""
