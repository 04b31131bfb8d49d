"""Where settings come from, which of them wins, and how a wrong one is refused."""

import os
import re
from pathlib import Path

import pytest
from requests.certs import where

from qc_asset_crawler.config import VARIABLES, RawArguments, Resolved, absolute, resolve
from qc_asset_crawler.errors import UsageError
from qc_asset_crawler.settings import (
    Naming,
    Policy,
    QCResult,
    Settings,
    SidecarMode,
    Signing,
    Trak,
)

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


def resolved(
    environ: dict[str, str] | None = None, checkout: Path | None = None, **raw: object
) -> Resolved:
    return resolve(RawArguments(**raw), environ or {}, checkout)


def env_file(folder: Path, text: str, name: str = ".env") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_without_any_configuration_the_defaults_hold():
    found = resolved({"USER": "anna"})
    assert found.settings == Settings(operator="anna", workers=found.settings.workers)
    assert 4 <= found.settings.workers <= 16
    assert (found.log_level, found.warnings) == ("INFO", ())
    assert found.settings.naming == Naming(".qc.hashcache.json", ".qc.json", "qc.sequence.json")
    assert found.settings.policy == Policy("2025.11.0", configured=False)


# What else has to be set for a variable to mean anything.
TRAK = {
    "TRAK_BASE_URL": "https://trak.test/api",
    "TRAK_ASSET_TRACKER_API_KEY": "a-key",
}
# The same certificates by two names.
BUNDLES = (where(), os.path.join(os.path.dirname(where()), ".", os.path.basename(where())))

# A variable, its value in the file and in the environment, and how to see what came of them.
PRECEDENCE = {
    "QC_HASHCACHE_NAME": (".a.json", ".b.json", lambda r: r.settings.naming.hashcache),
    "QC_SIDE_SUFFIX_FILE": (".a.json", ".b.json", lambda r: r.settings.naming.file_suffix),
    "QC_SIDE_NAME_SEQUENCE": ("a.json", "b.json", lambda r: r.settings.naming.sequence),
    "QC_POLICY_VERSION": ("2026.1", "2026.2", lambda r: r.settings.policy.version),
    "QC_IGNORE_CTIME": ("1", "0", lambda r: str(int(r.settings.ignore_ctime))),
    "LOG_LEVEL": ("DEBUG", "ERROR", lambda r: r.log_level),
    "QC_EXTRA_MEDIA_EXTS": ("r3d", "ari", lambda r: min(r.settings.media.single & {"r3d", "ari"})),
    "QC_EXTRA_SEQUENCE_EXTS": (
        "j2c",
        "jp2",
        lambda r: min(r.settings.media.sequence & {"j2c", "jp2"}),
    ),
    "TRAK_BASE_URL": ("https://a.test", "https://b.test/v1", lambda r: r.settings.trak.base_url),
    "TRAK_ASSET_TRACKER_API_KEY": ("key-a", "key-b", lambda r: r.settings.trak.key.reveal()),
    "TRAK_CA_BUNDLE": (*BUNDLES, lambda r: r.settings.trak.ca_bundle),
    "TRAK_CONNECT_TIMEOUT": ("1.5", "2", lambda r: f"{r.settings.trak.connect_seconds:g}"),
    "TRAK_READ_TIMEOUT": ("30", "0.5", lambda r: f"{r.settings.trak.read_seconds:g}"),
    "TRAK_DEADLINE": ("60", "3600", lambda r: f"{r.settings.trak.deadline_seconds:g}"),
}
# In tests/test_config_trak.py: what comes of it is a refusal.
ELSEWHERE = {"TRAK_ALLOW_HTTP"}


def test_no_variable_is_forgotten_here():
    assert set(PRECEDENCE) | ELSEWHERE == set(VARIABLES)


@pytest.mark.parametrize("variable", PRECEDENCE)
def test_the_environment_wins_over_the_file_and_the_file_over_the_default(variable, tmp_path):
    in_file, in_environment, seen = PRECEDENCE[variable]
    path = env_file(tmp_path, f"{variable}={in_file}\n")
    others = {k: v for k, v in TRAK.items() if variable.startswith("TRAK_") and k != variable}
    environ = {**others, variable: in_environment}
    assert seen(resolved(others, env_file=str(path))) == in_file
    assert seen(resolved(environ, env_file=str(path))) == in_environment
    assert seen(resolved(environ)) == in_environment


