"""Programme guides.

Source: dispatcharr spec 5.1.
"""

from __future__ import annotations

from django.db import models


class EPGSource(models.Model):
    """A guide on the network or on disk, or one that is made up from channels' names."""

    class SourceType(models.TextChoices):
        XMLTV = "xmltv", "XMLTV URL"
        SCHEDULES_DIRECT = "schedules_direct", "Schedules Direct"
        DUMMY = "dummy", "Dummy"

    STATUS_IDLE = "idle"
    STATUS_FETCHING = "fetching"
    STATUS_PARSING = "parsing"
    STATUS_ERROR = "error"
    STATUS_SUCCESS = "success"
    STATUS_DISABLED = "disabled"
    STATUS_CHOICES = [
        (STATUS_IDLE, "Idle"),
        (STATUS_FETCHING, "Fetching"),
        (STATUS_PARSING, "Parsing"),
        (STATUS_ERROR, "Error"),
        (STATUS_SUCCESS, "Success"),
        (STATUS_DISABLED, "Disabled"),
    ]

    name = models.CharField(max_length=255, unique=True)
    source_type = models.CharField(
        max_length=20, choices=SourceType.choices, default=SourceType.XMLTV
    )
    url = models.URLField(max_length=1000, blank=True, null=True)
    username = models.CharField(max_length=255, blank=True, null=True)
    password = models.CharField(max_length=255, blank=True, null=True)
    api_key = models.CharField(max_length=255, blank=True, null=True)
    is_active = models.BooleanField(default=True)
    file_path = models.CharField(max_length=1024, blank=True, null=True)
    extracted_file_path = models.CharField(max_length=1024, blank=True, null=True)
    refresh_interval = models.IntegerField(default=0)
    refresh_task = models.ForeignKey(
        "django_celery_beat.PeriodicTask", on_delete=models.SET_NULL, null=True, blank=True
    )
    custom_properties = models.JSONField(default=dict, blank=True, null=True)
    priority = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=20, choices=STATUS_CHOICES, default=STATUS_IDLE)
    last_message = models.TextField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class EPGData(models.Model):
    """A channel of a guide."""

    tvg_id = models.CharField(max_length=255, null=True, blank=True, db_index=True)
    name = models.CharField(max_length=512)
    icon_url = models.URLField(max_length=500, null=True, blank=True)
    epg_source = models.ForeignKey(
        EPGSource, on_delete=models.CASCADE, related_name="epgs", null=True, blank=True
    )

    class Meta:
        unique_together = [("tvg_id", "epg_source")]

    def __str__(self) -> str:
        return self.name


class ProgramData(models.Model):
    """What a channel of a guide shows from one time to another."""

    epg = models.ForeignKey(
        EPGData, on_delete=models.CASCADE, related_name="programs", db_index=False
    )
    start_time = models.DateTimeField(db_index=True)
    end_time = models.DateTimeField()
    title = models.CharField(max_length=255)
    sub_title = models.TextField(null=True, blank=True)
    description = models.TextField(null=True, blank=True)
    tvg_id = models.CharField(max_length=255, null=True, blank=True)
    program_id = models.CharField(max_length=64, null=True, blank=True)
    custom_properties = models.JSONField(null=True, blank=True)

    class Meta:
        # Hundreds of thousands of rows are written at once, so there are few indexes: this one
        # serves the foreign key, too.
        indexes = [models.Index(fields=["epg", "start_time"], name="epg_program_epg_start")]

    def __str__(self) -> str:
        return f"{self.title} ({self.start_time} - {self.end_time})"
