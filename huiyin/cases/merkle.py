"""A Merkle root over a stream, in memory that grows with the logarithm of its length (the tree of RFC 6962, SHA-256)."""

from __future__ import annotations

import hashlib


class Tree:
    """Takes leaves in their order. A leaf is hashed after 0x00, a node after 0x01, so that neither can pass for the other."""

    def __init__(self) -> None:
        self.count = 0
        self._peaks: list[tuple[int, bytes]] = []  # (height, hash) of complete subtrees, highest first

    def add(self, leaf: bytes) -> None:
        """One more leaf."""
        self.count += 1
        height, node = 0, hashlib.sha256(b"\0" + leaf).digest()
        while self._peaks and self._peaks[-1][0] == height:
            node = hashlib.sha256(b"\1" + self._peaks.pop()[1] + node).digest()
            height += 1
        self._peaks.append((height, node))

    def root(self) -> str:
        """The root of what was added so far, 64 hexadecimal digits; of nothing, the hash of nothing."""
        if not self._peaks:
            return hashlib.sha256(b"").hexdigest()
        node = self._peaks[-1][1]
        for _height, left in reversed(self._peaks[:-1]):
            node = hashlib.sha256(b"\1" + left + node).digest()
        return node.hex()


def leaf(case_id: int, seq: int, digest: str) -> bytes:
    """The leaf of a case: which it is, how far its chain goes, where it ends."""
    return f"{case_id} {seq} {digest}".encode()
