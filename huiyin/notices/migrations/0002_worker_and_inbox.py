"""The outbox as the worker sends it: when a row is due, what is left to people; who read what. Officers' rows are delivered as they are."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


def bring_up(apps, schema_editor):
    """Rows of before: due when they were made; officers read theirs in the inbox."""
    outbox = apps.get_model("notices", "Outbox")
    outbox.objects.update(due_at=models.F("made"))
    inside = outbox.objects.filter(to_kind__in=["unit", "officer"], state="queued")
    inside.update(state="sent", channel="inbox", finished=models.F("made"))


class Migration(migrations.Migration):

    dependencies = [("notices", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="outbox", name="notices_queue"),
        migrations.RemoveConstraint(model_name="outbox", name="notices_told_once"),
        migrations.RemoveField(model_name="outbox", name="read_at"),
        migrations.AddField("outbox", "topic", models.CharField(default="", max_length=40)),
        migrations.AddField("outbox", "data", models.JSONField(default=dict)),
        migrations.AddField("outbox", "courtesy", models.BooleanField(default=False)),
        migrations.AddField("outbox", "unit", models.CharField(default="", max_length=64)),
        migrations.AddField("outbox", "sealed", models.CharField(default="", max_length=32)),
        migrations.AddField(
            "outbox", "due_at", models.DateTimeField(default=django.utils.timezone.now), preserve_default=False
        ),
        migrations.RunPython(bring_up, migrations.RunPython.noop, elidable=True),
        migrations.AddConstraint(
            model_name="outbox",
            constraint=models.UniqueConstraint(
                fields=("case_id", "seq", "to_kind", "to", "clauses", "about", "topic"), name="notices_told_once"
            ),
        ),
        migrations.AddIndex(
            model_name="outbox",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "sending"])), fields=["due_at", "id"], name="notices_due"
            ),
        ),
        migrations.AddIndex(
            model_name="outbox",
            index=models.Index(
                condition=models.Q(("state__in", ["by_hand", "unknown", "failed"])),
                fields=["unit", "state", "-id"],
                name="notices_left",
            ),
        ),
        migrations.CreateModel(
            name="InboxRead",
            fields=[
                ("pk", models.CompositePrimaryKey("person_id", "notice_id", blank=True, editable=False, primary_key=True, serialize=False)),
                ("person_id", models.BigIntegerField()),
                ("notice", models.ForeignKey(
                    db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="readers", to="notices.outbox")),
                ("at", models.DateTimeField()),
            ],
            options={"indexes": [models.Index(fields=["notice"], name="notices_read_by")]},
        ),
    ]
