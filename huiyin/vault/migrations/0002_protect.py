from django.db import migrations

from huiyin.vault.db import protect


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_initial")]

    operations = [protect("vault_reveallog")]
