from __future__ import annotations

from application_site import Site


def test_films_and_series(site: Site) -> None:
    from apps.m3u.models import M3UAccount
    from apps.vod.models import (
        Episode,
        M3UMovieRelation,
        M3UVODCategoryRelation,
        Movie,
        Series,
        VODCategory,
        VODLogo,
    )

    account = M3UAccount.objects.create(name="a", server_url="http://provider.example")
    logo = VODLogo.objects.create(name="m", url="http://logos.example/m.png")
    film = Movie.objects.create(name="Metropolis", year=1927, logo=logo, description="Future")
    category = VODCategory.objects.create(name="Classics", category_type="movie")
    M3UMovieRelation.objects.create(
        m3u_account=account, movie=film, category=category, stream_id="1"
    )
    M3UVODCategoryRelation.objects.create(m3u_account=account, category=category, enabled=True)
    series = Series.objects.create(name="Serial")
    Episode.objects.create(name="Pilot", series=series, season_number=1, episode_number=1)
    page = site.get("/api/vod/movies/?category=Classics&page_size=100", level=1).json()
    assert page["count"] == 1
    (shown,) = page["results"]
    assert shown["title"] == shown["name"] == "Metropolis" and shown["plot"] == "Future"
    assert shown["logo"]["cache_url"] == f"/api/vod/vodlogos/{logo.pk}/cache/"
    assert site.get("/api/vod/movies/?search=none", level=1).json()["count"] == 0
    episodes = site.get(f"/api/vod/series/{series.pk}/episodes/", level=1).json()
    assert [episode["name"] for episode in episodes] == ["Pilot"]
    (kind,) = site.get("/api/vod/categories/", level=1).json()
    assert kind["m3u_accounts"] == [
        {"category": category.pk, "m3u_account": account.pk, "enabled": True}
    ]
    assert site.admin("POST", "/api/vod/movies/", json={}).status_code == 405
