"""What can go wrong in the vault. The texts name refs, cases and names of facts, never values."""


class VaultError(Exception):
    """Something of the vault cannot be done."""


class UnknownRef(VaultError):
    """No record has this ref."""


class Damaged(VaultError):
    """A record or key was altered, or stands in another's place: it does not open, or does not fit its commitment."""


class KeyDestroyed(VaultError):
    """Nothing can be sealed or revealed any more: the data key was destroyed."""
