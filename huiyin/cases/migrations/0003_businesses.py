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
                ('code', models.CharField(max_length=18)),
                ('name', models.CharField(max_length=200)),
                ('address', models.CharField(default='', max_length=200)),
                ('area', models.CharField(default='', max_length=20)),
                ('kind', models.CharField(default='', max_length=20)),
            ],
        ),
        migrations.AddIndex(
            model_name='business',
            index=models.Index(fields=['name'], name='cases_business_name'),
        ),
        migrations.AddConstraint(
            model_name='business',
            constraint=models.UniqueConstraint(fields=('code', 'name', 'address', 'area', 'kind'), name='cases_business_as_written'),
        ),
    ]
