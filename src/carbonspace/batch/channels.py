"""Where the morning message is sent: `[mail]` and `[webhook]` of city.toml, for all or one city.

No secret is in the file. A fault never repeats what may be one: it names the key alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from carbonspace.batch.amounts import SECONDS, amount_of, expected
from carbonspace.model.finding import Finding
from carbonspace.model.text import Text
from carbonspace.sources.keys import missing_key, table_faults, unusable

_Kinds = Mapping[str, type | tuple[type, ...]]
_MAIL: _Kinds = {
    "host": str, "port": int, "security": str, "from": str, "to": list, "user": str,
    "password_file": str, "ca": str, "time_limit": str,
}  # fmt: skip
_WEBHOOK: _Kinds = {"url": str, "url_from": str, "headers": dict, "ca": str, "time_limit": str,
                    "insecure": bool}  # fmt: skip
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LIMIT_S = 30.0
_ADDRESS = re.compile(r"[!-~]+@[A-Za-z0-9.-]+")
_NOT_IN_ADDRESS = set('<>,;:"()[]\\')
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Mail:
    """A server for e-mail, and who writes to whom.

    `security` is starttls, tls or none; without a `password_file` the password is looked for in
    the environment and in ~/.netrc. `ca` is a file of certificates to trust instead of those of
    the system.
    """

    host: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    security: str = "starttls"
    user: str | None = None
    password_file: Path | None = None
    ca: Path | None = None
    time_limit_s: float = _LIMIT_S
    key: str = "mail"

    @property
    def shown(self) -> str:
        """What people are told of it."""
        return f"{', '.join(self.to)} ({self.host})"


@dataclass(frozen=True)
class Webhook:
    """An address that takes messages by POST.

    `headers` are names of headers and of the environment variables that hold their values;
    `url_from` is the variable that holds the address where that is a secret itself.
    """

    url: str | None = None
    url_from: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    ca: Path | None = None
    time_limit_s: float = _LIMIT_S
    insecure: bool = False
    key: str = "webhook"

    @property
    def shown(self) -> str:
        """What people are told of it: never a path, which may be a secret."""
        return f"${self.url_from}" if self.url is None else urlsplit(self.url).hostname or ""


Channel = Mail | Webhook
TABLES: _Kinds = {"mail": dict, "webhook": dict}
"""What city.toml calls them."""


def channels_of(city: Mapping[str, Any], common: Mapping[str, Any], base: Path) -> tuple[
    Channel, ...
]:  # fmt: skip
    """Return where the messages of a city go; what it says itself stands before what is common."""
    mail, hook = ({**common.get(key, {}), **city.get(key, {})} for key in ("mail", "webhook"))
    return (*([_mail(mail, base)] if mail else []), *([_webhook(hook, base)] if hook else []))


def channel_faults(
    place: str, city: Mapping[str, Any], common: Mapping[str, Any]
) -> Iterator[Finding]:
    """Yield what is wrong with where the messages of a city go."""
    for key, faults in (("mail", _mail_faults), ("webhook", _webhook_faults)):
        own, shared = city.get(key, {}), common.get(key, {})
        if (own or shared) and isinstance(own, dict) and isinstance(shared, dict):
            yield from faults(f"{place}.{key}", {**shared, **own})


def _mail(given: Mapping[str, Any], base: Path) -> Mail:
    security = given.get("security", "starttls")
    return Mail(
        host=given["host"], sender=given["from"], to=tuple(given["to"]), security=security,
        port=given.get("port", _PORTS[security]), user=given.get("user"),
        password_file=_file(given, "password_file", base), ca=_file(given, "ca", base),
        time_limit_s=_limit(given),
    )  # fmt: skip


def _webhook(given: Mapping[str, Any], base: Path) -> Webhook:
    return Webhook(
        url=given.get("url"), url_from=given.get("url_from"), headers=given.get("headers", {}),
        ca=_file(given, "ca", base), time_limit_s=_limit(given),
        insecure=given.get("insecure", False),
    )  # fmt: skip


def _file(given: Mapping[str, Any], key: str, base: Path) -> Path | None:
    return base / given[key] if key in given else None


def _limit(given: Mapping[str, Any]) -> float:
    return amount_of(given.get("time_limit", ""), SECONDS) or _LIMIT_S


def _mail_faults(place: str, given: Mapping[str, Any]) -> Iterator[Finding]:
    yield from _table_faults(place, given, _MAIL, ("host", "from", "to"))
    sound = _sound(given, _MAIL)
    security = sound.get("security", "starttls")
    if security not in _PORTS:
        yield unusable(f"{place}.security", security, " | ".join(_PORTS))
    if not 1 <= sound.get("port", 1) <= 65535:
        yield unusable(f"{place}.port", sound["port"], "1 – 65535")
    for key, addresses in (("from", [sound.get("from", "a@b")]), ("to", sound.get("to", ["a@b"]))):
        if not addresses or not all(map(_is_address, addresses)):
            yield unusable(f"{place}.{key}", addresses, Text("邮件地址", "addresses of e-mail"))
    if security == "none" and "user" in sound and sound.get("host") not in _LOOPBACK:
        yield unusable(f"{place}.user", sound["user"], Text(
            "无加密时不得登录；请用 security = \"starttls\" 或 \"tls\"",
            "no user without encryption; use security = \"starttls\" or \"tls\""))  # fmt: skip


def _webhook_faults(place: str, given: Mapping[str, Any]) -> Iterator[Finding]:
    yield from _table_faults(place, given, _WEBHOOK, ())
    sound = _sound(given, _WEBHOOK)
    if ("url" in given) == ("url_from" in given):
        yield missing_key("city", f"{place}.url", str)
    elif fault := url_fault(sound.get("url", "https://host"), sound.get("insecure", False)):
        yield unusable(f"{place}.url", "…", fault)
    if not _VARIABLE.fullmatch(sound.get("url_from", "A")):
        yield unusable(f"{place}.url_from", "…", _ENVIRONMENT)
    for name, variable in sound.get("headers", {}).items():
        if not _HEADER.fullmatch(name):
            yield unusable(f"{place}.headers", name, Text("标头名称", "names of headers"))
        elif not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
            yield unusable(f"{place}.headers.{name}", "…", _ENVIRONMENT)


_ENVIRONMENT = Text(
    "存放该值的环境变量的名称，而不是值本身",
    "the name of the environment variable that holds it, not the value",
)


def url_fault(url: str, insecure: bool) -> Text | None:
    """Return why an address cannot be used; it is never repeated."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return Text("可读的网址", "an address that can be read")
    if parts.scheme not in (("https", "http") if insecure else ("https",)) or not parts.hostname:
        return Text("https:// 开头的网址（http 需写明 insecure = true）",
                    "an address with https:// (for http say insecure = true)")  # fmt: skip
    if parts.username is not None or any(ord(one) <= ord(" ") or ord(one) > ord("~")
                                         for one in url):  # fmt: skip
        return Text("不含用户名、密码与空格的网址", "an address without user, password and spaces")
    return None


