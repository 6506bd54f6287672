from typing import Any

from django.db import migrations

from core.first_rows import plant_core


def plant(apps: Any, schema_editor: Any) -> None:
    plant_core(apps)


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [migrations.RunPython(plant, migrations.RunPython.noop)]
