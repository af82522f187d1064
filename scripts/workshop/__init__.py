"""The workshop: what sets up, demonstrates and tests chamber_ws on a bare machine.

Standard library only (Python 3.11 or later), so that it runs before anything is installed. What
speaks to Home Assistant also uses aiohttp and runs inside Home Assistant's own environment.
"""
