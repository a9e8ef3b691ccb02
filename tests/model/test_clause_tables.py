"""Profiles as tables of a GeoPackage, and read from it again: every clause of ours as it was."""

from __future__ import annotations

from pathlib import Path

from carbonspace.model.clause_tables import clauses_table, profiles_of, profiles_table
from carbonspace.model.rule import Profile
from carbonspace.outputs.gpkgfile import write_table
from carbonspace.outputs.reading import table_of
from carbonspace.profiles import load_profile, profile_keys


def stored(profiles: dict[str, Profile], path: Path) -> dict[str, Profile]:
    write_table(profiles_table(profiles), path, "profiles")
    write_table(clauses_table(profiles), path, "clauses")
    return profiles_of(table_of(path, "profiles"), table_of(path, "clauses"))


def test_every_clause_is_the_same_when_read_again(tmp_path: Path) -> None:
    ours = {key: load_profile(key) for key in profile_keys()}
    found = stored(ours, tmp_path / "rules.gpkg")
    assert found.keys() == ours.keys()
    for key, profile in ours.items():
        for mine, theirs in zip(profile.rules, found[key].rules, strict=True):
            assert vars(theirs) == vars(mine)
    assert found == ours


def test_no_profile_is_none_again(tmp_path: Path) -> None:
    assert stored({}, tmp_path / "rules.gpkg") == {}
