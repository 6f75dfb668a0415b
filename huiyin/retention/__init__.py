"""Retention and disposal: how long cases are kept, what is held back, what two people agreed to destroy, and the register of what was."""
