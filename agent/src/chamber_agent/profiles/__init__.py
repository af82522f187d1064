"""Ramp and soak profiles: their steps, where one stands, and what becomes of it after a power cut."""