def _table_faults(
    place: str, given: Mapping[str, Any], known: _Kinds, required: tuple[str, ...]
) -> Iterator[Finding]:
    """Yield unknown and missing keys and wrong types, none with its value: it may be a secret."""
    yield from table_faults("city", place, veiled(given, known), known, required=required)
    if isinstance(limit := given.get("time_limit"), str) and amount_of(limit, SECONDS) is None:
        yield unusable(f"{place}.time_limit", limit, expected(SECONDS))


def veiled(given: Mapping[str, Any], known: _Kinds) -> dict[str, Any]:
    """Return a table in which values of a wrong type cannot be read."""
    return {key: value if isinstance(value, known.get(key, object)) else _Hidden(value)
            for key, value in given.items()}  # fmt: skip


class _Hidden:
    """A value of a wrong type, that nobody is shown."""

    def __init__(self, value: object) -> None:
        self._kind = type(value).__name__

    def __repr__(self) -> str:
        return f"({self._kind})"


def _sound(given: Mapping[str, Any], known: _Kinds) -> dict[str, Any]:
    return {k: v for k, v in given.items() if k in known and isinstance(v, known[k])}


def _is_address(one: object) -> bool:
    return (isinstance(one, str) and _ADDRESS.fullmatch(one) is not None
            and not _NOT_IN_ADDRESS & set(one))  # fmt: skip
