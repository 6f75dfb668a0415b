"""Cases: the log of events, the only way to write to it, the copies derived from it, and who may see what."""
