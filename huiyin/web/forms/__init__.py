"""Forms: one for each event, built from the vocabulary; no rules here, what a rule asks is only marked."""
