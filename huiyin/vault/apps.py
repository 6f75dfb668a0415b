"""The vault as a Django app."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class VaultConfig(AppConfig):
    """Registers the question of the start (are the right keys here?) and the privileges after a migration."""

    name = "huiyin.vault"
    protected_tables = ("vault_reveallog", "vault_opening", "vault_openingstep")

    def ready(self) -> None:
        """Keys are compared with the database before anything is written; privileges follow every migration."""
        from huiyin import checks
        from huiyin.vault import ciphers, db, erasing, keys

        checks.at_start(db.problems)
        checks.at_start(ciphers.problems)
        checks.at_start(keys.problems)
        checks.at_start(erasing.at_start)
        post_migrate.connect(db.grant_after_migrate, sender=self, dispatch_uid="huiyin.vault.grant")
