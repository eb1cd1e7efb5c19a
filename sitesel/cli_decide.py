"""Commands about deciding: ways to weights, methods, robustness, back-test."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sitesel.cli_options import Layers  # noqa: TC001 (typer reads the annotations)
from sitesel.cli_places import a_file, a_folder
from sitesel.errors import SiteselError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sitesel.decide.weights import Side
    from sitesel.study import Study
    from sitesel.study_parts import Weights

weights_app = typer.Typer(
    help="Ways to weights; each writes a file for score --weights.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Folder = Annotated[Path, typer.Argument(metavar="OUT", help="The folder of an earlier run.")]
StudyName = Annotated[
    str, typer.Argument(metavar="STUDY", help="A study file, a shipped study, or a run's folder.")
]
To = Annotated[
    Path | None,
    typer.Option("-o", "--out", help="The file to write; else weights.yaml.", callback=a_file),
]
Yes = Annotated[
    bool, typer.Option("--yes", "--force", help="Replace a weights.yaml that is there.")
]
_FILE = Path("weights.yaml")


def _study(name: str) -> Study:
    from sitesel.study import Study  # noqa: PLC0415

    return Study.load(_file_of(name))


def _file_of(name: str) -> Path | str:
    inside = Path(name) / "study.yaml"
    return inside if inside.is_file() else name


def _target(out: Path | None, yes: bool, *read: Path | str) -> Path:
    """Return the file to write: none that is read, and none that is there unless it is named."""
    path = out or _FILE
    if path.exists():
        if any(Path(each).exists() and path.samefile(each) for each in read):
            raise SiteselError(f"{path}: is read here; name another file to write with -o")
        if not (out or yes):
            raise SiteselError(f"{path} is there already; -o names another, --yes replaces it")
    return path


def _counting(study: Study, name: str) -> tuple[list[str], list[Side]]:
    """Return the criteria that count for nothing for want of a layer, and the sides there are.

    A run has recorded both; a study that was not run yet is taken to have two sides.
    """
    from sitesel.decide.weights import SIDES  # noqa: PLC0415
    from sitesel.plan import lacking  # noqa: PLC0415
    from sitesel.sites import RAW  # noqa: PLC0415
    from sitesel.study import catalog_of  # noqa: PLC0415

    path = Path(name) / "run.json"
    if not path.is_file():
        return lacking(study.criteria, RAW, catalog_of(study)), list(SIDES)
    record = json.loads(path.read_text("utf-8"))
    return record["left_out"], [side for side in SIDES if side in record["candidates"]]


def _write(study: Study, weights: Mapping[str, float], path: Path, name: str) -> None:
    from sitesel.ask import weights_file  # noqa: PLC0415
    from sitesel.findings import print_uneven  # noqa: PLC0415

    lacks, sides = _counting(study, name)
    placed = weights_file.placed(study, weights, sides=sides)
    _save(study, placed.weights, path, lacks, sides)
    print_uneven(placed.uneven)


def _save(
    study: Study, weights: Weights, path: Path, lacks: Collection[str], sides: Collection[Side]
) -> None:
    from sitesel.ask import weights_file  # noqa: PLC0415
    from sitesel.findings import print_weights  # noqa: PLC0415

    weights_file.write(weights, path)
    print_weights(study.weighted(weights), weights, path, left_out=lacks, sides=sides)


@weights_app.command("rank")
def weights_rank(
    study: StudyName,
    names: Annotated[list[str], typer.Argument(help="Most important first; a=b matter alike.")],
    out: To = None,
    yes: Yes = False,
) -> None:
    """Rank groups or criteria (rank-order centroid)."""
    from sitesel.ask import weights_file  # noqa: PLC0415

    path = _target(out, yes, _file_of(study))
    _write(_study(study), weights_file.ranking(names), path, study)


@weights_app.command("swing")
def weights_swing(
    study: StudyName,
    points: Annotated[
        list[str], typer.Argument(help="name=points: 100 for the swing that matters most.")
    ],
    out: To = None,
    yes: Yes = False,
) -> None:
    """Give points to the swing of each group or criterion from worst to best."""
    from sitesel.ask import weights_file  # noqa: PLC0415

    path = _target(out, yes, _file_of(study))
    _write(_study(study), weights_file.points(points), path, study)


@weights_app.command("ahp")
def weights_ahp(
    study: StudyName,
    judgements: Annotated[
        Path, typer.Argument(help="CSV: names in the first row and column, 3 or 1/3 inside.")
    ],
    out: To = None,
    yes: Yes = False,
) -> None:
    """Judge groups or criteria in pairs; prints the consistency ratio."""
    from sitesel.ask import weights_file  # noqa: PLC0415
    from sitesel.decide.elicit import ahp  # noqa: PLC0415
    from sitesel.findings import print_judged  # noqa: PLC0415

    path = _target(out, yes, _file_of(study), judgements)
    names, table = weights_file.matrix(judgements)
    judged = ahp(table)
    _write(_study(study), dict(zip(names, judged.weights.tolist(), strict=True)), path, study)
    print_judged(judged, names)


@weights_app.command("combine")
def weights_combine(
    study: StudyName,
    files: Annotated[list[Path], typer.Argument(help="One file of weights a person.")],
    out: To = None,
    yes: Yes = False,
) -> None:
    """Combine several people's weights (geometric mean) and show where they disagree."""
    from sitesel.ask import weights_file  # noqa: PLC0415
    from sitesel.findings import print_disagreement  # noqa: PLC0415

    path = _target(out, yes, _file_of(study), *files)
    loaded = _study(study)
    weights, disagreement = weights_file.together(loaded, files)
    print_disagreement(disagreement)
    _save(loaded, weights, path, *_counting(loaded, study))


