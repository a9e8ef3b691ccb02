"""Thresholds as data: one TOML file per plan or standard, and the code that reads it."""

from carbonspace.profiles.dates import on_day
from carbonspace.profiles.loader import (
    load_profile,
    load_profiles,
    loaded,
    parse_profile,
    profile_keys,
)

__all__ = ["load_profile", "load_profiles", "loaded", "on_day", "parse_profile", "profile_keys"]
