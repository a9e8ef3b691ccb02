"""Secrets of the environment, of ~/.netrc, or of a file that nobody else can read."""

from __future__ import annotations

import base64
import netrc
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from carbonspace.batch.channels import Mail
from carbonspace.errors import SourceError

MAIL_PASSWORD = "CARBONSPACE_MAIL_PASSWORD"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_HIDDEN = "•••"


def mail_password(mail: Mail) -> str:
    """Return the password of the user of a mail server: of its file, the environment or ~/.netrc.

    Raises
    ------
    SourceError
        There is none, or others may read its file.
    """
    if mail.password_file is not None:
        return _of_file(mail.password_file)
    found = os.environ.get(MAIL_PASSWORD) or _of_netrc(mail)
    if not found:
        raise SourceError(
            f"no password of {mail.user} at {mail.host}: set {MAIL_PASSWORD}, name a password_file "
            "or write it into ~/.netrc",
            f"没有 {mail.user} 在 {mail.host} 的密码：请设置 {MAIL_PASSWORD}、写明 password_file，"
            "或写入 ~/.netrc",
        )
    return found


def from_environment(name: str) -> str:
    """Return a secret of the environment.

    Raises
    ------
    SourceError
        It is not set, or cannot be sent as a header or an address.
    """
    found = os.environ.get(name, "")
    if not found or not found.isascii() or not found.isprintable():
        raise SourceError(
            f"the environment variable {name} is not set, or has characters that cannot be sent",
            f"环境变量 {name} 未设置，或含有无法发送的字符",
        )
    return found


def without(said: str, secrets: Iterable[str]) -> str:
    """Return words of another program without secrets, also where they are in Base64."""
    for one in filter(None, secrets):
        for form in (one, base64.b64encode(one.encode()).decode()):
            said = said.replace(form, _HIDDEN)
    return " ".join(said.split())


def _of_file(file: Path) -> str:
    try:
        mode = file.stat().st_mode
        found = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "UTF-8"
        raise SourceError(f"{file}: the password cannot be read ({why})",
                          f"{file}：无法读取密码（{why}）") from None  # fmt: skip
    if os.name == "posix" and mode & _OTHERS:
        raise SourceError(f"{file}: others may read the password; chmod 600 {file}",
                          f"{file}：他人可读取密码；请执行 chmod 600 {file}")  # fmt: skip
    return found


def _of_netrc(mail: Mail) -> str:
    try:
        found = netrc.netrc().authenticators(mail.host)
    except (OSError, netrc.NetrcParseError):
        return ""
    return found[2] or "" if found and found[0] in ("", mail.user) else ""
