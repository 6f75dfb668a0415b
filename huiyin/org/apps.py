"""The organisation as a Django app."""

from django.apps import AppConfig


class OrgConfig(AppConfig):
    """Registers the question of the start, are the rules the ones that were stored; and who may not leave an office empty."""

    name = "huiyin.org"
    protected_tables = ("org_adminevent", "org_compiledprocedure")

    def ready(self) -> None:
        """Rules that changed without a new edition stop the start (D10)."""
        from huiyin import checks
        from huiyin.org import people, procedures, staffing

        checks.at_start(procedures.problems)
        people.before_leaving(staffing.last_one)
