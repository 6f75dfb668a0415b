from django.db import migrations, models

from huiyin.search.index import INDEXES
from huiyin.vault.db import protect


def words(apps, editor):
    for index in INDEXES.values():
        for statement in index.schema[editor.connection.vendor][0]:
            editor.execute(statement, None)


def no_words(apps, editor):
    for index in INDEXES.values():
        for statement in index.schema[editor.connection.vendor][1]:
            editor.execute(statement, None)


ROW = [
    ("id", models.BigIntegerField(primary_key=True, serialize=False)),
    ("case_id", models.BigIntegerField(db_index=True)),
    ("seq", models.IntegerField()),
    ("tokens", models.BinaryField(default=b"")),
]


class Migration(migrations.Migration):
    initial = True
    dependencies = [("vault", "0002_protect")]

    operations = [
        migrations.CreateModel(
            name="OpenRow", fields=[(n, f.clone()) for n, f in ROW], options={"abstract": False, "db_table": "search_open"}
        ),
        migrations.CreateModel(
            name="ClosedRow", fields=[(n, f.clone()) for n, f in ROW], options={"abstract": False, "db_table": "search_closed"}
        ),
        migrations.CreateModel(
            name="SearchLog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("person", models.CharField(max_length=40)),
                ("role", models.CharField(max_length=40)),
                ("unit", models.CharField(max_length=64)),
                ("sorts", models.CharField(max_length=80)),
                ("digest", models.CharField(max_length=32)),
                ("filters", models.CharField(max_length=200)),
                ("found", models.IntegerField()),
            ],
            options={"indexes": [models.Index(fields=["person", "at"], name="search_log_person")]},
        ),
        migrations.RunPython(words, no_words),
        protect("search_searchlog"),
    ]
