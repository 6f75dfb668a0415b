from django.db import migrations

from huiyin.vault.db import protect


class Migration(migrations.Migration):
    dependencies = [("vault", "0004_openings")]

    operations = [protect("vault_opening", "vault_openingstep")]
