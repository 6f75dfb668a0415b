from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_saved_filters")]

    operations = [
        migrations.CreateModel(
            name="PartyCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code_hash", models.CharField(max_length=64, unique=True)),
                ("case_id", models.BigIntegerField(db_index=True)),
                ("party", models.CharField(max_length=40)),
                ("round", models.SmallIntegerField()),
                ("seq", models.IntegerField(default=0)),
                ("by", models.CharField(default="", max_length=64)),
                ("made", models.DateTimeField()),
                ("revoked", models.BooleanField(default=False)),
            ],
        ),
    ]
