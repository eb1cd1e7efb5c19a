"""The page's script under the TypeScript compiler (types are in its comments) and ESLint."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from sitesel.show import page, templates

ROOT = Path(__file__).parents[2]
INSTALLED = ROOT / ".venv" / "js" / "node_modules" / ".bin"
MOST_LINES = 2_500
RULES = ROOT / "tests" / "js" / "eslint.config.mjs"


def _program(name: str) -> str:
    found = str(INSTALLED / name) if (INSTALLED / name).exists() else shutil.which(name)
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail(f"no {name}: 'make script' installs it through npm")
    pytest.skip(f"no {name} here; 'make script' installs it where there is npm")


@pytest.fixture(scope="module")
def compiler() -> str:
    return _program("tsc")


@pytest.fixture(scope="module")
def linter() -> str:
    return _program("eslint")


def _errors(compiler: str, project: Path) -> list[str]:
    done = subprocess.run(
        [compiler, "-p", str(project), "--pretty", "false"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
    )
    return [*done.stdout.splitlines(), *done.stderr.splitlines()]


def _with_views(base: Path, views: str) -> Path:
    """Copy the script and put the views beside it as a module that imports what it names."""
    js = shutil.copytree(ROOT / "sitesel" / "show" / "js", base / "sitesel" / "show" / "js")
    shutil.copy(ROOT / "tsconfig.json", base)
    imports = [
        f'import {{ {name} }} from "./{module.name}";'
        for module in sorted(js.glob("*.js"))
        for _, name in page.EXPORT.findall(module.read_text("utf-8"))
        if re.search(rf"\b{name}\b", views)
    ]
    (js / "views.js").write_text("\n".join([*imports, f"export const views = {views};"]), "utf-8")
    return base


def test_no_type_is_wrong(compiler: str, tmp_path: Path) -> None:
    """Neither in the script nor in the views, which name only what there is."""
    assert _errors(compiler, _with_views(tmp_path, templates.compiled())) == []


def test_a_wrong_type_and_a_wrong_name_are_found(compiler: str, tmp_path: Path) -> None:
    (view,) = templates.functions(
        '<template id="x"><p>{{ numb(1) }} {{ num(1, 2, 3) }}</p></template>'
    )
    base = _with_views(tmp_path, f"{{ {view} }}")
    dom = base / "sitesel" / "show" / "js" / "dom.js"
    wrong = "\nroom('top').hidden = 'no';\ndocument.getElementById(7);\n"
    dom.write_text(dom.read_text("utf-8") + wrong, "utf-8")
    found = [re.findall(r"(\w+)\.js\(.*?(TS\d+)", line) for line in _errors(compiler, base)]
    assert sorted(one for line in found for one in line) == [
        ("dom", "TS2322"),
        ("dom", "TS2345"),
        ("views", "TS2552"),
        ("views", "TS2554"),
    ]


def _broken(linter: str, base: Path, *places: str) -> str:
    command = [linter, "-c", str(RULES), "--no-color", *places]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=base)
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


def test_no_rule_is_broken(linter: str) -> None:
    assert not _broken(linter, ROOT, "sitesel/show/js", "tests/js")


def test_the_script_stays_small() -> None:
    """The next line has to earn its place; see docs/decisions/007."""
    modules = (ROOT / "sitesel" / "show" / "js").glob("*.js")
    assert sum(len(each.read_text("utf-8").splitlines()) for each in modules) <= MOST_LINES


def test_a_broken_rule_is_found(linter: str, tmp_path: Path) -> None:
    (tmp_path / "wrong.js").write_text("let unused = 1;\nif (unused == 2) eval('');\n", "utf-8")
    said = _broken(linter, tmp_path, ".")
    assert {rule for rule in ("prefer-const", "eqeqeq", "no-eval") if rule in said} == {
        "prefer-const",
        "eqeqeq",
        "no-eval",
    }
