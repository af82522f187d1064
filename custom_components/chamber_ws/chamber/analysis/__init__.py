"""What is made of samples: alarms, metrics, forecasts. Fed in the order of time, restartable from snapshots.

settings ─ conditions ─ alarm ── occurrences
sample ─── vial ───────── ┘
sample ─── metrics ───── minutes, windows
sample ─── forecast ──── breach
"""
