"""What is made of samples: alarms, metrics and a forecast. Fed in the order of time, restartable from snapshots.

settings ─ conditions ─ alarm ── occurrences
sample ─── vial ───────── ┘
sample ─── metrics ───── minutes, windows
value ──── forecast ──── breach
"""
