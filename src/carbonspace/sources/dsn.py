"""How a database is named in text: recognised, and never with its password."""

from __future__ import annotations

import re

_SCHEMES = ("postgresql://", "postgres://")
_KEYWORDS = re.compile(r"(service|host|hostaddr|dbname|user|port)\s*=", re.IGNORECASE)
_IN_URL = re.compile(r"(?<=//)([^:/@?]*):([^?]*)@")
_IN_QUERY = re.compile(r"(?<=[?&])(ssl)?password=[^&\s]*&?", re.IGNORECASE)
_IN_KEYWORDS = re.compile(
    r"(^|\s)(ssl)?password\s*=\s*('(?:[^'\\]|\\.)*'?|(?:[^\s'\\]|\\.)*)", re.IGNORECASE
)


_STORES = re.compile(r"(file|s3|gs|gcs|abfss?|hdfs|viewfs)://", re.IGNORECASE)


def is_remote(source: str) -> bool:
    """Return True for an address in an object store, as `pyarrow.fs` takes it."""
    return _STORES.match(source) is not None


def is_dsn(source: str) -> bool:
    """Return True for what libpq takes as a connection: a URL, or `keyword=value` pairs."""
    return source.startswith(_SCHEMES) or _KEYWORDS.match(source) is not None


def without_password(source: str) -> str:
    """Return a DSN, or the address of a store, as it may be shown and written down."""
    if source.startswith(_SCHEMES) or is_remote(source):
        return _IN_QUERY.sub("", _IN_URL.sub(r"\1@", source)).rstrip("?&")
    return _IN_KEYWORDS.sub("", source).strip()


def has_password(source: str) -> bool:
    """Return True where a DSN, or the address of a store, carries a password."""
    return (is_dsn(source) or is_remote(source)) and without_password(source) != source.strip()
