"""How to reach Trak: which addresses and keys are taken, and how a wrong one is refused."""

import shutil
from pathlib import Path

import pytest
from requests.certs import where

from qc_asset_crawler.config import RawArguments, TrakSetup, resolve
from qc_asset_crawler.errors import UsageError
from qc_asset_crawler.settings import Trak

URL, KEY = "TRAK_BASE_URL", "TRAK_ASSET_TRACKER_API_KEY"
ALLOW_HTTP, CA_BUNDLE = "TRAK_ALLOW_HTTP", "TRAK_CA_BUNDLE"
TIMEOUTS = {
    "TRAK_CONNECT_TIMEOUT": "connect_seconds",
    "TRAK_READ_TIMEOUT": "read_seconds",
    "TRAK_DEADLINE": "deadline_seconds",
}
SECRET = "s3cret-K3y"
SET = {URL: "https://trak.test/api/v1", KEY: SECRET}
PLACEHOLDERS = {URL: "https://trak.example.com/api/v1", KEY: "your-api-key"}


def setup(environ: dict[str, str], **raw: object) -> TrakSetup:
    """Resolve the configuration; what the crawl is given is what the terminal is shown."""
    found = resolve(RawArguments(**raw), environ, None)
    assert found.settings.trak == found.trak.trak
    return found.trak


def configured(**environ: str) -> Trak:
    found = setup({**SET, **environ})
    assert found.trak is not None
    assert found.warnings == ()
    return found.trak


def refusal(environ: dict[str, str]) -> str:
    """Return the words of a refusal, in which no secret may be."""
    with pytest.raises(UsageError) as caught:
        setup(environ)
    said = f"{caught.value}{caught.value.__cause__ or ''}"
    assert SECRET not in said
    assert said.isprintable()
    return said


def test_trak_is_off_unless_configured():
    assert setup({}) == TrakSetup()
    assert setup({URL: "", KEY: "  "}) == TrakSetup()


def test_url_and_key_are_enough():
    found = configured()
    assert (found.base_url, found.key.reveal()) == (SET[URL], SECRET)
    assert (found.connect_seconds, found.read_seconds, found.deadline_seconds) == (3.05, 15, 20)
    assert (found.ca_bundle, found.retry_rejected) == (None, False)
    again = setup(SET, retry_rejected=True).trak
    assert again == found._replace(key=again.key, retry_rejected=True)


# What is written, and what calls begin with.
ACCEPTED = {
    "https://trak.test": "https://trak.test",
    "https://trak.test/": "https://trak.test",
    "https://trak.test/api/v1": "https://trak.test/api/v1",
    "https://trak.test/api/v1///": "https://trak.test/api/v1",
    "  https://trak.test/api \n": "https://trak.test/api",
    "HTTPS://Trak.Test/API": "HTTPS://Trak.Test/API",
    "https://trak": "https://trak",
    "https://trak.test:8443/a": "https://trak.test:8443/a",
    "https://trak.test:65535": "https://trak.test:65535",
    "https://10.0.0.7/v1.2/~trak/a_b-c": "https://10.0.0.7/v1.2/~trak/a_b-c",
    "https://trak_dev.studio.test/api": "https://trak_dev.studio.test/api",
    "https://_trak:8443": "https://_trak:8443",
    "https://[2001:db8::7]:8443/api": "https://[2001:db8::7]:8443/api",
    "https://trak.test/.well/...": "https://trak.test/.well/...",
    "http://localhost": "http://localhost",
    "http://LocalHost:8080/api/": "http://LocalHost:8080/api",
    "http://127.0.0.1:8080": "http://127.0.0.1:8080",
    "http://127.9.9.9": "http://127.9.9.9",
    "http://[::1]:8080/api": "http://[::1]:8080/api",
}


@pytest.mark.parametrize(("written", "taken"), ACCEPTED.items(), ids=ascii)
def test_an_address_is_taken(written, taken):
    assert configured(**{URL: written}).base_url == taken


REFUSED = [
    "trak.test",
    "//trak.test/api",
    "https:trak.test",
    "https://",
    "https:///api/v1",
    "https://:8443",
    "https://trak.test:",
    "https://trak.test:port",
    "https://trak.test:-1",
    "https://trak.test:0",
    "https://trak.test:65536",
    "https://trak.test:99999",
    "https://trak.test:100000",
    f"https://anna:{SECRET}@trak.test",
    f"https://{SECRET}@trak.test",
    "https://trak.test@evil.test",
    "https://trak.test:443@evil.test",
    f"https://trak.test/?key={SECRET}",
    "https://trak.test?",
    f"https://trak.test/#{SECRET}",
    "https://trak.test#",
    "https://trak.test;a",
    "https://trak.test/a b",
    "https://tr ak.test",
    "https://trak.test/a\nb",
    "https://trak.test/\r\nx-evil: 1",
    "https://trak.test/a\tb",
    "https://trak.test/a\0b",
    "https://trak.test/\x1b[31m",
    "https://trak.test/.",
    "https://trak.test/..",
    "https://trak.test/api/../v1",
    "https://trak.test/./api",
    "https://trak.test/%2e%2e/api",
    "https://trak.test/a%0d%0ab",
    "https://trak.test//api",
    "https://trak.test/a//b",
    "https://trak.test\\@evil.test",
    "https://trak.test\\api",
    "https://tr\u00e4k.test",
    "https://trak\u3002test",
    "https://trak.test/\u00e4",
    "https://trak.test.",
    "https://trak_",
    "https://[::1",
    "https://::1",
    "https://[trak.test]",
    "https://[fe80::1%25eth0]",
    "ftp://trak.test",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "httpss://trak.test",
    "http+unix://trak.test",
    "https://https://trak.test",
    "<https://trak.test>",
    '"https://trak.test"',
    "https://trak.test, https://evil.test",
]