def _mirror(folder: Path, how: str, path: Path, layers: list[Path] | None) -> None:
    from sitesel.ask import weights_file  # noqa: PLC0415
    from sitesel.ranks import site_values  # noqa: PLC0415
    from sitesel.study import Run  # noqa: PLC0415

    run = Run.open(folder, layers=layers or [])
    decision = run.decision
    values = site_values(decision.sites, decision.criteria)
    mirrored = weights_file.mirror(run.study, decision.criteria, values, how)
    _write(run.study, mirrored, path, str(folder))


@weights_app.command("entropy")
def weights_entropy(
    folder: Folder, out: To = None, yes: Yes = False, layers: Layers = None
) -> None:
    """Mirror the data: weigh by how unevenly the sites' values are spread."""
    _mirror(folder, "entropy", _target(out, yes, folder / "study.yaml"), layers)


@weights_app.command("critic")
def weights_critic(folder: Folder, out: To = None, yes: Yes = False, layers: Layers = None) -> None:
    """Mirror the data: weigh by spread and by lack of correlation among the sites' values."""
    _mirror(folder, "critic", _target(out, yes, folder / "study.yaml"), layers)


def methods(
    folder: Folder,
    orness: Annotated[
        list[float] | None,
        typer.Option(help="0: all must be good; 0.5: the sum; 1: one is enough. Repeatable."),
    ] = None,
    veto: Annotated[
        list[str] | None, typer.Option(help="criterion=least value, 0 to 1; repeatable.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Rank by this one: sum, product, topsis, or owa.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Write the ranking --by here, as CSV.", callback=a_folder),
    ] = None,
    layers: Layers = None,
) -> None:
    """Rank by sum, product, OWA and TOPSIS: how far these agree, or by one of them in full."""
    from sitesel.ask import methods as asked  # noqa: PLC0415
    from sitesel.errors import StudyError  # noqa: PLC0415
    from sitesel.findings import print_methods, print_ranking  # noqa: PLC0415
    from sitesel.study import Run  # noqa: PLC0415

    if out and not by:
        raise StudyError("--out: say which ranking to write, like --by product")
    run = Run.open(folder, layers=layers or [])
    if not by:
        for side, ranks, agreement in asked.of_methods(
            run.study, run.decision, orness or [], veto or []
        ):
            print_methods(agreement, ranks, side)
        return
    if len(orness or []) > 1:
        raise StudyError("--orness: a ranking --by owa takes one; ask again for another")
    ranking = asked.ranked_by(run, by, orness=orness[0] if orness else None, vetoes=veto or [])
    print_ranking(ranking)
    if out:
        typer.echo(f"{out}: {' and '.join(asked.save(ranking, out))} are ready.")


def robustness(
    folder: Folder,
    draws: Annotated[int | None, typer.Option(help="How many draws of weights.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of the draws.")] = None,
    spread: Annotated[
        str | None, typer.Option(help="Relative spread of a weight, like 0.3; or 'any'.")
    ] = None,
    layers: Layers = None,
) -> None:
    """Show how ranks hold when weights move, and which weight dethrones first place."""
    from sitesel.ask import sensitivity  # noqa: PLC0415
    from sitesel.findings import print_robustness  # noqa: PLC0415
    from sitesel.study import Run  # noqa: PLC0415

    run = Run.open(folder, layers=layers or [])
    given = {"draws": draws, "seed": seed, "spread": spread}
    run = run.under(run.study.drawn({name: v for name, v in given.items() if v is not None}))
    print_robustness(run, list(sensitivity.of_run(run.study, run.decision)))


def validate(
    folder: Folder,
    points: Annotated[
        Path, typer.Argument(help="Known plants or parks: CSV, XLSX, geo file or layer id.")
    ],
    exclude: Annotated[
        list[str] | None, typer.Option(help="A criterion that contains the answer; repeatable.")
    ] = None,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Fit weights, as a mirror; nothing is applied.")
    ] = False,
    plot: Annotated[
        Path | None, typer.Option(help="The plot; else OUT/validation.svg.", callback=a_file)
    ] = None,
    layers: Layers = None,
) -> None:
    """Test whether the score finds plants or parks that are known."""
    from sitesel.ask.validate import validate as test  # noqa: PLC0415
    from sitesel.findings import print_validation  # noqa: PLC0415
    from sitesel.resources import replacing  # noqa: PLC0415
    from sitesel.show.curve import draw  # noqa: PLC0415
    from sitesel.study import Run  # noqa: PLC0415

    run = Run.open(folder, layers=layers or [])
    result = test(run, points, exclude=exclude or [], suggest=suggest)
    path = plot or folder / "validation.svg"
    title = f"{run.study.title['en']}: {points.name}"
    with replacing(path) as part:
        curves = {side: tested.curves for side, tested in result.sides.items()}
        part.write_text(draw(curves, title), encoding="utf-8", newline="\n")
    print_validation(result, path)


def add_to(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(weights_app, name="weights")
    for command in (methods, robustness, validate):
        app.command()(command)
