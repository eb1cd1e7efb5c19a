"""Drawings of the layers, kept beside a run's measures: other weights change nothing of them."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sitesel.errors import SiteselError
from sitesel.measure.features import EVERY
from sitesel.resources import replacing, sha256
from sitesel.show import features, looks, payload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    import numpy as np
    from numpy.typing import NDArray

    from sitesel.catalog.layers import Catalog

    Drawn = tuple[list[dict[str, Any]], NDArray[np.int32]]

_MOST = 4  # drawings that are kept in memory, a few MB each
_recent: dict[str, str] = {}


def drawings(
    catalog: Catalog,
    layer_ids: Sequence[str],
    as_of: date,
    store: Path | None = None,
    only: Mapping[str, Sequence[str]] = EVERY,
) -> Drawn:
    """Return what the page shows of the layers, and their geometries as one stream.

    ``store`` is a file in which they are kept; what it holds is taken while the layers, the day
    and the code that draws are those it was made of. The latest are kept in memory as well, for
    the next study of the same process. ``only`` as `features.layers_content` has it.
    """
    mark = _mark(catalog, layer_ids, as_of, only)
    kept = _kept(store, mark) if store else None
    if kept is not None:
        return kept
    block = _recent.pop(mark, None) or _drawn(catalog, layer_ids, as_of, only, mark)
    _recent[mark] = block
    for oldest in [*_recent][:-_MOST]:
        del _recent[oldest]
    if store:
        with suppress(OSError, SiteselError), replacing(store) as part:  # it saves time, no more
            part.write_text(block, "ascii")
    return _read(block, mark)


def _drawn(
    catalog: Catalog,
    layer_ids: Sequence[str],
    as_of: date,
    only: Mapping[str, Sequence[str]],
    mark: str,
) -> str:
    pool = features.Pool()
    layers = features.layers_content(catalog, layer_ids, as_of, pool, only)
    return payload.encode({"mark": mark, "layers": layers}, {"geometry": pool.stream()})


def _mark(
    catalog: Catalog, layer_ids: Sequence[str], as_of: date, only: Mapping[str, Sequence[str]]
) -> str:
    names = features.drawn_ids(catalog, layer_ids)
    chosen = [catalog[name] for name in names]
    lent = [name for layer in chosen for name in layer.lenders]
    digests = {catalog[name].id: catalog.digest(name) for name in (*lent, *names)}
    code = [sha256(Path(str(module.__file__))) for module in (features, looks, payload)]
    fields = {layer.id: list(only[layer.id]) for layer in chosen if layer.id in only}
    content = [code, as_of.isoformat(), list(layer_ids), digests, fields]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _kept(store: Path, mark: str) -> Drawn | None:
    try:
        return _read(store.read_text("ascii"), mark)
    except (OSError, ValueError, EOFError):  # none yet, not whole, or of something else
        return None


def _read(block: str, mark: str) -> Drawn:
    content, arrays = payload.decode(block)
    if content.get("mark") != mark:
        raise ValueError("drawings of other layers, of another day or by other code")
    return content["layers"], arrays["geometry"]
