"""The Raspberry Pi side of chamber_ws: senses, decides, acts, and speaks the wire contract."""

__version__ = "0.1.0"
