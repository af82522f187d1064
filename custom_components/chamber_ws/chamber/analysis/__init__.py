"""What is made of samples: alarms and metrics. Fed in the order of time, restartable from snapshots.

settings ─ conditions ─ alarm ── occurrences
sample ─── vial ───────── ┘
sample ─── metrics ───── minutes, windows
"""