def test_a_flag_wins_over_everything(tmp_path):
    path = str(env_file(tmp_path, "LOG_LEVEL=ERROR\nQC_IGNORE_CTIME=0\n"))
    environ = {"LOG_LEVEL": "WARNING", "QC_IGNORE_CTIME": "0", "USER": "anna"}
    found = resolved(environ, env_file=path, log="debug", ignore_ctime=True, operator=" ben ")
    assert found.log_level == "DEBUG"
    assert found.settings.ignore_ctime is True
    assert found.settings.operator == "ben"


def test_flags_become_settings():
    found = resolved(
        result="fail",
        note="banding",
        min_seq=5,
        workers=2,
        sidecar_mode="dot",
        exclude=("*.tmp.exr", "wip/*"),
        asset_id="A-17",
        rehash=True,
        allow_empty=True,
    ).settings
    assert found.signing == Signing(QCResult.FAIL, "banding")
    assert (found.min_seq, found.workers, found.asset_id) == (5, 2, "A-17")
    assert found.sidecar_mode is SidecarMode.DOT
    assert found.exclude == ("*.tmp.exr", "wip/*")
    assert (found.rehash, found.allow_empty) == (True, True)


@pytest.mark.parametrize("default", ["2025.11.0", "2026.1"])
def test_a_policy_that_is_set_counts_as_configured_even_if_it_is_the_default(default):
    found = resolved({"QC_POLICY_VERSION": default}).settings
    assert found.policy == Policy(default, configured=True)


@pytest.mark.parametrize(
    ("environ", "operator"),
    [
        ({"USER": "anna", "LOGNAME": "ben"}, "anna"),
        ({"LOGNAME": "ben"}, "ben"),
        ({"USER": "", "LOGNAME": "ben"}, "ben"),
    ],
)
def test_the_operator_is_whoever_is_logged_in(environ, operator):
    assert resolved(environ).settings.operator == operator


def test_nobody_logged_in_is_an_operator_all_the_same():
    assert resolved({}).settings.operator


@pytest.mark.parametrize("text", ["ari,.R3D", " ari  r3d ", "ari, r3d,", ".ari .r3d"])
def test_extensions_are_a_list_in_any_form(text):
    media = resolved({"QC_EXTRA_MEDIA_EXTS": text, "QC_EXTRA_SEQUENCE_EXTS": "jp2"}).settings.media
    assert {"ari", "r3d", "mov"} <= media.single
    assert {"jp2", "exr"} <= media.sequence


WRONG = {
    "QC_HASHCACHE_NAME": [
        "",
        "a/b.json",
        "../x.json",
        "a\\b.json",
        "cache",
        "a\nb.json",
        "qc.sequence.json",
        ".qc.json",
    ],
    "QC_SIDE_SUFFIX_FILE": [
        "",
        "/x.json",
        ".qc",
        "qc.json",
        ".qc.sequence.json",
        "." + "x" * 120 + ".json",
    ],
    "QC_SIDE_NAME_SEQUENCE": ["", "a/b.json", "sequence", ".seq.json", "qc.json", ".."],
    "QC_POLICY_VERSION": ["", "  ", "2026\x1b[31m"],
    "QC_EXTRA_MEDIA_EXTS": ["a/b", "json", "*", "r3d;ari", "caf\u00e9"],
    "QC_EXTRA_SEQUENCE_EXTS": ["a.b", "JSON"],
    "QC_IGNORE_CTIME": ["maybe", "2"],
    "LOG_LEVEL": ["LOUD", ""],
}
WRONG_VALUES = [(variable, value) for variable, values in WRONG.items() for value in values]


@pytest.mark.parametrize(
    ("variable", "value"), WRONG_VALUES, ids=[f"{a}={b!a}" for a, b in WRONG_VALUES]
)
def test_a_wrong_value_is_refused_by_name_and_origin(variable, value, tmp_path):
    with pytest.raises(UsageError) as in_environment:
        resolved({variable: value})
    assert variable in str(in_environment.value)
    assert "in the environment" in str(in_environment.value)
    escaped = value.replace("\\", "\\\\").replace("\n", "\\n")
    path = env_file(tmp_path, f'{variable}="{escaped}"\n')
    with pytest.raises(UsageError) as in_file:
        resolved({}, env_file=str(path))
    assert variable in str(in_file.value)
    assert str(path) in str(in_file.value)
    for caught in (in_environment, in_file):
        assert str(caught.value).isprintable()


