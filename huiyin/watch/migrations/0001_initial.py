from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Screen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("unit", models.CharField(db_index=True, max_length=64)),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("made", models.DateTimeField()),
                ("made_by", models.CharField(max_length=40)),
                ("until", models.DateTimeField()),
                ("ended", models.DateTimeField(null=True)),
            ],
        ),
    ]
