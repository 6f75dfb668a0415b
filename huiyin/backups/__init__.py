"""Backups of a whole installation: one file, closed for whoever holds the key of backups, made while the site runs (docs/production.md).

Inside is a tar: what the backup is (`manifest.json`), the database as one consistent moment saw it, every file of evidence, and at the end
the digest of each. The file is closed with age (https://age-encryption.org): the installation knows the public half of the key only, so that
whoever breaks into it reads no older backup. The key ring is never inside; its fingerprints are.
"""

from typing import Final

MANIFEST: Final = "manifest.json"
DATABASE: Final = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}
FILES: Final = "files/"
SUMS: Final = "sums.json"
FORMAT: Final = 1


class BackupError(Exception):
    """Why no backup was made or put back, in words for the operator. Nothing was changed unless the text says so."""
