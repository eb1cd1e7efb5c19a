"""The page's views: HTML with expressions, compiled into functions that build elements.

A view is a ``<template id="name" data="a, b">`` in a file of ``views/``; the script calls it as
``view.name({ a, b })``. One root gives an element, several give a list. Within a view::

    {{ num(a) }}               a text, an element, or a list of them; null and false are left out
    :title="t('close')"        an attribute; :class joins class, :style takes an object
    @click="open(a)"           a listener; the event is `event`
    :if="a" and :else          an element that is there on a condition, and the one instead
    :for="(one, n) of list"    an element for each
    <template :for="…">        the same for several elements without one round them

Expressions are JavaScript and see what the modules export. They are compiled when the page is
made, so the page needs no `eval`; text of the data becomes text nodes, never markup.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib.resources import files

from sitesel.errors import SiteselError

_VOID = {"br", "hr", "img", "input"}
_MIXED_CASE = {"viewbox": "viewBox"}
_HOLE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_FOR = re.compile(r"^\(?(.*?)\)?\s+of\s+(.*)$", re.DOTALL)


class TemplateError(SiteselError, ValueError):
    """A view that cannot be compiled."""


@dataclass
class _Node:
    """An element of a view, its children elements or text."""

    tag: str
    attributes: dict[str, str]
    line: int
    children: list[_Node | str] = field(default_factory=list)


def compiled() -> str:
    """Return the views of the page as a JavaScript object of functions.

    Examples
    --------
    >>> compiled().startswith("{")
    True
    """
    room = files("sitesel.show") / "views"
    found = sorted(room.iterdir(), key=lambda item: item.name)
    pages = [item for item in found if item.name.endswith(".html")]
    return joined({item.name: item.read_text("utf-8") for item in pages})


def joined(pages: dict[str, str]) -> str:
    """Compile files of views, by name, into one object; no two views may share a name."""
    views: dict[str, str] = {}
    for name, text in pages.items():
        for view in functions(text, name):
            called = view.split(":", 1)[0]
            if called in views:
                raise TemplateError(f"{name}: another view is called '{called}' already")
            views[called] = view
    return "{\n" + "".join(f"{view},\n" for view in views.values()) + "}"


def functions(text: str, name: str = "view") -> list[str]:
    """Compile the views of one file; ``name`` stands in errors.

    Examples
    --------
    >>> functions('<template id="hi" data="who"><p :if="who">Hi {{ who }}!</p></template>')
    ['hi: ({ who }) => (who) ? el("p", {}, "Hi ", who, "!") : null']

    Raises
    ------
    TemplateError
        If an element is not closed, or something other than views stands in the file.
    """
    views = [node for node in _Reader(name, text).root.children if isinstance(node, _Node)]
    for node in views:
        if node.tag != "template" or "id" not in node.attributes:
            raise TemplateError(f'{name}:{node.line}: expected <template id="...">')
    return [_function(node, name) for node in views]


def _function(node: _Node, name: str) -> str:
    data = node.attributes.get("data", "")
    parts = _children(node, name)
    body = parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"
    return f"{node.attributes['id']}: ({f'{{ {data} }}' if data else ''}) => {body}"


def _children(node: _Node, name: str) -> list[str]:
    parts: list[str] = []
    for child in _condensed(node):
        if isinstance(child, str):
            parts += _text(child)
        elif ":else" in child.attributes:
            if not parts or not parts[-1].endswith(" : null"):
                raise TemplateError(f"{name}:{child.line}: :else does not follow an :if")
            parts[-1] = parts[-1].removesuffix("null") + _element(child, name)
        else:
            parts.append(_element(child, name))
    return parts


def _condensed(node: _Node) -> list[_Node | str]:
    """Leave out the blank between lines; any other run of blanks is one."""
    kept = [
        child
        for child in node.children
        if isinstance(child, _Node) or child.strip() or "\n" not in child
    ]
    last = len(kept) - 1
    for n, child in enumerate(kept):
        if isinstance(child, str):
            text = re.sub(r"^\s*\n\s*", "" if n == 0 else " ", child)
            text = re.sub(r"\s*\n\s*$", "" if n == last else " ", text)
            kept[n] = re.sub(r"\s+", " ", text)
    return kept


def _text(text: str) -> list[str]:
    pieces = _HOLE.split(text)
    return [
        piece.strip() if n % 2 else json.dumps(piece, ensure_ascii=False)
        for n, piece in enumerate(pieces)
        if piece
    ]


def _element(node: _Node, name: str) -> str:
    parts = _children(node, name)
    if node.tag == "template":
        made = f"[{', '.join(parts)}]"
    else:
        made = f"el({', '.join([json.dumps(node.tag), _options(node), *parts])})"
    if ":for" in node.attributes:
        found = _FOR.match(node.attributes[":for"])
        if not found:
            raise TemplateError(f'{name}:{node.line}: expected :for="one of list"')
        made = f"({found[2]}).map(({found[1]}) => {made})"
    return f"({node.attributes[':if']}) ? {made} : null" if ":if" in node.attributes else made


def _options(node: _Node) -> str:
    options: dict[str, str] = {}
    listeners: list[str] = []
    for key, value in node.attributes.items():
        if key in {":if", ":else", ":for"}:
            continue
        if key.startswith("@"):
            listeners.append(f"{key[1:]}: (event) => {value}")
        elif key == ":class" and "class" in options:
            options["class"] = f"[{options['class']}, {value}]"
        elif key.startswith(":"):
            options[_MIXED_CASE.get(key[1:], key[1:])] = value
        else:
            options[_MIXED_CASE.get(key, key)] = json.dumps(value, ensure_ascii=False)
    pairs = [f"{json.dumps(key)}: {value}" for key, value in options.items()]
    if listeners:
        pairs.append(f"on: {{ {', '.join(listeners)} }}")
    return f"{{ {', '.join(pairs)} }}" if pairs else "{}"


class _Reader(HTMLParser):
    """Reads views into a tree; what is not closed, or closed twice, is an error."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.name = name
        self.root = _Node("", {}, 0)
        self.open = [self.root]
        self.feed(text)
        self.close()
        if len(self.open) > 1:
            raise TemplateError(f"{name}:{self.open[-1].line}: <{self.open[-1].tag}> is not closed")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = _Node(tag, {key: value or "" for key, value in attrs}, self.getpos()[0])
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        node = self.open.pop()
        if node is self.root:
            raise TemplateError(f"{self.name}:{self.getpos()[0]}: </{tag}> closes nothing")
        if node.tag != tag:
            raise TemplateError(
                f"{self.name}:{node.line}: <{node.tag}> is not closed before </{tag}>"
            )

    def handle_data(self, data: str) -> None:
        children = self.open[-1].children
        if children and isinstance(children[-1], str):  # a "<" in an expression parts the text
            data = f"{children.pop()}{data}"
        children.append(data)
