"""Films, series and episodes, and which account offers them.

Source: dispatcharr spec 5.1.
"""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone


class VODLogo(models.Model):
    """A film's or a series' picture."""

    name = models.CharField(max_length=255)
    url = models.TextField(unique=True)

    def __str__(self) -> str:
        return self.name


class VODCategory(models.Model):
    """A category of films or of series."""

    class CategoryType(models.TextChoices):
        MOVIE = "movie", "Movie"
        SERIES = "series", "Series"

    name = models.CharField(max_length=255)
    category_type = models.CharField(
        max_length=10, choices=CategoryType.choices, default=CategoryType.MOVIE
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        unique_together = [("name", "category_type")]

    def __str__(self) -> str:
        return f"{self.name} ({self.category_type})"


class _Work(models.Model):
    """What films and series have in common."""

    uuid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, null=True)
    year = models.IntegerField(blank=True, null=True)
    rating = models.CharField(max_length=10, blank=True, null=True)
    genre = models.CharField(max_length=255, blank=True, null=True)
    tmdb_id = models.CharField(max_length=50, blank=True, null=True, unique=True)
    imdb_id = models.CharField(max_length=50, blank=True, null=True, unique=True)
    custom_properties = models.JSONField(blank=True, null=True, default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} ({self.year})" if self.year else self.name


class Series(_Work):
    """A series."""

    logo = models.ForeignKey(
        VODLogo, on_delete=models.SET_NULL, null=True, blank=True, related_name="series"
    )
    channel_logo = models.ForeignKey(
        "dispatcharr_channels.Logo",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="series",
    )
    """Always empty: lets what was written for releases before 0.12 ask a logo for its series."""

    class Meta:
        verbose_name_plural = "series"


class Movie(_Work):
    """A film."""

    duration_secs = models.IntegerField(blank=True, null=True)
    is_adult = models.BooleanField(default=False)
    logo = models.ForeignKey(
        VODLogo, on_delete=models.SET_NULL, null=True, blank=True, related_name="movie"
    )
    channel_logo = models.ForeignKey(
        "dispatcharr_channels.Logo",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="movie",
    )
    """Always empty: lets what was written for releases before 0.12 ask a logo for its films."""


class Episode(models.Model):
    """An episode of a series."""

    uuid = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True, null=True)
    air_date = models.DateField(blank=True, null=True)
    rating = models.CharField(max_length=10, blank=True, null=True)
    duration_secs = models.IntegerField(blank=True, null=True)
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="episodes")
    season_number = models.IntegerField(blank=True, null=True)
    episode_number = models.IntegerField(blank=True, null=True)
    tmdb_id = models.CharField(max_length=50, blank=True, null=True, db_index=True)
    imdb_id = models.CharField(max_length=50, blank=True, null=True, db_index=True)
    custom_properties = models.JSONField(blank=True, null=True, default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        unique_together = [("series", "season_number", "episode_number")]

    def __str__(self) -> str:
        return f"{self.name} (season {self.season_number}, episode {self.episode_number})"


class _Offer(models.Model):
    """What the relations of an account to a work have in common."""

    custom_properties = models.JSONField(blank=True, null=True, default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    last_seen = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class M3UMovieRelation(_Offer):
    """A film as an account offers it."""

    m3u_account = models.ForeignKey(
        "m3u.M3UAccount", on_delete=models.CASCADE, related_name="movie_relations"
    )
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="m3u_relations")
    category = models.ForeignKey(VODCategory, on_delete=models.SET_NULL, null=True, blank=True)
    stream_id = models.CharField(max_length=255)
    container_extension = models.CharField(max_length=10, blank=True, null=True)
    last_advanced_refresh = models.DateTimeField(blank=True, null=True)

    class Meta:
        unique_together = [("m3u_account", "stream_id")]

    def __str__(self) -> str:
        return f"film {self.movie_id} of account {self.m3u_account_id}"


class M3USeriesRelation(_Offer):
    """A series as an account offers it."""

    m3u_account = models.ForeignKey(
        "m3u.M3UAccount", on_delete=models.CASCADE, related_name="series_relations"
    )
    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="m3u_relations")
    category = models.ForeignKey(VODCategory, on_delete=models.SET_NULL, null=True, blank=True)
    external_series_id = models.CharField(max_length=255)
    last_episode_refresh = models.DateTimeField(blank=True, null=True)

    class Meta:
        unique_together = [("m3u_account", "external_series_id")]

    def __str__(self) -> str:
        return f"series {self.series_id} of account {self.m3u_account_id}"


class M3UEpisodeRelation(_Offer):
    """An episode as an account offers it."""

    m3u_account = models.ForeignKey(
        "m3u.M3UAccount", on_delete=models.CASCADE, related_name="episode_relations"
    )
    episode = models.ForeignKey(Episode, on_delete=models.CASCADE, related_name="m3u_relations")
    series_relation = models.ForeignKey(
        M3USeriesRelation,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="episode_relations",
    )
    stream_id = models.CharField(max_length=255)
    container_extension = models.CharField(max_length=10, blank=True, null=True)

    class Meta:
        unique_together = [("m3u_account", "stream_id")]

    def __str__(self) -> str:
        return f"episode {self.episode_id} of account {self.m3u_account_id}"


class M3UVODCategoryRelation(models.Model):
    """Whether a category of an account is wanted."""

    m3u_account = models.ForeignKey(
        "m3u.M3UAccount", on_delete=models.CASCADE, related_name="category_relations"
    )
    category = models.ForeignKey(
        VODCategory, on_delete=models.CASCADE, related_name="m3u_relations"
    )
    enabled = models.BooleanField(default=False)
    custom_properties = models.JSONField(blank=True, null=True, default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        unique_together = [("m3u_account", "category")]

    def __str__(self) -> str:
        return f"category {self.category_id} of account {self.m3u_account_id}"