WRONG_FLAGS = {
    "--min-seq": {"min_seq": 0},
    "--workers": {"workers": -1},
    "--log": {"log": "loud"},
    "--operator": {"operator": "  "},
    "--asset-id": {"asset_id": "a/b"},
    "--note": {"note": "fine"},
    "--exclude": {"exclude": ("*.exr", "")},
    "--env-file": {"env_file": "/nowhere/.env"},
}


@pytest.mark.parametrize(("flag", "raw"), WRONG_FLAGS.items(), ids=list(WRONG_FLAGS))
def test_a_wrong_flag_is_refused_by_its_name(flag, raw):
    with pytest.raises(UsageError, match=f"^{flag}"):
        resolved({}, **raw)


def test_the_file_is_found_where_it_is_named_then_in_the_checkout_then_at_home(tmp_path):
    def policy(version: str) -> str:
        return f"QC_POLICY_VERSION={version}\n"

    flag = env_file(tmp_path / "flag", policy("flag"))
    variable = env_file(tmp_path / "variable", policy("variable"))
    env_file(tmp_path / "checkout", policy("checkout"))
    env_file(tmp_path / "xdg/qc-asset-crawler", policy("xdg"))
    env_file(tmp_path / "home/.config/qc-asset-crawler", policy("home"))
    home = {"HOME": str(tmp_path / "home")}
    xdg = {**home, "XDG_CONFIG_HOME": str(tmp_path / "xdg")}
    named = {**xdg, "QC_ENV_FILE": str(variable)}
    checkout = tmp_path / "checkout"
    empty = tmp_path / "empty"
    found = [
        resolved(named, checkout, env_file=str(flag)),
        resolved(named, checkout),
        resolved(xdg, checkout),
        resolved(xdg, empty),
        resolved(home, empty),
        resolved({**home, "XDG_CONFIG_HOME": "relative"}, None),
        resolved({"HOME": str(empty)}, None),
        resolved({}, None),
    ]
    wanted = ["flag", "variable", "checkout", "xdg", "home", "home", "2025.11.0", "2025.11.0"]
    assert [one.settings.policy.version for one in found] == wanted


def test_a_file_planted_where_one_works_is_never_read(tmp_path, monkeypatch):
    work = tmp_path / "job/shot"
    for folder in (tmp_path / "job", work):
        env_file(folder, "QC_POLICY_VERSION=planted\n")
        env_file(folder / "qc-asset-crawler", "QC_POLICY_VERSION=planted\n")
    monkeypatch.chdir(work)
    for environ in ({}, {"XDG_CONFIG_HOME": "."}, {"XDG_CONFIG_HOME": "", "HOME": ""}):
        found = resolved({**environ, "PWD": str(work)}, None, roots=(".", str(work)))
        assert found.settings.policy.version == "2025.11.0"


def test_a_named_file_that_is_not_there_is_refused_and_not_replaced_by_another(tmp_path):
    env_file(tmp_path, "LOG_LEVEL=DEBUG\n")
    with pytest.raises(UsageError, match="QC_ENV_FILE in the environment: no such file"):
        resolved({"QC_ENV_FILE": str(tmp_path / "missing")}, tmp_path)


@pytest.mark.parametrize("mode", [0o602, 0o606, 0o666, 0o622])
def test_a_file_that_everybody_can_write_is_refused(mode, tmp_path):
    path = env_file(tmp_path, "LOG_LEVEL=DEBUG\n")
    path.chmod(mode)
    with pytest.raises(UsageError, match=r"everybody can write it.*chmod o-w"):
        resolved({}, tmp_path)


@only_root
def test_a_file_of_somebody_else_is_refused_and_one_of_root_is_not(tmp_path):
    path = env_file(tmp_path, "LOG_LEVEL=DEBUG\n")
    path.chmod(0o644)
    os.chown(path, 65534, -1)
    with pytest.raises(UsageError, match="neither you nor root"):
        resolved({}, env_file=str(path))
    os.chown(path, 0, -1)
    assert resolved({}, env_file=str(path)).log_level == "DEBUG"


