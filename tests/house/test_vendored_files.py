"""Libraries kept in the repository are what they were when they were taken in."""

import hashlib
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.management import call_command

VENDOR = settings.BASE_DIR / "static" / "vendor"


def listed():
    lines = (VENDOR / "CHECKSUMS.sha256").read_text(encoding="utf-8").splitlines()
    return {name.removeprefix("./"): digest for digest, name in (line.split(maxsplit=1) for line in lines)}


def kept() -> list[Path]:
    return [path for path in VENDOR.rglob("*") if path.is_file() and path.name != "CHECKSUMS.sha256"]


def test_every_file_has_a_checksum_and_every_checksum_a_file():
    assert {path.relative_to(VENDOR).as_posix() for path in kept()} == set(listed())


def test_no_file_was_changed():
    digests = {path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in kept()}
    assert digests == listed()


def test_every_library_names_its_version_and_carries_its_licence():
    folders = [path for path in VENDOR.iterdir() if path.is_dir()]
    assert len(folders) >= 3
    assert [folder.name for folder in folders if not list(folder.glob("LICENSE*"))] == []
    assert [folder.name for folder in folders if not folder.name.rpartition("-")[2][0].isdigit()] == []


def test_no_file_asks_for_a_source_map_that_is_not_there():
    assert [path.name for path in kept() if b"sourceMappingURL=" in path.read_bytes() and path.suffix != ".md"] == []


@pytest.mark.usefixtures("settings")
def test_all_static_files_can_be_collected_under_hashed_names(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": f"{ManifestStaticFilesStorage.__module__}.ManifestStaticFilesStorage"},
    }
    call_command("collectstatic", interactive=False, verbosity=0)
    assert list((tmp_path / "css").glob("app.*.css"))
    assert (tmp_path / "staticfiles.json").exists()
