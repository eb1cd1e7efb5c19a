"""Files in OSM XML, read as a stream: several are merged and cut down to what is wanted.

What is kept goes into one small file, so that a large extract need never fit into memory.
"""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from sitesel.errors import FetchError, printable
from sitesel.resources import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

Tags = Mapping[str, str]
Wanted = Callable[[str, Tags], Tags | None]
"""From the kind of an element and its tags to the tags to keep, or None: not wanted."""
Box = tuple[float, float, float, float]

_CHUNK = 2**20
_KINDS = ("node", "way", "relation")
_CONVERT = "osmium cat {name} -o {stem}.osm"


class Element(NamedTuple):
    """A node, way or relation as the file has it; ``refs`` are a way's nodes or a relation's ways.

    ``parts`` are the lines of XML inside a relation.
    """

    kind: str
    number: int
    at: tuple[str, str]
    tags: dict[str, str]
    refs: list[int]
    parts: list[str]


@dataclass
class OsmFile:
    """An OSM XML file, plain or packed with gzip or bzip2.

    ``edited`` is known once it has been read: the state of the data that the file names, else
    the day of the latest edit in it. So is ``remark``, in which Overpass says what went wrong.
    """

    path: Path
    edited: str = ""
    remark: str = ""
    _stated: str = ""
    _open: list[str] = field(default_factory=list)
    _last: str = "node"
    _found: list[Element] = field(default_factory=list)

    def elements(self) -> Iterator[Element]:
        """Go through the elements; a file that is not whole is a `FetchError`."""
        self.remark, self._last = "", "node"
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = lambda _: self._open.pop()
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype  # no entity is ever expanded
        try:
            with _opened(self.path) as file:
                while chunk := file.read(_CHUNK):
                    parser.Parse(chunk)
                    yield from self._found[:-1]  # the last may still get tags
                    del self._found[:-1]
                parser.Parse(b"", True)
        except FetchError:
            raise
        except (expat.ExpatError, EOFError, OSError, LookupError, ValueError) as error:
            raise FetchError(
                f"{self.path}: is not whole OSM XML: {error}; fetch or convert it again"
            ) from None
        yield from self._found
        self._found.clear()
        self.edited = self._stated or self.edited

    def _doctype(self, name: str, *_: Any) -> None:
        words = "is a web page" if name.lower() == "html" else "holds a DOCTYPE"
        raise FetchError(f"{self.path}: {words}, not OSM XML; fetch or convert it again")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and name != "osm":
            raise FetchError(f"{self.path}: holds <{printable(name)}>, not <osm>; take an extract")
        self._open.append(name)
        if name in _KINDS:
            if name == "node" and self._last != name:
                raise FetchError(f"{self.path}: nodes come after ways; put it through osmium sort")
            self._last = name
            at = (attributes["lon"], attributes["lat"]) if name == "node" else ("", "")
            self._found.append(Element(name, int(attributes["id"]), at, {}, [], []))
            self.edited = max(self.edited, attributes.get("timestamp", ""))
        elif name == "tag" and self._open[-2] in _KINDS:
            self._found[-1].tags[attributes["k"]] = attributes["v"]
        elif name == "nd":
            self._found[-1].refs.append(int(attributes["ref"]))
        elif name == "member":
            words = {key: attributes.get(key, "") for key in ("type", "ref", "role")}
            self._found[-1].parts.append(_xml("member", words))
            if words["type"] == "way":
                self._found[-1].refs.append(int(words["ref"]))
        else:
            stated = attributes.get("osm_base") or attributes.get("osmosis_replication_timestamp")
            self._stated = stated or self._stated

    def _text(self, text: str) -> None:
        if self._open[-1] == "remark":
            self.remark += text


def _opened(path: Path) -> BinaryIO:
    if path.name.endswith(".pbf"):
        stem = path.name.removesuffix(".pbf").removesuffix(".osm")
        raise FetchError(
            f"{path}: PBF cannot be read here; convert it with osmium-tool: "
            + _CONVERT.format(name=path.name, stem=stem)
        )
    packed: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open}
    file: BinaryIO = packed.get(path.suffix, open)(path, "rb")
    return file


