from django.db import migrations, models


def stored():
    return [
        ("id", models.CharField(max_length=32, primary_key=True, serialize=False)),
        ("kind", models.CharField(max_length=8)),
        ("size", models.BigIntegerField()),
        ("address", models.CharField(max_length=64)),
        ("copy_kind", models.CharField(blank=True, default="", max_length=8)),
        ("copy_size", models.BigIntegerField(default=0)),
        ("copy_address", models.CharField(blank=True, default="", max_length=64)),
        ("thumb_address", models.CharField(blank=True, default="", max_length=64)),
        ("made", models.DateTimeField()),
    ]


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Staged",
            fields=[
                *stored(),
                ("owner", models.CharField(max_length=80)),
                ("draft", models.BigIntegerField(blank=True, db_index=True, null=True)),
                ("touched", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["owner", "made"], name="evidence_staged_owner"),
                    models.Index(fields=["touched"], name="evidence_staged_touched", condition=models.Q(draft__isnull=True)),
                ]
            },
        ),
        migrations.CreateModel(
            name="File",
            fields=[
                *stored(),
                ("case_id", models.BigIntegerField()),
                ("seq", models.IntegerField()),
                ("fact", models.CharField(max_length=60)),
                ("owner", models.CharField(max_length=80)),
            ],
            options={"indexes": [models.Index(fields=["case_id", "seq"], name="evidence_file_case")]},
        ),
    ]
