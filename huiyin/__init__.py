"""Huiyin (回音): complaints to bodies that must answer the public, with the regulation kept as data."""

__version__ = "0.1.0"
