from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("org", "0004_contacts_and_shifts")]

    operations = [
        migrations.CreateModel(
            name="OwnText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=120)),
                ("text", models.TextField(blank=True)),
                ("put", models.DateTimeField()),
                ("waits", models.BooleanField(default=False)),
            ],
            options={"indexes": [models.Index(fields=["kind", "name"], name="org_owntext_kind_name")]},
        ),
    ]
