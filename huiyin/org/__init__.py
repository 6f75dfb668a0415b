"""The organisation: units and their functions, areas, people and their postings, adopted procedures, settings, and the log of administration."""
