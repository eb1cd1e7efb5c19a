"""One page a pair as PDF, printed by the Chromium of this machine."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pandas as pd
import pypdf
import pytest

from sitesel import cli
from sitesel.ask import sheet

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def outputs(small_run_folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(small_run_folder, tmp_path / "out")


@pytest.fixture
def chromium() -> None:
    if not any(map(shutil.which, sheet.BROWSERS)):
        if os.environ.get("CI"):
            pytest.fail("no Chromium to print with")
        pytest.skip("no Chromium here")


def _call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["sheet", *map(str, arguments)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), " ".join((said.out + said.err).split())


def _text(path: Path) -> str:
    reader = pypdf.PdfReader(path)
    assert len(reader.pages) == 1
    return " ".join(reader.pages[0].extract_text().split())


@pytest.mark.usefixtures("chromium")
def test_a_map_that_does_not_open_leaves_no_blank_page(
    outputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = outputs / "map.html"
    broken = page.read_text("utf-8").replace("export", "export export").replace("start(", "(")
    page.write_text(broken, "utf-8")
    code, said = _call(capsys, outputs, 2)
    assert code == 2
    assert "map.html: no sheet came out of it" in said
    assert "sitesel score" in said
    assert not (outputs / "pair-2.pdf").exists()


@pytest.mark.usefixtures("chromium")
def test_a_pair_is_one_page_with_names_score_and_sources(
    outputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = _call(capsys, outputs, 2)
    assert (code, said) == (0, f"{outputs / 'pair-2.pdf'} is ready.")
    text = _text(outputs / "pair-2.pdf")
    pair = pd.read_csv(outputs / "pairs.csv").set_index("rank").loc[2]
    sites = pd.read_csv(outputs / "sites.csv").set_index("site_id")
    for end in ("us_site", "mx_site"):
        site = sites.loc[pair[end]]
        name = site["name"] if isinstance(site["name"], str) else site["place"]
        assert name in text
        assert f"{site['lat']:.3f}" in text
    assert f"{100 * pair['score']:.0f}" in text.split()
    assert "World Resources Institute" in text
    assert "ODbL" in text
    assert "No legal binational zone exists" in text


@pytest.mark.usefixtures("chromium")
def test_spanish_on_a4_by_the_names_of_the_sites_and_the_same_bytes_again(
    outputs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pair = pd.read_csv(outputs / "pairs.csv").iloc[0]
    name = f"{pair['us_site']}/{pair['mx_site']}"
    files = [tmp_path / "one.pdf", tmp_path / "two.pdf"]
    for file in files:
        code, said = _call(capsys, outputs, name, "-o", file, "--lang", "es", "--paper", "A4")
        assert code == 0, said
    text = _text(files[0])
    assert "Fuentes y licencias" in text
    assert "Weight" not in text
    assert pypdf.PdfReader(files[0]).pages[0].mediabox.height == pytest.approx(842, abs=1)
    assert files[0].read_bytes() == files[1].read_bytes()


@pytest.mark.usefixtures("chromium")
def test_the_bytes_do_not_tell_what_the_browser_met_before_the_sheet(
    outputs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = _call(capsys, outputs, 1)
    assert code == 0, said
    before = (outputs / "pair-1.pdf").read_bytes()
    page = outputs / "map.html"
    more = page.read_text("utf-8").replace("</title>", "</title><meta name=one><meta name=two>", 1)
    page.write_text(more, "utf-8")
    code, said = _call(capsys, outputs, 1)
    assert code == 0, said
    assert (outputs / "pair-1.pdf").read_bytes() == before


def test_without_a_browser_it_says_which_to_install(
    outputs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(outputs))
    code, said = _call(capsys, outputs, 1)
    assert code == 2
    assert "no Chromium" in said
    assert "apt install chromium" in said
    assert not list(outputs.glob("*.pdf"))


@pytest.mark.parametrize("pair", ["0", "999", "a/b", "", "../x"])
def test_a_pair_that_is_not_there(
    outputs: Path, capsys: pytest.CaptureFixture[str], pair: str
) -> None:
    code, said = _call(capsys, outputs, pair)
    assert code == 2
    assert f"no pair '{pair}'" in said
    assert "US_SITE/MX_SITE" in said


@pytest.mark.parametrize("lost", ["map.html", "pairs.csv"])
def test_a_folder_that_is_no_run(
    outputs: Path, capsys: pytest.CaptureFixture[str], lost: str
) -> None:
    (outputs / lost).unlink()
    code, said = _call(capsys, outputs, 1)
    assert code == 2
    assert lost in said
    assert "run the study" in said


@pytest.mark.skipif(os.name == "nt", reason="needs a shell script as the browser")
@pytest.mark.parametrize("script", ["exit 3", "true", "echo no display >&2; exit 1"])
def test_a_browser_that_fails(
    outputs: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    script: str,
) -> None:
    browser = tmp_path / "bin" / "chromium"
    browser.parent.mkdir()
    browser.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", str(browser.parent))
    code, said = _call(capsys, outputs, 1)
    assert code == 2
    assert "could not print the sheet" in said
    assert ("no display" in said) == ("display" in script)
    assert not list(outputs.glob("*.pdf"))


def test_undated_keeps_the_length() -> None:
    before = b"<< /CreationDate (D:20261121233050+00'00')\n/ModDate (D:20261121233050+00'00') >>"
    after = sheet.undated(before)
    assert len(after) == len(before)
    assert b"2026" not in after


def test_renumbered_keeps_the_length_and_who_is_meant() -> None:
    before = b"/ID (node00001009) /Headers [(node00001010) (node00001009)] /Title (node 00001011)"
    after = b"/ID (node00000001) /Headers [(node00000002) (node00000001)] /Title (node 00001011)"
    assert sheet.renumbered(before) == after
