"""What the gateway hears and says, and how it deals with commands."""
