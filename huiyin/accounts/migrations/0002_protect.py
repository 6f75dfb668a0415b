from django.db import migrations

from huiyin.vault.db import protect


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("vault", "0002_protect")]

    operations = [protect("accounts_look")]