@pytest.mark.parametrize("url", REFUSED, ids=ascii)
@pytest.mark.parametrize("more", [{}, {ALLOW_HTTP: "1"}], ids=["", "http allowed"])
def test_what_is_no_plain_address_is_refused_and_never_shown(url, more):
    said = refusal({**SET, **more, URL: url})
    assert said.startswith(f"{URL} in the environment ")
    assert "evil" not in said


NOT_LOOPBACK = [
    "http://trak.test/api",
    "HTTP://trak.test",
    "http://10.0.0.7",
    "http://0.0.0.0",
    "http://localhost.evil.com",
    "http://evil-localhost",
    "http://127.0.0.1.evil.com",
    "http://127.evil.com",
    "http://local_host",
    "http://0x7f000001",
    "http://0x7f.1",
    "http://2130706433",
    "http://0177.0.0.1",
    "http://127.1",
    "http://127.0.0.01",
    "http://128.0.0.1",
    "http://[::]",
    "http://[::2]",
    "http://[2001:db8::1]",
]


@pytest.mark.parametrize("url", NOT_LOOPBACK)
def test_the_key_leaves_this_machine_unencrypted_only_where_that_is_allowed(url):
    for more in ({}, {ALLOW_HTTP: "0"}, {ALLOW_HTTP: ""}):
        said = refusal({**SET, **more, URL: url})
        assert f"set {ALLOW_HTTP}=1" in said
        assert "https://" in said
    for yes in ("1", "yes"):
        assert configured(**{URL: url, ALLOW_HTTP: yes}).base_url == url


def test_a_permission_that_is_neither_yes_nor_no_is_none():
    said = refusal({**SET, URL: "http://trak.test", ALLOW_HTTP: "maybe"})
    assert said.startswith(f"{ALLOW_HTTP} in the environment must be 1 or 0")


def test_the_environment_wins_over_a_permission_in_the_file(tmp_path):
    path = written(tmp_path, f"{ALLOW_HTTP}=1")
    plain = {**SET, URL: "http://trak.test"}
    assert setup(plain, env_file=path).trak is not None
    with pytest.raises(UsageError, match="in the clear"):
        setup({**plain, ALLOW_HTTP: "0"}, env_file=path)


def written(folder: Path, *lines: str) -> str:
    path = folder / ".env"
    path.write_text("\n".join(lines))
    path.chmod(0o600)
    return str(path)


