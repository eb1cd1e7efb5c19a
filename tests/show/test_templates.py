"""Views: what they compile to, and what is wrong with one that cannot be compiled."""

from __future__ import annotations

import re

import pytest

from sitesel.show.templates import TemplateError, compiled, functions, joined


def one(markup: str, data: str = "") -> str:
    """Compile one view and return its body."""
    (view,) = functions(f'<template id="x" data="{data}">{markup}</template>')
    head, body = view.split(" => ", 1)
    assert head == (f"x: ({{ {data} }})" if data else "x: ()")
    return body


def test_text_between_holes_keeps_its_blanks_on_a_line_and_loses_those_between_lines() -> None:
    assert one("<p>a {{ b }} c</p>", "b") == 'el("p", {}, "a ", b, " c")'
    assert one("<p>\n  a\n  {{ b }}\n</p>", "b") == 'el("p", {}, "a ", b)'
    assert one("<i></i> <b></b>") == '[el("i", {}), " ", el("b", {})]'
    assert one("\n<i></i>\n<b></b>\n") == '[el("i", {}), el("b", {})]'
    assert one("<p>{{ a < b && c }}</p>", "a, b") == 'el("p", {}, a < b && c)'
    assert one("<i></i>\n and") == '[el("i", {}), " and"]'


def test_text_is_quoted_and_never_read_as_script() -> None:
    hard = "\"quoted\" ${x} `tick` \\ 'one'"
    assert one(f"<p>{hard}</p>") == 'el("p", {}, "\\"quoted\\" ${x} `tick` \\\\ \'one\'")'
    assert one("<p>&lt;b&gt; &amp;</p>") == 'el("p", {}, "<b> &")'


def test_attributes_are_written_as_they_are_or_as_expressions() -> None:
    made = one('<p class="a" :class="b && \'c\'" :title="t(\'d\')" id="e"></p>')
    assert made == 'el("p", { "class": ["a", b && \'c\'], "title": t(\'d\'), "id": "e" })'
    assert one('<svg viewBox="0 0 1 1"></svg>') == 'el("svg", { "viewBox": "0 0 1 1" })'
    assert one('<input type="checkbox" checked @change="set(event.target)">') == (
        'el("input", { "type": "checkbox", "checked": "", '
        "on: { change: (event) => set(event.target) } })"
    )


def test_conditions_and_loops() -> None:
    assert one('<p :if="a"></p><b :else></b>') == '(a) ? el("p", {}) : el("b", {})'
    assert one('<li :for="(a, n) of list" :if="list">{{ n }}</li>') == (
        '(list) ? (list).map((a, n) => el("li", {}, n)) : null'
    )
    assert one('<template :for="[k, v] of all"><dt>{{ k }}</dt><dd>{{ v }}</dd></template>') == (
        '(all).map(([k, v]) => [el("dt", {}, k), el("dd", {}, v)])'
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('<template id="x">\n<p></template>', "v.html:2: <p> is not closed before </template>"),
        ('<template id="x"></p></template>', "v.html:1: <template> is not closed before </p>"),
        ("\n</p>", "v.html:2: </p> closes nothing"),
        ("<p></p>", 'v.html:1: expected <template id="...">'),
        ('<template id="x">\n<p :else></p></template>', "v.html:2: :else does not follow an :if"),
        ('<template id="x"><p :for="a in b"></p></template>', 'v.html:1: expected :for="one of'),
        ('<template id="x"><p>', "v.html:1: <p> is not closed"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, said: str) -> None:
    with pytest.raises(TemplateError, match=re.escape(said)):
        functions(text, "v.html")


def test_no_two_views_share_a_name() -> None:
    view = '<template id="x"><p></p></template>'
    assert joined({"a.html": view, "b.html": view.replace('"x"', '"y"')}).count("=>") == 2
    with pytest.raises(TemplateError, match=r"b\.html: another view is called 'x' already"):
        joined({"a.html": view, "b.html": view})


def test_the_views_of_the_page_can_be_compiled() -> None:
    assert "corridor: ({ rows }) =>" in compiled()
