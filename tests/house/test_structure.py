"""Rules of the house that tools cannot state: where relations point, what stays out of the tree."""

import ast
import re
import subprocess

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

from tests.house.words import APPS, ROOT, sources, templates, tracked

FLOOR = {"kpi": 5, "orders": 4, "training": 4, "customers": 3, "staff": 2}
COMMENTS = re.compile(r"{#.*?#}|{%\s*comment\b.*?{%\s*endcomment\s*%}", re.DOTALL)
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "manager.py", "managers.py", "base.py"}


def floor_of(model) -> int:
    package = model.__module__.split(".")[0]
    return FLOOR.get(package, 1)


def test_every_relation_points_down_or_to_the_user():
    user = apps.get_model(settings.AUTH_USER_MODEL)
    swept, upward = 0, []
    for model in apps.get_models():
        if model.__module__.split(".")[0] not in APPS:
            continue
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if target is None or field.auto_created:
                continue
            swept += 1
            if target is not user and floor_of(target) > floor_of(model):
                upward.append(f"{model.__name__}.{field.name} -> {target.__name__}")
    assert swept > 40
    assert upward == []


def test_the_five_apps_look_alike():
    for app in ("staff", "customers", "orders", "training", "kpi"):
        assert (ROOT / app / "apps.py").is_file(), app


def test_no_file_is_named_for_nothing():
    assert [str(path) for path in sources() if path.name in FORBIDDEN_NAMES and path.parent.name != "settings"] == []


def test_no_import_hides_inside_a_function():
    hidden = []
    for path in sources():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                hidden += [
                    f"{path.relative_to(ROOT)}:{inner.lineno}"
                    for inner in ast.walk(node)
                    if isinstance(inner, ast.Import | ast.ImportFrom)
                ]
    assert hidden == []


def test_no_model_signal_is_received():
    pattern = re.compile(r"\b(post_save|pre_save|post_delete|pre_delete|m2m_changed)\b")
    assert [str(path) for path in sources() if pattern.search(path.read_text(encoding="utf-8"))] == []


def test_no_template_holds_script_or_style_of_its_own():
    swept, found = 0, []
    pattern = re.compile(
        r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle\s*=\s*[\"']|\son[a-z]+\s*=\s*[\"']", re.IGNORECASE
    )
    for path in templates():
        swept += 1
        text = COMMENTS.sub("", path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(ROOT)}: {hit.group(0)}" for hit in pattern.finditer(text)]
    assert swept > 20
    assert found == []


def test_every_component_says_what_it_takes():
    components = [path for path in templates() if path.parent.name == "components"]
    assert len(components) > 5
    opens = re.compile(r"\s*({%\s*load [^%]+%}\s*)?({#|{%\s*comment)")
    silent = [path.name for path in components if not opens.match(path.read_text(encoding="utf-8"))]
    assert silent == []


@pytest.mark.django_db
def test_models_and_migrations_agree():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_nothing_in_the_tree_names_this_computer():
    own = ROOT / "tests/house/test_structure.py"
    places = re.compile(r"/work/(main|shared)|/root/|/tmp/[a-z]")
    found = [
        str(path.relative_to(ROOT))
        for path in tracked(".py", ".md", ".html", ".js", ".css", ".toml", ".txt", ".json", ".yaml", ".po")
        if path != own and places.search(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


def test_scripts_can_be_run():
    listed = subprocess.run(
        ["git", "ls-files", "-s", "script", ".ci"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    modes = [line.split() for line in listed.stdout.splitlines()]
    assert [parts[3] for parts in modes if parts[0] != "100755" and not parts[3].endswith((".py", ".txt"))] == []
