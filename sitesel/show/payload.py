"""The data block of the page: compact, compressed, and the same bytes for the same content.

A block is a length (uint32, little endian), a JSON head of that many bytes, and the arrays one
after the other; the whole is gzipped without a timestamp and written in base64.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray

UNKNOWN = 255
NOT_APPLICABLE = 254
TOP = 250
_PLAIN = {str, int, bool, type(None)}


def encode(content: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> str:
    """Return the block as base64 text.

    Examples
    --------
    >>> block = encode({"title": "Ñ"}, {"score": np.arange(3, dtype=np.uint8)})
    >>> block == encode({"title": "Ñ"}, {"score": np.arange(3, dtype=np.uint8)})
    True
    >>> decode(block)[1]["score"].tolist()
    [0, 1, 2]
    """
    index, parts, offset = {}, [], 0
    for name, array in arrays.items():
        raw = _bytes(array)
        pad = -len(raw) % 8
        index[name] = {"type": array.dtype.name, "at": offset, "length": int(array.size)}
        parts.append(raw + b"\0" * pad)
        offset += len(raw) + pad
    head = json.dumps(
        {"content": plain(content), "arrays": index},
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
    ).encode()
    head += b" " * (-(len(head) + 4) % 8)
    block = len(head).to_bytes(4, "little") + head + b"".join(parts)
    return base64.b64encode(gzip.compress(block, 6, mtime=0)).decode()


def decode(block: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Read a block back: the content and the arrays."""
    raw = gzip.decompress(base64.b64decode(block))
    size = int.from_bytes(raw[:4], "little")
    head = json.loads(raw[4 : 4 + size])
    arrays = {
        name: _array(raw, item["type"], item["length"], 4 + size + item["at"])
        for name, item in head["arrays"].items()
    }
    return head["content"], arrays


def _bytes(array: NDArray[Any]) -> bytes:
    """Write an array; whole numbers as four planes of bytes, the sign lowest: that packs best."""
    if array.dtype != np.int32:
        return np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
    folded = ((array << 1) ^ (array >> 31)).astype("<u4")
    return folded.ravel().view(np.uint8).reshape(-1, 4).T.tobytes()


def _array(raw: bytes, kind: str, length: int, at: int) -> NDArray[Any]:
    if kind != "int32":
        return np.frombuffer(raw, kind, length, at)
    planes = np.frombuffer(raw, np.uint8, 4 * length, at).reshape(4, length)
    folded = np.ascontiguousarray(planes.T).view("<u4").ravel()
    whole: NDArray[Any] = (folded >> 1).astype(np.int32) ^ -(folded & 1).astype(np.int32)
    return whole


def plain(value: Any) -> Any:
    """Turn numpy scalars, NaN and tuples into what JSON knows; missing becomes null."""
    if type(value) in _PLAIN:  # most of all there is
        return value
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str | int | float):
        return value
    return None if value != value else str(value)  # noqa: PLR0124 (NaT and NA)


def rows(columns: Mapping[str, Any], count: int | None = None) -> list[dict[str, Any]]:
    """Turn columns into rows; columns under one name stay together under it, None is left out.

    Examples
    --------
    >>> rows({"id": ["a", "b"], "raw": {"km": [1, 2]}, "zones": {}})
    [{'id': 'a', 'raw': {'km': 1}, 'zones': {}}, {'id': 'b', 'raw': {'km': 2}, 'zones': {}}]
    """
    known = {name: part for name, part in columns.items() if part is not None}
    if count is None:
        count = len(next(iter(known.values()), ()))
    parts = [rows(part, count) if isinstance(part, dict) else part for part in known.values()]
    table = zip(*parts, strict=True) if parts else [()] * count
    return [dict(zip(known, row, strict=True)) for row in table]


def quantise(values: ArrayLike) -> NDArray[np.uint8]:
    """Put 0..1 into one byte: 0..250, with 255 for unknown.

    Examples
    --------
    >>> quantise([0.0, 0.5, 1.0, np.nan]).tolist()
    [0, 125, 250, 255]
    """
    array = np.asarray(values, np.float64)
    scaled = np.clip(np.rint(np.nan_to_num(array) * TOP), 0, TOP)
    return np.where(np.isnan(array), UNKNOWN, scaled).astype(np.uint8)


def differences(array: NDArray[Any]) -> NDArray[Any]:
    """Replace each number by its step from the one before (modulo the type), along the last axis.

    Examples
    --------
    >>> differences(np.array([7, 8, 6], np.uint8)).tolist()
    [7, 1, 254]
    """
    return np.diff(array, axis=-1, prepend=array.dtype.type(0))


def geometry_stream(geometries: Iterable[Any], quantum: float) -> NDArray[np.int32]:
    """Write lon/lat geometries as whole numbers: steps in units of ``quantum`` degrees.

    Each geometry is the count of its parts (lines, rings, or all points as one part), and for each
    part the count of its points and their steps; the pen never returns to the origin.
    """
    given = np.array(list(geometries), dtype=object)
    pieces, owner = _pieces(given)
    points, piece = shapely.get_coordinates(pieces, return_index=True)
    points = np.rint(points / quantum).astype(np.int64)
    new = np.ones(len(points), bool)  # what falls on the point before it is left out
    new[1:] = (points[1:] != points[:-1]).any(axis=1) | (piece[1:] != piece[:-1])
    points, piece = points[new], piece[new]
    counts = np.bincount(piece, minlength=len(pieces))
    before = np.concatenate([[0], np.cumsum(counts)])  # points of the pieces before each
    at = 2 * before[:-1] + np.arange(len(pieces)) + owner + 1  # where the count of a piece stands
    stream = np.zeros(len(given) + len(pieces) + 2 * len(points), np.int32)
    parts = np.bincount(owner, minlength=len(given))
    earlier = np.concatenate([[0], np.cumsum(parts)])[:-1]  # pieces of the geometries before each
    stream[2 * before[earlier] + earlier + np.arange(len(given))] = parts
    stream[at] = counts
    steps = np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int64))
    here = at[piece] + 1 + 2 * (np.arange(len(points)) - before[piece])
    stream[here], stream[here + 1] = steps.T
    return stream


def _pieces(given: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return lines, rings, or all points as one, and the number of the geometry of each."""
    there = np.flatnonzero(~(shapely.is_missing(given) | shapely.is_empty(given)))
    flat = shapely.get_dimensions(given[there]) == 0
    found, owner = [given[there[flat]]], [there[flat]]
    parts, of = shapely.get_parts(given[there[~flat]], return_index=True)
    area = shapely.get_dimensions(parts) > 1
    rings, ring_of = shapely.get_rings(parts[area], return_index=True)
    found += [parts[~area], rings]
    owner += [there[~flat][of[~area]], there[~flat][of[area][ring_of]]]
    order = np.argsort(np.concatenate(owner), kind="stable")
    return np.concatenate(found)[order], np.concatenate(owner)[order]
