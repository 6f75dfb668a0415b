from django.db import migrations, models


class Migration(migrations.Migration):
    """The index of tokens carries the case: the newest cases of a common name are found without sorting all of them."""

    dependencies = [("vault", "0002_protect")]

    operations = [
        migrations.AddIndex(
            model_name="blindindex",
            index=models.Index(fields=["kind", "token", "-case_id"], name="vault_blind_newest"),
        ),
        migrations.RemoveIndex(model_name="blindindex", name="vault_blind_token"),
    ]