@pytest.mark.parametrize("key", ["a", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", "x" * 500])
def test_a_key_is_any_visible_characters(key):
    assert configured(**{KEY: f" {key}\n"}).key.reveal() == key


WRONG_KEYS = {
    "a newline": f"{SECRET}\nx-evil: 1",
    "a carriage return": f"{SECRET}\r{SECRET}",
    "a space": f"{SECRET} {SECRET}",
    "a tab": f"{SECRET}\t{SECRET}",
    "a NUL": f"{SECRET}\0a",
    "an escape": f"\x1b[31m{SECRET}",
    "a DEL": f"{SECRET}\x7fa",
    "a letter beyond ASCII": f"{SECRET}\u00e4",
    "a digit beyond ASCII": f"{SECRET}\u0661",
    "a surrogate": f"{SECRET}\udce9",
    "a zero-width space": f"{SECRET}\u200b",
}


@pytest.mark.parametrize("key", WRONG_KEYS.values(), ids=list(WRONG_KEYS))
@pytest.mark.parametrize("url", [SET[URL], ""], ids=["with a URL", "without"])
def test_a_key_that_cannot_be_sent_as_it_is_is_refused_and_never_shown(key, url):
    assert refusal({URL: url, KEY: key}).startswith(f"{KEY} in the environment ")


def test_the_key_is_shown_by_nothing_that_was_resolved():
    found = resolve(RawArguments(), SET, None)
    shown = "".join(form(one) for form in (repr, str) for one in (found, found.trak.trak.key))
    assert SECRET not in shown


def test_a_placeholder_of_the_example_counts_as_not_set():
    assert setup(PLACEHOLDERS) == TrakSetup()
    assert setup({URL: PLACEHOLDERS[URL] + "/"}) == TrakSetup()


HALVES = {
    "url alone": ({URL: SET[URL]}, URL, KEY),
    "url, empty key": ({**SET, KEY: ""}, URL, KEY),
    "url, the example's key": ({**SET, KEY: PLACEHOLDERS[KEY]}, URL, KEY),
    "key alone": ({KEY: SECRET}, KEY, URL),
    "key, empty url": ({**SET, URL: " "}, KEY, URL),
    "key, the example's url": ({**SET, URL: PLACEHOLDERS[URL]}, KEY, URL),
}


@pytest.mark.parametrize(("environ", "there", "missing"), HALVES.values(), ids=list(HALVES))
def test_half_a_configuration_is_off_with_a_warning(environ, there, missing):
    found = resolve(RawArguments(), environ, None)
    assert found.settings.trak is None
    (warning,) = found.warnings
    assert warning.startswith(f"{there} in the environment is set, but {missing} is not")
    assert SECRET not in warning


def test_it_is_named_where_url_and_key_came_from(tmp_path):
    path = written(tmp_path, f"{URL}={SET[URL]}", f"{KEY}={SECRET}")
    found = setup({KEY: SECRET}, env_file=path)
    assert (found.url_origin, found.key_origin) == (f"{URL} in {path}", f"{KEY} in the environment")
    half = setup({URL: "", KEY: SECRET}, env_file=path)
    assert (half.url_origin, half.key_origin) == ("", f"{KEY} in the environment")
    with pytest.raises(UsageError) as caught:
        setup({}, env_file=written(tmp_path, f"{URL}=https://a b", f"{KEY}={SECRET}"))
    assert str(caught.value).startswith(f"{URL} in {path} ")


NOTHING_OF_IT = {
    "all is well": SET,
    "a wrong address": {**SET, URL: f"http://anna:{SECRET}@trak.test"},
    "a wrong key": {**SET, KEY: "a b"},
    "half of it": {URL: SET[URL]},
    "a wrong timeout": {**SET, "TRAK_DEADLINE": "soon"},
    "no such bundle": {**SET, CA_BUNDLE: "/nowhere"},
    "a wrong permission": {**SET, URL: "http://trak.test", ALLOW_HTTP: "maybe"},
}


@pytest.mark.parametrize("environ", NOTHING_OF_IT.values(), ids=list(NOTHING_OF_IT))
def test_without_trak_nothing_of_it_is_even_looked_at(environ):
    assert setup(environ, no_trak=True) == TrakSetup()


WRONG_SECONDS = ["soon", "0", "-1", "-0.0", "nan", "inf", "-inf", "3600.5", "1e9", "3 s", "0x10"]


@pytest.mark.parametrize("seconds", WRONG_SECONDS)
@pytest.mark.parametrize("variable", TIMEOUTS)
def test_a_wrong_timeout_is_refused_by_name(variable, seconds):
    said = refusal({**SET, variable: seconds})
    assert said.startswith(f"{variable} in the environment must be seconds")


@pytest.mark.parametrize(
    ("text", "seconds"), [("0.5", 0.5), (" 7 ", 7.0), ("3600", 3600.0), ("", None)]
)
@pytest.mark.parametrize("variable", TIMEOUTS)
def test_each_timeout_is_set_by_its_own_variable(variable, text, seconds):
    plain, found = configured(), configured(**{variable: text})
    changed = {} if seconds is None else {TIMEOUTS[variable]: seconds}
    assert found == plain._replace(key=found.key, **changed)


NO_BUNDLES = {"missing": None, "empty": b"", "no certificates": b"-----BEGIN\n", "odd": b"\xff\0"}


@pytest.mark.parametrize("content", NO_BUNDLES.values(), ids=list(NO_BUNDLES))
def test_a_bundle_without_certificates_is_refused(content, tmp_path):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    assert refusal({**SET, CA_BUNDLE: str(path)}).startswith(f"{CA_BUNDLE} in the environment")


def test_a_bundle_of_certificates_is_taken():
    assert configured(**{CA_BUNDLE: where()}).ca_bundle == where()
    assert configured(**{CA_BUNDLE: " "}).ca_bundle is None


def test_a_folder_is_no_bundle(tmp_path):
    assert refusal({**SET, CA_BUNDLE: str(tmp_path)}).startswith(f"{CA_BUNDLE} in the environment")


@pytest.mark.parametrize("name", ["ca.pem", "./ca.pem", "../certificates/ca.pem", " /ca.pem", "~"])
def test_a_bundle_is_never_taken_from_the_working_directory(name, tmp_path, monkeypatch):
    folder = tmp_path / "certificates"
    folder.mkdir()
    shutil.copy(where(), folder / "ca.pem")
    monkeypatch.chdir(folder)
    said = refusal({**SET, CA_BUNDLE: name})
    assert said == f"{CA_BUNDLE} in the environment must be an absolute path"
    path = written(tmp_path, f"{URL}={SET[URL]}", f"{KEY}={SECRET}", f"{CA_BUNDLE}=ca.pem")
    with pytest.raises(UsageError, match="absolute path"):
        setup({}, env_file=path)
