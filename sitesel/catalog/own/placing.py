"""Where on earth are these coordinates? CRS missing or wrong, swapped, without their sign."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from sitesel.catalog.own.cells import rows
from sitesel.crs import LONLAT
from sitesel.errors import LayerError

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

    XY = NDArray[np.float64]
    Box = tuple[float, float, float, float]

_CONTINENT = (-170.0, 7.0, -50.0, 84.0)
_NEAR = (-125.0, 12.0, -84.0, 43.0)  # Mexico and the four states, with a margin
_LIKELY = (3857, 6372, 32611, 32612, 32613, 32614, 2230, 2223, 2903, 2904, 2277, 2278, 2279)
_HALF_TURN, _POLE = 180, 90
_FIXES: dict[str, Callable[[XY], XY]] = {
    "longitude and latitude are swapped": lambda xy: xy[:, ::-1],
    "the longitudes lack their minus sign": lambda xy: xy * [-1.0, 1.0],
    "the longitudes run from 0 to 360": lambda xy: xy - [360.0, 0.0],
    "longitude and latitude are swapped and lack the minus sign": lambda xy: xy[:, ::-1] * [-1, 1],
}


class _Told(NamedTuple):
    frame: gpd.GeoDataFrame
    said: list[str]


def parsed(crs: str) -> CRS:
    """Return a coordinate system by the words of ``--crs``.

    Raises
    ------
    LayerError
        The words mean none that places things on the earth.

    Examples
    --------
    >>> parsed("EPSG:32613").name
    'WGS 84 / UTM zone 13N'
    """
    found = _usable(crs)
    if found is None:
        raise LayerError(f"--crs: '{crs}' is no coordinate system; write EPSG:4326 or so")
    return found


def _usable(crs: object) -> CRS | None:
    try:
        found = CRS.from_user_input(crs)
    except CRSError:
        return None
    return found if found.is_geographic or found.is_projected else None


def to_lonlat(frame: gpd.GeoDataFrame, stated: str | None = None) -> _Told:
    """Return features in EPSG:4326, where they can only have been meant to lie.

    Parameters
    ----------
    frame
        Features, each with a geometry; the index counts the file's rows from 0.
    stated
        What ``--crs`` says; it rules over what the file says.

    Raises
    ------
    LayerError
        The CRS is missing or cannot be right, or only some rows are swapped.
    """
    own, said = _usable(frame.crs), []
    crs = parsed(stated) if stated else own
    if stated and own is not None and not own.equals(crs, ignore_axis_order=True):
        said.append(f"the file says {_name(own)}; --crs {stated} is taken")
    middles = _middles(frame)
    degrees = bool((np.abs(middles) <= [_HALF_TURN, _HALF_TURN]).all())
    if crs is None:
        if not _fix(middles, _NEAR) and not _inside(middles, _NEAR).all():
            _refuse_slips(frame, middles, _NEAR)
            raise LayerError(
                f"no CRS is stated, and coordinates like {_shown(middles)} may be of several; "
                f"say which: --crs EPSG:…{_hint(middles)}"
            )
        said.append(
            "no CRS is stated; taken as EPSG:4326, for the coordinates are degrees near the border"
        )
        crs = LONLAT
    elif crs.is_projected and degrees:
        if not _fix(middles, _CONTINENT) and not _inside(middles, _CONTINENT).all():
            _refuse_slips(frame, middles, _CONTINENT)
            raise LayerError(
                f"coordinates like {_shown(middles)} look like degrees, yet the CRS is "
                f"{_name(crs)}; say which they are of: --crs EPSG:4326"
            )
        said.append(f"the CRS is {_name(crs)}, but the coordinates are degrees: EPSG:4326 is taken")
        crs = LONLAT
    frame = frame.set_crs(crs, allow_override=True)
    if crs.is_geographic:
        frame, more = _put_right(frame, middles)
        said += more
    frame = frame.to_crs(LONLAT)
    lost = ~np.isfinite(frame.geometry.bounds.to_numpy()).all(axis=1)
    if lost.any() and not lost.all():
        said.append(f"{rows(frame.index[lost])}: coordinates that are nowhere on earth: left out")
        frame = frame[~lost]
    return _Told(frame, said + _astray(frame, _name(crs), middles))


def _put_right(frame: gpd.GeoDataFrame, middles: XY) -> _Told:
    """Undo what went wrong in every row alike; refuse what went wrong in some."""
    here = _inside(middles, _CONTINENT)
    if here.all():
        return _Told(frame, [])
    words = _fix(middles, _CONTINENT)
    if words:
        shapes = shapely.transform(frame.geometry.to_numpy(), _FIXES[words])
        return _Told(frame.set_geometry(shapes, crs=frame.crs), [f"{words} in all rows: put right"])
    _refuse_slips(frame, middles, _CONTINENT)
    impossible = (np.abs(middles) > [2 * _HALF_TURN, _POLE]).any(axis=1)
    if impossible.any():
        raise LayerError(
            f"{rows(frame.index[impossible])}: {_shown(middles[impossible])} are not degrees, yet "
            f"the CRS is {_name(frame.crs)}; say which they are of: --crs EPSG:…"
            + _hint(middles[impossible])
        )
    return _Told(frame, [])


def _refuse_slips(frame: gpd.GeoDataFrame, middles: XY, box: Box) -> None:
    """Refuse rows that one slip took out of a box in which all the others lie."""
    here = _inside(middles, box)
    for words, back in _FIXES.items():
        wrong = ~here & _inside(back(middles), _NEAR)
        if wrong.any() and (here | wrong).all():
            raise LayerError(
                f"{rows(frame.index[wrong])}: {words}, in the other rows not; mend these rows"
            )


def _astray(frame: gpd.GeoDataFrame, crs: str, middles: XY) -> list[str]:
    """Tell of rows that lie elsewhere or run round the globe; refuse if all lie elsewhere."""
    bounds = frame.geometry.bounds.to_numpy()
    away = ~_inside(_middles(frame), _CONTINENT)
    if away.all():
        raise LayerError(
            f"every row lies outside North America if coordinates like {_shown(middles)} are of "
            f"{crs}; say which they are of: --crs EPSG:…{_hint(middles)}"
        )
    said = []
    if away.any():
        said.append(f"{rows(frame.index[away])}: outside North America: look at them")
    wide = bounds[:, 2] - bounds[:, 0] > _HALF_TURN
    if wide.any():
        said.append(f"{rows(frame.index[wide])}: across the 180° meridian, or round the globe")
    return said


def _fix(middles: XY, box: Box) -> str | None:
    """Return the one slip that would have every row lie in a box, had it not been made."""
    return next(
        (words for words, back in _FIXES.items() if _inside(back(middles), box).all()), None
    )


def _inside(xy: XY, box: Box) -> NDArray[np.bool_]:
    west, south, east, north = box
    x, y = xy.T
    return np.asarray((x >= west) & (x <= east) & (y >= south) & (y <= north))


def _middles(frame: gpd.GeoDataFrame) -> XY:
    bounds = frame.geometry.bounds.to_numpy()
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2)


def _shown(middles: XY) -> str:
    x, y = middles[0]
    return f"{x:,.6g}, {y:,.6g}" if max(abs(x), abs(y)) < 1000 else f"{x:,.0f}, {y:,.0f}"  # noqa: PLR2004


def _hint(middles: XY) -> str:
    """Name the systems of the border by which these places would lie near it."""
    fitting = []
    for code in _LIKELY:
        transformer = Transformer.from_crs(code, LONLAT, always_xy=True)
        places = np.column_stack(transformer.transform(*middles.T))
        if _inside(places, _NEAR).all():
            fitting.append(f"EPSG:{code} ({CRS.from_epsg(code).name})")
    return f". Near the border they would lie by {', '.join(fitting)}" if fitting else ""


def _name(crs: CRS) -> str:
    code = crs.to_epsg()
    return f"EPSG:{code}" if code else crs.name
