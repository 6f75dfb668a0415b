from django.db import migrations

from huiyin.vault.db import protect


def make_sequence(apps, editor):
    """Ids of cases on PostgreSQL: taken in blocks before anything is written. SQLite counts them in cases_counter."""
    if editor.connection.vendor == "postgresql":
        editor.execute("CREATE SEQUENCE IF NOT EXISTS cases_case_ids")


def drop_sequence(apps, editor):
    if editor.connection.vendor == "postgresql":
        editor.execute("DROP SEQUENCE IF EXISTS cases_case_ids")


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial"), ("vault", "0002_protect")]

    operations = [
        migrations.RunPython(make_sequence, drop_sequence),
        protect("cases_event", "cases_anchor", "cases_anchorleaf"),
    ]
