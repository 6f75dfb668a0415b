"""Open ends and figures of boards: copies, filled by `huiyin rebuild` for cases that were there before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_businesses")]

    operations = [
        migrations.CreateModel(
            name="BoardCounter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("unit", models.CharField(max_length=64)),
                ("role", models.CharField(default="", max_length=30)),
                ("name", models.CharField(max_length=20)),
                ("value", models.IntegerField()),
                ("counted", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="OpenEnd",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("case_id", models.BigIntegerField()),
                ("seq", models.IntegerField()),
                ("sort", models.CharField(max_length=12)),
                ("unit", models.CharField(max_length=64)),
                ("role", models.CharField(default="", max_length=30)),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name="caseround",
            index=models.Index(
                condition=models.Q(("satisfaction", "dissatisfied")),
                fields=["handling_unit"],
                name="cases_round_unhappy",
            ),
        ),
        migrations.AddIndex(
            model_name="link", index=models.Index(fields=["relation", "-case_id"], name="cases_link_relation")
        ),
        migrations.AddConstraint(
            model_name="boardcounter",
            constraint=models.UniqueConstraint(fields=("unit", "role", "name"), name="cases_one_counter_each"),
        ),
        migrations.AddIndex(
            model_name="openend",
            index=models.Index(fields=["unit", "sort", "since", "id"], name="cases_open_ends"),
        ),
        migrations.AddConstraint(
            model_name="openend",
            constraint=models.UniqueConstraint(
                fields=("case_id", "seq", "sort", "unit", "role"), name="cases_open_end_once"
            ),
        ),
    ]