def _xml(name: str, attributes: Mapping[str, Any], inside: Sequence[str] = ()) -> str:
    words = "".join(f" {key}={quoteattr(str(value))}" for key, value in attributes.items())
    return f"<{name}{words}>{''.join(inside)}</{name}>\n"


class Kept(NamedTuple):
    """What a selection kept: how many elements were wanted, and the state of the data."""

    wanted: int
    edited: str | None


def select(paths: Sequence[Path], to: Path, wanted: Wanted, box: Box | None = None) -> Kept:
    """Write one OSM XML file with the wanted elements and all that they are made of.

    With a ``box`` only ways with a node in it are kept, whole. An element that is in several
    files is written once. An open way that lacks nodes keeps its longest run of known ones; a
    closed one that lacks nodes is left out. Who edited what, and when, is not carried over.
    """
    files = [OsmFile(path) for path in paths]
    need = _needed(files, wanted, box)
    done: dict[str, set[int]] = {kind: set() for kind in _KINDS}
    with replacing(to) as part, part.open("w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6">\n')
        for each in (element for file in files for element in file.elements()):
            if each.number in need.ids[each.kind] and each.number not in done[each.kind]:
                done[each.kind].add(each.number)
                tags = wanted(each.kind, each.tags) or {}
                out.write(_written(each, tags, done["node"]))
        out.write("</osm>\n")
    return Kept(need.wanted, max((file.edited for file in files), default="") or None)


class _Need(NamedTuple):
    """The numbers to write of each kind, and how many elements are wanted for themselves."""

    ids: dict[str, set[int]]
    wanted: int


def _needed(files: Sequence[OsmFile], wanted: Wanted, box: Box | None) -> _Need:
    """Find the wanted elements, the ways that relations are made of, and the nodes of ways."""
    ids: dict[str, set[int]] = {kind: set() for kind in _KINDS}
    members: set[int] = set()
    inside: set[int] = set()
    for each in (element for file in files for element in file.elements()):
        if box and each.kind == "node" and _within(each, box):
            inside.add(each.number)
        if each.kind != "way" and wanted(each.kind, each.tags) is not None:
            ids[each.kind].add(each.number)
            members.update(each.refs)
    count, own = len(ids["node"]) + len(ids["relation"]), set()
    for each in (element for file in files for element in file.elements()):
        if each.kind != "way":
            continue
        near = not box or not inside.isdisjoint(each.refs)
        if near and wanted("way", each.tags) is not None:
            own.add(each.number)
        elif each.number not in members:
            continue
        ids["way"].add(each.number)
        ids["node"].update(each.refs)
    return _Need(ids, count + len(own))


def _within(node: Element, box: Box) -> bool:
    west, south, east, north = box
    return west <= float(node.at[0]) <= east and south <= float(node.at[1]) <= north


def _written(each: Element, tags: Tags, known: set[int]) -> str:
    inside = [_xml("tag", {"k": key, "v": value}) for key, value in tags.items()]
    if each.kind == "node":
        return _xml("node", {"id": each.number, "lon": each.at[0], "lat": each.at[1]}, inside)
    if each.kind == "relation":
        return _xml("relation", {"id": each.number}, [*each.parts, *inside])
    refs = _known_run(each.refs, known)
    if len(refs) < 2:  # noqa: PLR2004 (no line)
        return ""
    return _xml("way", {"id": each.number}, [*(_xml("nd", {"ref": ref}) for ref in refs), *inside])


def _known_run(refs: list[int], known: set[int]) -> list[int]:
    """Return the longest run of nodes that are there; of a closed way all or none.

    Examples
    --------
    >>> _known_run([1, 2, 3, 4, 5], {1, 2, 4, 5, 6})
    [1, 2]
    >>> _known_run([1, 2, 3, 1], {1, 2})
    []
    """
    if known.issuperset(refs):
        return refs
    runs: list[list[int]] = [[]]
    for ref in refs:
        if ref in known:
            runs[-1].append(ref)
        else:
            runs.append([])
    return [] if refs[0] == refs[-1] else max(runs, key=len)
