"""The nightly batch: cities computed again and again, and the history of their verdicts."""

from carbonspace.batch.asking import sql_of_changes
from carbonspace.batch.cityfile import City, CityFile, read_cities, read_city_file
from carbonspace.batch.delivery import Undelivered, deliver, tell_failure, write_files
from carbonspace.batch.history import Series, series_of
from carbonspace.batch.nightly import Night, night
from carbonspace.batch.owing import pending
from carbonspace.batch.store import Run
from carbonspace.batch.stores import store_of

__all__ = [
    "City",
    "CityFile",
    "Night",
    "Run",
    "Series",
    "Undelivered",
    "deliver",
    "night",
    "pending",
    "read_cities",
    "read_city_file",
    "series_of",
    "sql_of_changes",
    "store_of",
    "tell_failure",
    "write_files",
]
