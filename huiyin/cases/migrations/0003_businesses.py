from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0002_protect'),
    ]

    operations = [
        migrations.CreateModel(
            name='Business',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(db_index=True, max_length=18)),
                ('digest', models.CharField(max_length=32)),
                ('closed', models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name='BusinessPart',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.CharField(max_length=32)),
                ('business_id', models.BigIntegerField()),
            ],
        ),
        migrations.AddConstraint(
            model_name='business',
            constraint=models.UniqueConstraint(fields=('code', 'digest'), name='cases_business_as_written'),
        ),
        migrations.AddIndex(
            model_name='businesspart',
            index=models.Index(fields=['token', '-business_id'], name='cases_business_part'),
        ),
    ]
