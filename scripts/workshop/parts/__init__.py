"""The real parts that are started: brokers and Home Assistant, as processes that end with their starter."""
