
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vault", "0003_blind_newest"),
    ]

    operations = [
        migrations.CreateModel(
            name="Opening",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("person", models.CharField(max_length=40)),
                ("role", models.CharField(max_length=40)),
                ("unit", models.CharField(max_length=64)),
                ("case_id", models.BigIntegerField(db_index=True)),
                ("party", models.CharField(blank=True, default="", max_length=40)),
                ("reason", models.CharField(max_length=500)),
                ("until", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["until"], name="vault_opening_until")],
            },
        ),
        migrations.CreateModel(
            name="OpeningStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sort", models.CharField(max_length=8)),
                ("what", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                ("person", models.CharField(max_length=40)),
                ("role", models.CharField(max_length=40)),
                ("unit", models.CharField(max_length=64)),
                ("says", models.CharField(blank=True, default="", max_length=500)),
                ("until", models.DateTimeField(null=True)),
                (
                    "opening",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="vault.opening"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("opening", "sort"), name="vault_opening_once_each")],
            },
        ),
    ]
