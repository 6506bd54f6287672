from typing import Any

from core.first_rows import plant_m3u
from django.db import migrations


def plant(apps: Any, schema_editor: Any) -> None:
    plant_m3u(apps)


class Migration(migrations.Migration):
    dependencies = [("m3u", "0001_initial")]

    operations = [migrations.RunPython(plant, migrations.RunPython.noop)]
