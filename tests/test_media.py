"""Real media: every file in exactly one asset, every hash as others compute it."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from faults.stock import listing, media_listing

import qc_asset_crawler
from support import Json, Tool, files_below, load, sidecar_paths

EXTENSIONS = (".exr", ".dpx", ".jpg", ".jpeg", ".png", ".tif", ".tiff")
EXTENSIONS += (".mxf", ".wav", ".aif", ".aiff", ".mov", ".mp4")


@pytest.fixture(scope="module")
def original() -> Path:
    given = os.environ.get("QC_TEST_MEDIA", "")
    if not given:
        pytest.skip("QC_TEST_MEDIA does not name a folder of test media")
    if not Path(given, "MANIFEST.json").is_file():
        pytest.skip("QC_TEST_MEDIA names no folder with a MANIFEST.json")
    return Path(given)


@pytest.fixture(scope="module")
def copy(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the test media that the tool may write beside."""
    root = tmp_path_factory.mktemp("media") / "media"
    shutil.copytree(original, root, symlinks=True)
    for at, folders, names in os.walk(root):
        for name in (*folders, *names):
            path = os.path.join(at, name)
            if not os.path.islink(path):
                os.chmod(path, os.stat(path).st_mode | stat.S_IWUSR)
    return root


@pytest.fixture(scope="module")
def crawled(qc: Tool, copy: Path) -> Json:
    """What a first crawl of the copy says."""
    before = media_listing(copy)
    document = qc.json(copy)
    assert media_listing(copy) == before
    return document


@pytest.fixture(scope="module")
def manifest(original: Path) -> dict[str, Json]:
    entries = json.loads((original / "MANIFEST.json").read_text())["entries"]
    return {entry["path"]: entry for entry in entries}


def is_media(path: Path) -> bool:
    name = path.name
    return not name.startswith(".") and name.lower().endswith(EXTENSIONS)


def media_files(root: Path) -> set[str]:
    return {str(path) for path in files_below(root) if is_media(path) and not path.is_symlink()}


def members(sidecar: Json) -> list[str]:
    """Name the files of an asset, by what its sidecar says alone."""
    sequence = sidecar["sequence"]
    if sequence is None:
        return [sidecar["asset_path"]]
    frames: list[int] = []
    for run in sequence["frames"].split(","):
        first, _, last = run.partition("-")
        frames += range(int(first), int(last or first) + 1)
    return [f"{sidecar['asset_path']}/{sequence['pattern'] % frame}" for frame in frames]


def test_every_media_file_is_in_exactly_one_asset(copy: Path, crawled: Json) -> None:
    named = [name for path in sidecar_paths(copy) for name in members(load(path))]
    assert len(named) == len(set(named))
    assert set(named) == media_files(copy)
    assert crawled["summary"]["files_seen"] == len(named)
    assert crawled["summary"]["exit"] == {"status": 0, "reasons": {}}


def test_every_single_file_has_the_hash_of_the_manifest(
    copy: Path, crawled: Json, manifest: dict[str, Json]
) -> None:
    singles = [load(path) for path in sidecar_paths(copy)]
    singles = [sidecar for sidecar in singles if sidecar["sequence"] is None]
    assert singles
    for sidecar in singles:
        entry = manifest[os.path.relpath(sidecar["asset_path"], copy)]
        assert sidecar["content_hash"] == f"blake3:{entry['blake3']}", entry["path"]
        assert sidecar["cheap_fp"]["bytes"] == entry["bytes"], entry["path"]


B3SUM = """
cd "$1" && shift
for name in "$@"; do
  hash=$(b3sum --no-names -- "./$name")
  printf '%s\\0%s\\0blake3:%s\\n' "$name" "$(stat -c %s -- "./$name")" "$hash"
done | b3sum --no-names
"""


@pytest.mark.skipif(shutil.which("b3sum") is None, reason="there is no b3sum here")
def test_every_sequence_has_the_hash_that_b3sum_and_the_shell_give(
    copy: Path, crawled: Json
) -> None:
    sequences = [load(path) for path in sidecar_paths(copy)]
    sequences = [sidecar for sidecar in sequences if sidecar["sequence"] is not None]
    assert sequences
    for sidecar in sequences:
        names = [os.path.basename(name) for name in members(sidecar)]
        done = subprocess.run(
            ["bash", "-c", B3SUM, "b3sum", sidecar["asset_path"], *names],
            capture_output=True,
            text=True,
            check=True,
        )
        assert sidecar["content_hash"] == f"blake3:{done.stdout.strip()}", names[0]


def test_the_same_crawl_again_writes_nothing(qc: Tool, copy: Path, crawled: Json) -> None:
    before = listing(copy)
    done = qc.run(copy)
    assert listing(copy) == before
    assert "no media was read, nothing was written" in done.out
    assert done.err == ""


def test_every_sidecar_is_valid_by_the_schema_of_the_package(copy: Path, crawled: Json) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    package = Path(qc_asset_crawler.__file__).parent
    schema = package / "sidecar" / "sidecar-1.1.0.schema.json"
    validator = jsonschema.validators.validator_for(load(schema))
    validator.check_schema(load(schema))
    for path in sidecar_paths(copy):
        assert not list(validator(load(schema)).iter_errors(load(path))), path


def test_signing_and_moving_leave_real_media_untouched(qc: Tool, copy: Path, crawled: Json) -> None:
    before = media_listing(copy)
    qc.run("--result", "pass", "--yes", copy)
    qc.run("--sidecar-mode", "inline", copy)
    assert media_listing(copy) == before
    assert all(load(path)["qc_result"] == "pass" for path in sidecar_paths(copy))