@only_root
@pytest.mark.parametrize("sealed", ["file", "folder"])
def test_a_file_that_may_not_be_read_is_one_clear_refusal(sealed, tmp_path):
    path = env_file(tmp_path / "sealed", "LOG_LEVEL=DEBUG\n")
    (path if sealed == "file" else path.parent).chmod(0)
    os.chdir(tmp_path)
    tmp_path.chmod(0o755)
    os.seteuid(65534)
    try:
        with pytest.raises(UsageError, match=r"sealed/\.env"):
            resolved({}, env_file="sealed/.env")
    finally:
        os.seteuid(0)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / ".env"
    path.write_bytes(b"LOG_LEVEL=\xff\xfe\n")
    path.chmod(0o600)
    with pytest.raises(UsageError, match="not UTF-8"):
        resolved({}, env_file=str(path))


def test_values_are_taken_as_they_are_written(tmp_path):
    text = (
        '\ufeffexport QC_POLICY_VERSION="${HOME}-$USER"  # ours\nQC_IGNORE_CTIME\n\n# LOG_LEVEL=x\n'
    )
    found = resolved({"HOME": "/home/anna", "USER": "anna"}, env_file=str(env_file(tmp_path, text)))
    assert found.settings.policy.version == "${HOME}-$USER"
    assert found.log_level == "INFO"
    assert found.settings.ignore_ctime is False


def test_a_variable_nobody_knows_is_warned_of_by_name_and_file(tmp_path):
    text = "QC_HASHCACHE=x.json\nQC_POLICY_VERSION=1\nOTHER=1\nTRAK_URL=https://a.test\n"
    path = env_file(tmp_path, text)
    warnings = resolved({}, env_file=str(path)).warnings
    assert [warning.split()[0] for warning in warnings] == ["QC_HASHCACHE", "TRAK_URL"]
    assert all(str(path) in warning for warning in warnings)


def test_reading_a_file_changes_nothing_in_the_environment(tmp_path):
    before = dict(os.environ)
    resolved({}, env_file=str(env_file(tmp_path, "LOG_LEVEL=DEBUG\nQC_NEW=1\n")))
    assert dict(os.environ) == before


def example() -> str:
    return Path(__file__).parents[1].joinpath(".env.example").read_text("utf-8")


def test_the_example_changes_nothing(tmp_path):
    found = resolved({"USER": "anna"}, env_file=str(env_file(tmp_path, example())))
    assert found == resolved({"USER": "anna"})


def test_the_example_with_every_line_uncommented_sets_every_variable_to_its_default(tmp_path):
    text, uncommented = re.subn(r"(?m)^#([A-Z_]+=)", r"\1", example())
    assert uncommented == len(VARIABLES)
    assert [name for name in VARIABLES if f"\n{name}=" not in text] == []
    path = env_file(tmp_path, text)
    found = resolved({"USER": "anna"}, env_file=str(path))
    plain = resolved({"USER": "anna"}).settings
    assert (found.log_level, found.warnings) == ("INFO", ())
    assert found.settings == plain._replace(policy=Policy("2025.11.0", configured=True))
    reached = resolved(TRAK, env_file=str(path)).settings.trak
    assert reached == Trak(TRAK["TRAK_BASE_URL"], reached.key)


def test_a_root_is_made_absolute_the_way_people_write_it(tmp_path, monkeypatch):
    (tmp_path / "disk7/show/shot").mkdir(parents=True)
    (tmp_path / "disk7/other").mkdir()
    (tmp_path / "show").symlink_to("disk7/show")
    monkeypatch.chdir(tmp_path / "show")
    here = str(tmp_path / "show")
    assert absolute("shot", here) == f"{here}/shot"
    assert absolute("./shot//", here) == f"{here}/shot"
    assert absolute("shot/../shot", here) == f"{here}/shot"
    assert absolute("/jobs/a/./b/", here) == "/jobs/a/b"
    assert absolute("shot", "/somewhere/else") == str(tmp_path / "disk7/show/shot")
    assert absolute(f"{here}/../other", here) == str(tmp_path / "disk7/other")


@pytest.mark.parametrize("root", ["", "a\0b"])
def test_a_root_that_is_no_path_is_refused(root):
    with pytest.raises(UsageError, match="ROOT"):
        resolved({}, roots=(root,))
