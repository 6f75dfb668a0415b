"""The vault: what an event must not hold. Keys, encryption of texts and identities, blind indexes, masking, the reveal log, the chain."""
