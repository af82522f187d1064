"""What a message costs: this integration, Home Assistant's own `mqtt` and bare floors under one load."""
