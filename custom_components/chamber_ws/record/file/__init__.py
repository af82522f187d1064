"""The SQLite file itself: opened or set aside, brought up to date, kept within its bounds."""
