from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('org', '0002_protect'),
    ]

    operations = [
        migrations.CreateModel(
            name='Authority',
            fields=[
                ('code', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('label', models.CharField(max_length=120)),
                ('matters', models.JSONField(default=list)),
                ('telephone', models.CharField(max_length=60)),
                ('address', models.CharField(blank=True, default='', max_length=200)),
                ('hours', models.CharField(blank=True, default='', max_length=120)),
                ('url', models.CharField(blank=True, default='', max_length=200)),
                ('area', models.CharField(blank=True, default='', max_length=20)),
                ('unit', models.CharField(blank=True, default='', max_length=64)),
                ('note', models.CharField(blank=True, default='', max_length=200)),
                ('checked', models.DateField()),
                ('since', models.DateField()),
                ('until', models.DateField(blank=True, null=True)),
            ],
        ),
    ]
