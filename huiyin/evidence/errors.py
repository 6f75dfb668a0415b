"""What can be wrong with a file. The texts are for whoever handed it in: what is the matter, and what to do."""

from __future__ import annotations


class BadFile(ValueError):
    """A file that is not taken. `code` names the fault; the text is Chinese, one or two sentences, the second says what to do."""

    def __init__(self, code: str, says: str) -> None:
        super().__init__(says)
        self.code, self.says = code, says


class Unreadable(Exception):
    """A stored file is not there, was altered or cut short. The text names its address on the disk, nothing of its content."""
