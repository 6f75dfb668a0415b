from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("search", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made", models.DateTimeField()),
                ("officer_id", models.BigIntegerField()),
                ("person", models.CharField(db_index=True, max_length=40)),
                ("role", models.CharField(max_length=40)),
                ("unit", models.CharField(max_length=64)),
                ("reason", models.CharField(max_length=300)),
                ("format", models.CharField(max_length=4)),
                ("asked", models.BinaryField()),
                ("filters", models.CharField(max_length=200)),
                ("state", models.CharField(max_length=8)),
                ("rows", models.IntegerField(default=0)),
                ("beat", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
                ("master", models.CharField(default="", max_length=20)),
                ("wrapped", models.BinaryField(default=b"")),
                ("size", models.BigIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "running"])), fields=["beat"], name="search_export_open"
                    )
                ],
            },
        ),
    ]
