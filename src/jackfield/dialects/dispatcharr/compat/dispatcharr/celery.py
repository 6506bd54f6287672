"""The Celery application, under the name that plugins import: ``dispatcharr.celery.app``.

Importing it makes it the current application of this process, so that ``shared_task``,
``current_app`` and canvases work without it, too.
"""

from jackfield.dialects.dispatcharr.django_setup import environment
from jackfield.dialects.dispatcharr.worker.celery_app import make_app

app = make_app(environment())
