"""What the workbook computes: spreadsheet formulas that say the same as the Python."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell

from sitesel.cost import KM_PER_MILE
from sitesel.decide.values import Classes, Log, Steps

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sitesel.decide.values import ValueFunction


def cell(row: int, col: int, sheet: str = "") -> str:
    """Return a fixed reference to a cell, rows and columns counted from 0.

    >>> cell(4, 1), cell(0, 0, "US sites")
    ('$B$5', "'US sites'!$A$1")
    """
    name = xl_rowcol_to_cell(row, col, row_abs=True, col_abs=True)
    return f"'{sheet}'!{name}" if sheet else name


def block(first: int, last: int, col: int, sheet: str = "") -> str:
    """Return a fixed reference to a piece of a column.

    >>> block(1, 9, 2)
    '$C$2:$C$10'
    """
    name = xl_col_to_name(col, col_abs=True)
    area = f"{name}${first + 1}:{name}${last + 1}"
    return f"'{sheet}'!{area}" if sheet else area


def line(row: int, first: int, last: int, sheet: str = "") -> str:
    """Return a fixed reference to a piece of a row.

    >>> line(1, 3, 5)
    '$D$2:$F$2'
    """
    area = f"{cell(row, first)}:{cell(row, last)}"
    return f"'{sheet}'!{area}" if sheet else area


def flat_weight(own: str, group: str | None, members: Sequence[str]) -> str:
    """Return a criterion's weight: its group's weight times its share in the group on one side.

    >>> flat_weight("D9", "B4", ["D9", "D10"])
    '=D9*B4/IF((D9+D10)>0,D9+D10,1)'
    >>> flat_weight("D9", None, [])
    '=D9'
    """
    if group is None:
        return f"={own}"
    total = "+".join(members)
    return f"={own}*{group}/IF(({total})>0,{total},1)"


def share(own: str, column: str) -> str:
    """Return a weight's share of a column of weights.

    >>> share("F9", "F9:F12")
    '=IF(SUM(F9:F12)>0,F9/SUM(F9:F12),0)'
    """
    return f"=IF(SUM({column})>0,{own}/SUM({column}),0)"


def scores(values: str, shares: str, unknown: str, own: str) -> tuple[str, str, str]:
    """Return score, low and high of a row of values; an empty value is UNKNOWN.

    ``unknown`` is the row of what an UNKNOWN counts as, ``own`` the cell of the score itself, to
    which the high bound refers.
    """
    known = f"SUMPRODUCT(ISNUMBER({values})*{shares})"
    worth, whole = f"SUMPRODUCT({values},{shares})", f"SUM({shares})"
    guess = f"SUMPRODUCT((1-ISNUMBER({values}))*{shares}*{unknown})"
    return (
        f'=IF({known}>0,({worth}+{guess})/{whole},"")',
        f'=IF({whole}>0,{worth}/{whole},"")',
        f'=IF({whole}>0,MAX(MIN(({worth}+{whole}-{known})/{whole},1),{own}),"")',
    )


def rank(own: str, column: str, above: str) -> str:
    """Return the rank of a score; of equal scores the upper row comes first.

    ``above`` is the column from its first row down to the score itself.
    """
    return f'=IF(ISNUMBER({own}),RANK({own},{column})+COUNTIF({above},{own})-1,"")'


def pair_score(us: str, mx: str, weaker: str, link: str) -> str:
    """Return the score of a pair: the weaker side rules, times the link.

    >>> pair_score("K2", "L2", "B9", "R2")
    '=IF(COUNT(K2,L2,R2)=3,(B9*MIN(K2,L2)+(1-B9)*MAX(K2,L2))*R2,"")'
    """
    both = f"{weaker}*MIN({us},{mx})+(1-{weaker})*MAX({us},{mx})"
    return f'=IF(COUNT({us},{mx},{link})=3,({both})*{link},"")'


def truckload(minutes: tuple[str, str, str], rates: tuple[str, str, str], toll: str) -> str:
    """Return one bound of the cost of a truckload; empty where a rate is UNKNOWN.

    ``minutes`` are those in the US, of the wait and in Mexico, ``rates`` the US and the Mexican
    hour and the share of empty miles in percent.
    """
    us, wait, mx = (f"{ref}/60" for ref in minutes)
    hour, mexican, empty = rates
    drive = f"({us}*{hour}+{mx}*{mexican})/(1-{empty}/100)"
    return f'=IFERROR({drive}+{wait}*{hour}+{toll},"")'


def grid_connection(km: str, costs: Sequence[str]) -> str:
    """Return one bound of the cost of a line to the grid; empty where a cost is UNKNOWN.

    ``costs`` are those of `sitesel.cost.LINE`, in that order.

    >>> grid_connection("P2", ["G20", "G23", "G21", "G22"])
    '=IF(COUNT(P2,G20,G23,G21,G22)=5,P2/1.609344*G20*G23*(1+G21/100)*(1+G22/100),"")'
    """
    route, mile, contingency, allowance = costs
    line = f"{km}/{KM_PER_MILE!r}*{route}*{mile}*(1+{contingency}/100)*(1+{allowance}/100)"
    return f'=IF(COUNT({km},{",".join(costs)})=5,{line},"")'


def bound(value: str, end: str) -> str:
    """Return a stated value, or else its bound, or else nothing.

    >>> bound("D2", "E2")
    '=IF(ISNUMBER(D2),D2,IF(ISNUMBER(E2),E2,""))'
    """
    return f'=IF(ISNUMBER({value}),{value},IF(ISNUMBER({end}),{end},""))'


def value(function: ValueFunction, raw: str) -> str | None:
    """Return a value function of a cell, or None for classes.

    >>> from sitesel.decide.values import Linear
    >>> value(Linear(at={30: 1, 90: 0.5}), "N2")
    '=IF(N2<=30.0,1.0,IF(N2<=90.0,(-0.5)/(60.0)*(N2-(30.0))+(1.0),0.5))'
    """
    if isinstance(function, Classes):
        return None
    anchors = list(function.at.items())
    if isinstance(function, Steps):
        text = repr(anchors[0][1])
        for x, v in anchors[1:]:
            text = f"IF({raw}>={x!r},{v!r},{text})"
        return f"={text}"
    logs = isinstance(function, Log)
    text = repr(anchors[-1][1])
    for (x0, v0), (x1, v1) in reversed(list(pairwise(anchors))):
        if logs:
            slope = f"({v1 - v0!r})/(LOG10({x1!r})-LOG10({x0!r}))"
            way = f"{slope}*(LOG10({raw})-LOG10({x0!r}))+({v0!r})"
        else:
            way = f"({v1 - v0!r})/({x1 - x0!r})*({raw}-({x0!r}))+({v0!r})"
        text = f"IF({raw}<={x1!r},{way},{text})"
    return f"=IF({raw}<={anchors[0][0]!r},{anchors[0][1]!r},{text})"


def at_rank(place: str, column: str, ranks: str) -> str:
    """Return what stands in a column beside a rank; nothing when nothing has it.

    >>> at_rank("A5", "C2:C9", "A2:A9")
    '=IFERROR(INDEX(C2:C9,MATCH(A5,A2:A9,0)),"")'
    """
    return f'=IFERROR(INDEX({column},MATCH({place},{ranks},0)),"")'
