"""Light and dark: the page follows the system, its colours tell classes apart, paper is light."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

    Open = Callable[..., Page]

# Machado, Oliveira and Fernandes 2009, severity 1: linear RGB as red- and green-blind eyes see it.
EYES = {
    "all colours": np.eye(3),
    "no red": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "no green": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
}
LEAST_STEP = 6  # of CIE lightness, between neighbouring classes
SHADE = """paper => {
  const canvas = paper ? document.querySelector("#sheet canvas")
    : document.querySelector(".leaflet-overlay-pane canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let sum = 0;
  for (let i = 0; i < data.length; i += 4) sum += data[i] + data[i + 1] + data[i + 2];
  return sum / (0.75 * data.length); }"""
BACK = "() => getComputedStyle(document.body).backgroundColor"


def _tables() -> list[dict[str, str]]:
    """Return the colours of the light scheme and of the dark one, by name."""
    text = (files("sitesel.show") / "colours.css").read_text("utf-8")
    parts = text.split("@media")
    return [dict(re.findall(r"--([\w-]+):\s*([^;]+);", part)) for part in parts]


def _linear(colour: str) -> np.ndarray:
    part = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def _lightness(colour: str, eye: object) -> float:
    seen = np.clip(np.asarray(eye) @ _linear(colour), 0, 1)
    return float(116 * np.cbrt(seen @ [0.2126, 0.7152, 0.0722]) - 16)


def test_both_schemes_name_the_same_colours() -> None:
    light, dark = _tables()
    assert set(light) == set(dark)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("scheme", [0, 1])
def test_classes_of_the_ramp_differ_in_lightness_to_any_eye(scheme: int, eye: str) -> None:
    table = _tables()[scheme]
    steps = np.diff([_lightness(table[f"ramp-{n}"], EYES[eye]) for n in range(1, 6)])
    assert (np.abs(steps) > LEAST_STEP).all()
    assert len(set(np.sign(steps))) == 1


def test_the_page_follows_the_system_live(opened: Open, file: Path) -> None:
    tab = opened(file)
    assert tab.evaluate(SHADE, False) > 180
    assert tab.evaluate(BACK) == "rgb(255, 255, 255)"
    tab.emulate_media(color_scheme="dark")
    tab.wait_for_timeout(200)
    assert tab.evaluate(SHADE, False) < 110
    assert tab.evaluate(BACK) == "rgb(23, 27, 31)"
    assert tab.wrong == []


def test_paper_is_light_and_the_screen_dark_again_after(opened: Open, file: Path) -> None:
    tab = opened(file, scheme="dark")
    tab.evaluate("() => { dispatchEvent(new Event('beforeprint')); }")
    assert tab.evaluate(SHADE, True) > 150
    tab.evaluate("() => { dispatchEvent(new Event('afterprint')); }")
    tab.wait_for_timeout(200)
    assert tab.evaluate(SHADE, False) < 110
    assert tab.evaluate(BACK) == "rgb(23, 27, 31)"
    assert tab.wrong == []
