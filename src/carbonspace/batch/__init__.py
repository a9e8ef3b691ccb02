"""The nightly batch: cities computed again and again, and the history of their verdicts."""

from carbonspace.batch.cityfile import City, read_cities
from carbonspace.batch.history import Series, series_of
from carbonspace.batch.nightly import Night, night
from carbonspace.batch.store import Run
from carbonspace.batch.stores import store_of

__all__ = ["City", "Night", "Run", "Series", "night", "read_cities", "series_of", "store_of"]
