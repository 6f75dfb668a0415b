import django.db.models.deletion
from django.db import migrations, models

from huiyin.vault.db import protect


class Migration(migrations.Migration):

    initial = True

    dependencies = [("vault", "0002_protect")]

    operations = [
        migrations.CreateModel(
            name='Destroyed',
            fields=[
                ('no', models.BigIntegerField(primary_key=True, serialize=False)),
                ('case_id', models.BigIntegerField(db_index=True)),
                ('seq', models.IntegerField()),
                ('admin_seq', models.BigIntegerField()),
                ('number', models.CharField(blank=True, default='', max_length=60)),
                ('kind', models.CharField(max_length=20)),
                ('unit', models.CharField(max_length=64)),
                ('archived', models.DateField(null=True)),
                ('period', models.CharField(max_length=20)),
                ('label', models.CharField(max_length=200)),
                ('basis', models.CharField(blank=True, default='', max_length=200)),
                ('until', models.DateField()),
                ('proposed_by', models.CharField(max_length=40)),
                ('first_by', models.CharField(max_length=40)),
                ('second_by', models.CharField(max_length=40)),
                ('executed_by', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('records', models.IntegerField()),
                ('files', models.IntegerField()),
                ('bytes', models.BigIntegerField()),
                ('digest', models.CharField(max_length=64)),
                ('again', models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('made', models.DateTimeField()),
                ('by', models.CharField(max_length=40)),
                ('role', models.CharField(max_length=40)),
                ('unit', models.CharField(db_index=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('case_id', models.BigIntegerField(db_index=True)),
                ('shown_seq', models.IntegerField()),
                ('period', models.CharField(max_length=20)),
                ('code', models.CharField(max_length=40)),
                ('label', models.CharField(max_length=200)),
                ('basis', models.CharField(blank=True, default='', max_length=200)),
                ('until', models.DateField()),
                ('roles', models.CharField(blank=True, default='', max_length=200)),
                ('first_by', models.CharField(blank=True, default='', max_length=40)),
                ('first_role', models.CharField(blank=True, default='', max_length=40)),
                ('first_at', models.DateTimeField(blank=True, null=True)),
                ('second_by', models.CharField(blank=True, default='', max_length=40)),
                ('second_role', models.CharField(blank=True, default='', max_length=40)),
                ('second_at', models.DateTimeField(blank=True, null=True)),
                ('state', models.CharField(default='waiting', max_length=10)),
                ('why', models.CharField(blank=True, default='', max_length=300)),
                ('ended_by', models.CharField(blank=True, default='', max_length=40)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('proposal', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='retention.proposal')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting'), models.Q(('second_by', ''), _negated=True)), fields=['id'], name='retention_agreed')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'waiting')), fields=('case_id',), name='retention_proposed_once'), models.CheckConstraint(condition=models.Q(('second_by', ''), models.Q(('second_by', models.F('first_by')), _negated=True), _connector='OR'), name='retention_two_people')],
            },
        ),
        protect("retention_destroyed"),
    ]
