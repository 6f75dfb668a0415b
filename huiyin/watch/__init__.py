"""Watching over a body: screens on a wall that show figures, and nothing of any case."""
