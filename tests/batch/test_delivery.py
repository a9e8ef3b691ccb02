"""Messages that are sent: by e-mail and to a webhook, never lost, never with a secret."""

from __future__ import annotations

import email
import email.policy
import json
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from tests.batch.receivers import Box, Certificate, certificate, mail_server, web_server
from tests.batch.test_command import cities, document
from tests.batch.town import edited, written
from tests.cli.calls import called

from carbonspace.batch import read_cities
from carbonspace.errors import InputError

SECRET = "S3cret+word"
MAIL = """[city.mail]
host = "localhost"
port = {port}
security = "{security}"
from = "carbonspace@example.org"
to = ["planning@example.org", "chief@example.org"]
ca = "ca.pem"
time_limit = "1 s"
"""
HOOK = """[city.webhook]
url = "https://localhost:{port}/hook/T0ken?key=T0ken"
headers = {{ Authorization = "HOOK_TOKEN" }}
ca = "ca.pem"
time_limit = "1 s"
"""


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def folder(tmp_path: Path, tls: Certificate, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a town, with the certificate to trust and the secrets set."""
    written(tmp_path)
    (tmp_path / "ca.pem").write_bytes(tls.file.read_bytes())
    monkeypatch.setenv("CARBONSPACE_MAIL_PASSWORD", SECRET)
    monkeypatch.setenv("HOOK_TOKEN", f"Bearer {SECRET}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("carbonspace.batch.retry.FIRST_PAUSE_S", 0.01)
    return tmp_path


@pytest.fixture
def post(tls: Certificate) -> Iterator[Box]:
    with mail_server(tls, password=SECRET) as box:
        yield box


@pytest.fixture
def hook(tls: Certificate) -> Iterator[Box]:
    with web_server(tls) as box:
        yield box


def mailed(
    folder: Path, post: Box, more: str = 'user = "me"\n', security: str = "starttls"
) -> Path:
    settings = MAIL.format(port=post.port, security=security) + more
    return cities(folder, ("Town", "plan.toml", settings))


def hooked(folder: Path, hook: Box, more: str = "") -> Path:
    return cities(folder, ("Town", "plan.toml", HOOK.format(port=hook.port) + more))


def letter(raw: bytes) -> EmailMessage:
    found = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def everything(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return all that was said and written, but for the files of secrets themselves."""
    said = capsys.readouterr()
    files = [one.read_bytes().decode("utf-8", "replace") for one in folder.rglob("*")
             if one.is_file() and one.name not in ("password", ".netrc")]  # fmt: skip
    return said.out + said.err + "".join(files)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_letter(folder: Path, tls: Certificate, security: str) -> None:
    with mail_server(tls, at_once=security == "tls", password=SECRET) as post:
        file = mailed(folder, post, security=security)
        assert called("batch", file, "--quiet") == 0
        written(folder, parcels=edited())
        assert called("batch", file, "--quiet", "--lang", "zh") == 0
    first, second = map(letter, post.came)
    assert post.logins == [("me", SECRET)] * 2
    assert first["Subject"].startswith("carbonspace · Town")
    assert second["Subject"] == "carbonspace · Town · 结论变化 0 条，新未达标 0 条"
    assert (first["From"], first["To"]) == (
        "carbonspace@example.org", "planning@example.org, chief@example.org")  # fmt: skip
    assert first["Message-ID"] != second["Message-ID"]
    assert first["Auto-Submitted"] == "auto-generated"
    body, page = second.get_body(("plain",)), second.get_body(("html",))
    assert body is not None
    assert page is not None
    assert "50.00 → 16.67" in body.get_content()
    assert "<!doctype html>" in page.get_content().lower()
    (attached,) = second.iter_attachments()
    assert json.loads(attached.get_content())["city"] == "Town"


@pytest.mark.parametrize("where", ["file", "netrc"])
def test_a_password_of_a_file_or_netrc(
    folder: Path, post: Box, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    monkeypatch.delenv("CARBONSPACE_MAIL_PASSWORD")
    secret = folder / ("password" if where == "file" else ".netrc")
    said = SECRET if where == "file" else f"machine localhost login me password {SECRET}"
    secret.write_text(f"{said}\n", "utf-8")
    secret.chmod(0o600)
    more = 'password_file = "password"\n' if where == "file" else ""
    assert called("batch", mailed(folder, post, f'user = "me"\n{more}'), "--quiet") == 0
    assert post.logins == [("me", SECRET)]


def test_a_password_that_others_may_read(
    folder: Path, post: Box, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "password").write_text(SECRET, "utf-8")
    (folder / "password").chmod(0o640)
    file = mailed(folder, post, 'user = "me"\npassword_file = "password"\n')
    assert called("batch", file, "--lang", "en") == 1
    said = everything(folder, capsys)
    assert "chmod 600" in said
    assert SECRET not in said
    assert not post.tries


@pytest.mark.parametrize("fault", ["later", "drop", "silent"])
def test_what_fails_for_now_is_tried_again(folder: Path, post: Box, fault: str) -> None:
    post.faults = [fault, fault]
    assert called("batch", mailed(folder, post), "--quiet") == 0
    assert (len(post.came), post.tries) == (1, 3)


@pytest.mark.parametrize("fault", ["plain", "unknown", "password"])
def test_a_letter_that_cannot_be_sent_waits(
    folder: Path, post: Box, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    fault: str,
) -> None:  # fmt: skip
    """It is told, the results are kept, and --send sends it; nothing is said without encryption."""
    file = mailed(folder, post)
    log = folder / "nights.log"
    with monkeypatch.context() as patch:
        post.faults = [fault]
        if fault == "password":
            patch.setenv("CARBONSPACE_MAIL_PASSWORD", f"{SECRET}x")
        assert called("batch", file, "--lang", "en", "--log", log) == 1
    assert post.tries == 1
    if fault == "plain":
        assert not post.logins
    assert SECRET not in everything(folder, capsys)
    (told,) = [one for one in map(json.loads, log.read_text("utf-8").splitlines())
               if one["event"] == "undelivered"]  # fmt: skip
    assert (told["city"], told["run"], told["channel"]) == ("Town", 1, "mail")
    assert called("batch", file, "--status", "--json") == 0
    status = document(capsys)
    assert status["undelivered"] == {"Town": {"mail": 1}}
    assert [one["status"] for one in status["status"]["Town"]] == ["done"]
    assert called("batch", file, "--status", "--lang", "zh") == 0
    assert "尚未送达" in capsys.readouterr().out
    assert called("batch", file, "--send", "--json") == 0
    assert document(capsys)["cities"] == [{"city": "Town", "exit_code": 0, "undelivered": []}]
    assert len(post.came) == 1
    assert called("batch", file, "--send") == 0
    assert len(post.came) == 1


def test_letters_come_in_their_order(folder: Path, post: Box, hook: Box) -> None:
    """What could not be sent comes with the next night, before its own; each channel by itself."""
    file = cities(folder, ("Town", "plan.toml", MAIL.format(port=post.port, security="starttls")
                           + HOOK.format(port=hook.port)))  # fmt: skip
    post.faults = ["unknown"] * 2
    assert called("batch", file, "--quiet") == 1
    written(folder, parcels=edited())
    assert called("batch", file, "--quiet") == 1
    assert not post.came
    assert called("batch", file, "--quiet") == 0
    told = [json.loads(next(letter(raw).iter_attachments()).get_content())["run"]
            for raw in post.came]  # fmt: skip
    assert told == [1, 2, 3]
    assert [json.loads(body)["run"] for _, _, body in hook.came] == [1, 2, 3]


def test_nothing_is_sent_where_nothing_changed(folder: Path, post: Box) -> None:
    file = cities(folder, ("Town", "plan.toml", "only_changes = true\n"
                           + MAIL.format(port=post.port, security="starttls")))  # fmt: skip
    for _ in range(3):
        assert called("batch", file, "--quiet") == 0
    assert len(post.came) == 1


def test_a_channel_that_is_new_begins_with_tonight(folder: Path, post: Box) -> None:
    file = cities(folder, ("Town", "plan.toml", ""))
    called("batch", file, "--quiet")
    called("batch", file, "--quiet")
    assert called("batch", mailed(folder, post), "--quiet") == 0
    assert len(post.came) == 1


def test_a_night_that_failed_is_told(
    folder: Path, post: Box, capsys: pytest.CaptureFixture[str]
) -> None:
    file = mailed(folder, post)
    (folder / "plan.toml").unlink()
    assert called("batch", file, "--quiet", "--lang", "en") == 3
    (told,) = map(letter, post.came)
    assert told["Subject"] == "carbonspace · Town · the night failed"
    body = told.get_body(("plain",))
    assert body is not None
    assert "plan.toml" in body.get_content()
    post.faults = ["unknown"]
    assert called("batch", file, "--json") == 3
    (city,) = document(capsys)["cities"]
    assert city["undelivered"][0]["channel"] == "mail"


def test_a_webhook(folder: Path, hook: Box, capsys: pytest.CaptureFixture[str]) -> None:
    file = hooked(folder, hook)
    assert called("batch", file, "--quiet") == 0
    ((path, headers, body),) = hook.came
    assert path == "/hook/T0ken?key=T0ken"
    assert headers["Authorization"] == f"Bearer {SECRET}"
    assert headers["Content-Type"].startswith("application/json")
    assert len(headers["Idempotency-Key"]) == 32
    message = json.loads(body)
    assert (message["city"], message["run"], message["first"]) == ("Town", 1, True)
    assert SECRET not in everything(folder, capsys)


@pytest.mark.parametrize("fault", ["500", "429", "drop", "silent", "drops"])
def test_a_webhook_is_tried_again(folder: Path, hook: Box, fault: str) -> None:
    hook.faults = [fault, fault]
    start = time.monotonic()
    assert called("batch", hooked(folder, hook), "--quiet") == 0
    assert (len(hook.came), hook.tries) == (1, 3)
    assert time.monotonic() - start < 30


@pytest.mark.parametrize("fault", ["301", "307", "404", "401"])
def test_a_webhook_that_refuses(
    folder: Path, hook: Box, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    """It is asked once, no redirect is followed, and no secret is told that it repeats."""
    hook.faults = [fault]
    file = hooked(folder, hook)
    assert called("batch", file, "--lang", "en", "--log", folder / "log") == 1
    assert hook.tries == 1
    file.unlink()
    said = everything(folder, capsys)
    assert f"webhook localhost: {fault}" in said
    assert SECRET not in said
    assert "T0ken" not in said


def test_an_address_of_the_environment(
    folder: Path, hook: Box, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    more = '[city.webhook]\nurl_from = "HOOK_URL"\nca = "ca.pem"\n'
    file = cities(folder, ("Town", "plan.toml", more))
    assert called("batch", file, "--lang", "en") == 1
    assert "HOOK_URL is not set" in capsys.readouterr().err
    monkeypatch.setenv("HOOK_URL", f"http://localhost:{hook.port}/{SECRET}")
    assert called("batch", file, "--send", "--lang", "en") == 1
    assert "https://" in (said := everything(folder, capsys))
    assert SECRET not in said
    monkeypatch.setenv("HOOK_URL", f"https://localhost:{hook.port}/{SECRET}")
    assert called("batch", file, "--send") == 0
    assert hook.came[0][0] == f"/{SECRET}"


def test_a_certificate_that_is_not_trusted(
    folder: Path, hook: Box, post: Box, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is sent to a server that cannot prove who it is."""
    both = MAIL.format(port=post.port, security="starttls") + HOOK.format(port=hook.port)
    file = cities(folder, ("Town", "plan.toml", both.replace('ca = "ca.pem"\n', "")))
    assert called("batch", file, "--lang", "en") == 1
    assert "self-signed" in capsys.readouterr().err.replace("self signed", "self-signed")
    assert not post.came
    assert not hook.came


def test_a_webhook_without_encryption_has_to_be_asked_for(folder: Path) -> None:
    with web_server() as hook:
        more = f'[city.webhook]\nurl = "http://localhost:{hook.port}/"\ninsecure = true\n'
        file = cities(folder, ("Town", "plan.toml", more))
        assert called("batch", file, "--quiet") == 0
        assert len(hook.came) == 1
        file.write_text(file.read_text("utf-8").replace("insecure = true\n", ""), "utf-8")
        assert called("batch", file, "--quiet") == 3


def test_what_is_common_and_what_is_a_citys_own(folder: Path) -> None:
    common = '[mail]\nhost = "mail"\nfrom = "a@b"\nto = ["all@b"]\n'
    (folder / "city.toml").write_text(
        'log = "l"\nmetrics = "m.prom"\n'
        + common
        + '[[city]]\nname = "A"\nplan = "p"\nresults = "a"\nmail = { to = ["a@b"] }\n'
        '[[city]]\nname = "B"\nplan = "p"\nresults = "b"\nwebhook = { url = "https://h/" }\n',
        "utf-8",
    )
    first, second = read_cities(folder)
    assert [one.shown for one in first.channels] == ["a@b (mail)"]
    assert [one.shown for one in second.channels] == ["all@b (mail)", "h"]


@pytest.mark.parametrize(("given", "told"), [
    ('mail = { host = "h", from = "a@b" }', ["city[1].mail.to is missing"]),
    ('mail = { host = "h", from = "a", to = ["b@c\\nBcc: x@y"] }',
     ["city[1].mail.from cannot be used", "city[1].mail.to cannot be used"]),
    ('mail = { host = "h", from = "a@b", to = ["a@b"], password = "S3cret+word" }',
     ["city[1].mail.password is not known"]),
    ('mail = { host = "h", from = "a@b", to = ["a@b"], security = "none", user = "me" }',
     ["city[1].mail.user cannot be used"]),
    ('mail = { host = "h", from = "a@b", to = ["a@b"], security = "ssl", port = 0 }',
     ["city[1].mail.security cannot be used", "city[1].mail.port cannot be used"]),
    ('webhook = { url = "https://me:S3cret+word@host/" }', ["city[1].webhook.url cannot be used"]),
    ('webhook = { url = "ftp://host/S3cret+word" }', ["city[1].webhook.url cannot be used"]),
    ('webhook = { url = "http://host/S3cret+word" }', ["city[1].webhook.url cannot be used"]),
    ('webhook = { insecure = true }', ["city[1].webhook.url is missing"]),
    ('webhook = { url = "https://h", headers = { Authorization = "Bearer S3cret+word" } }',
     ["city[1].webhook.headers.Authorization cannot be used"]),
    ('webhook = { url = "https://h", time_limit = "now" }',
     ["city[1].webhook.time_limit cannot be used"]),
    ('webhook = "https://S3cret+word"', ["city[1].webhook has the wrong type"]),
])  # fmt: skip
def test_faults_of_where_messages_go(tmp_path: Path, given: str, told: list[str]) -> None:
    head = '[[city]]\nname = "A"\nplan = "p"\nresults = "r"\n'
    (tmp_path / "city.toml").write_text(head + given + "\n", "utf-8")
    with pytest.raises(InputError) as raised:
        read_cities(tmp_path)
    found: list[Any] = [*raised.value.findings]
    assert [one.what.en.split(": ", 1)[-1].removesuffix(" (line 1)") for one in found] == told
    assert SECRET not in "".join(f"{one} {one.line()}" for one in found)
