"""Connections are recognised, and shown without their password."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carbonspace.sources.dsn import has_password, is_dsn, without_password


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("postgresql://u:p@h:5432/city", "postgresql://u@h:5432/city"),
        ("postgresql://u:p/q@r@h/city", "postgresql://u@h/city"),
        ("postgres://u@h/city?password=p&sslmode=require", "postgres://u@h/city?sslmode=require"),
        ("postgresql:///city?user=u&password=p", "postgresql:///city?user=u"),
        ("host=h password=p dbname=city", "host=h dbname=city"),
        ("host=h dbname=city password='p q'", "host=h dbname=city"),
        ("service=plan", "service=plan"),
        ("postgresql://h/city", "postgresql://h/city"),
    ],
)
def test_passwords_are_left_out(source: str, shown: str) -> None:
    assert is_dsn(source)
    assert without_password(source) == shown
    assert has_password(source) == (source != shown)


@pytest.mark.parametrize("path", ["plan.gpkg", "data/host/plan.shp", "C:\\plan.gdb", "a=b.gpkg"])
def test_paths_are_no_connections(path: str) -> None:
    assert not is_dsn(path)


PLAIN = st.characters(codec="ascii", categories=["L", "N", "S"], exclude_characters="`^+=<>~|$")


@given(st.text(PLAIN, min_size=11))
def test_no_password_shows(password: str) -> None:
    for source in (f"postgresql://u:{password}@h/city", f"host=h password={password} dbname=city",
                   f"postgresql://h/city?password={password}&user=u",
                   f"host=h password='{password}'"):  # fmt: skip
        assert password not in without_password(source)
