"""Other weights for a run: profile, then file, then shares."""

import math

import pytest

from sitesel import weighting
from sitesel.errors import SiteselError, StudyError, UnknownNameError
from sitesel.resources import shipped
from sitesel.show.gather import _profiles
from sitesel.study import Run, Study

PROFILES = sorted(path.stem for path in (shipped("maps") / "profiles").glob("*.yaml"))


@pytest.fixture(scope="module")
def run(small_run_folder):
    return Run.open(small_run_folder)


def _file(tmp_path, text):
    path = tmp_path / "weights.yaml"
    path.write_text(text, "utf-8")
    return path


def _share(study, group):
    return study.groups[group] / math.fsum(study.groups.values())


def test_a_file_of_weights(tmp_path):
    weights = weighting.read(_file(tmp_path, "groups: {power: 3}\ncriteria: {rail: 0}\n"))
    assert weights.groups == {"power": 3}
    assert weights.criteria == {"rail": 0}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("groups: {power: -1}", r"groups\.power: .*\(here: -1\)"),
        ("groups: {power: .nan}", r"groups\.power: .*\(here: nan\)"),
        ("groups: {power: .inf}", r"groups\.power: .*\(here: inf\)"),
        ("groups: {power: 1e308, land: 1e308}", r"groups\.power: .*1000000000 .*\(here: '1e308'\)"),
        ("criteria: {rail: 1000000001}", r"criteria\.rail: .*1000000000 .*\(here: 1000000001\)"),
        ("groups: {power: much}", r"groups\.power: .*\(here: 'much'\)"),
        ("group: {power: 1}", "group: unknown key"),
        ("groups: [power]", "groups: "),
        ("groups: {power: yes}", r"groups\.power: yes, no, true .* no weights; write a number"),
        (
            "groups:\n  power: 1\n  land: 2\n  power: 3\n",
            "line 4: the key 'power' .* line 2",
        ),
        ("a: [", "cannot be read as YAML"),
        ("title: 2026-13-45", "cannot be read as YAML"),
        ("", r"\(document\)"),
    ],
)
def test_mistakes_in_a_file_of_weights(tmp_path, text, words):
    with pytest.raises(StudyError, match=rf"weights\.yaml: .*{words}|weights\.yaml: {words}"):
        weighting.read(_file(tmp_path, text))


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(StudyError, match=r"none\.yaml: cannot be read: there is no such file$"):
        weighting.read(tmp_path / "none.yaml")
    with pytest.raises(StudyError, match=r"cannot be read: Is a directory$"):
        weighting.read(tmp_path)
    path = tmp_path / "latin.yaml"
    path.write_bytes("groups: {power: 1}\ntitle: Juárez\n".encode("latin-1"))
    with pytest.raises(StudyError, match=r"cannot be read: line 2 is not UTF-8; save it as UTF-8$"):
        weighting.read(path)
    path.write_bytes("groups: {power: 1}\ntitle: Juárez\n".encode("utf-8-sig"))
    assert weighting.read(path).groups == {"power": 1}


@pytest.mark.parametrize("name", PROFILES)
def test_every_profile_fits_the_border_study(name):
    weights = weighting.profile(name)
    study = Study.load("border").weighted(weights)
    assert weights.title is not None
    assert {group: study.groups[group] for group in weights.groups} == weights.groups
    assert any(study.groups.values())


def test_profiles_differ():
    assert len(PROFILES) > 3
    seen = {
        (tuple(sorted(w.groups.items())), tuple(sorted(w.criteria.items())))
        for w in map(weighting.profile, PROFILES)
    }
    assert len(seen) == len(PROFILES)


def test_no_profile_leaves_a_trace_of_another(run):
    named = {(frozenset(w.groups), frozenset(w.criteria)) for w in weighting.profiles().values()}
    assert len(named) == 1
    plain = weighting.decided(run, "data-center", None, [])
    after = weighting.decided(weighting.decided(run, "green", None, []), "data-center", None, [])
    assert after.study == plain.study


def test_the_balanced_profile_is_the_border_study():
    study = Study.load("border")
    assert study.weighted(weighting.profile("balanced")) == study


def test_a_profile_passes_over_criteria_that_a_study_lacks(run):
    kept = {name: c for name, c in run.study.criteria.items() if name != "clean_share"}
    lacks = run.under(run.study.model_copy(update={"criteria": kept}))
    study = weighting.decided(lacks, "green", None, []).study
    assert study.groups == run.study.groups | weighting.profile("green").groups
    assert study.criteria["generation"].weight == 4
    assert {each.id for each in _profiles(lacks.study)} == set(PROFILES)
    assert not _profiles(Study.load("isthmus"))  # which has no power to weigh


@pytest.mark.parametrize("name", ["dat-center", "../border", "", "profiles/green"])
def test_unknown_profiles(name):
    with pytest.raises(UnknownNameError, match=r"--profile: no profile"):
        weighting.profile(name)


@pytest.mark.parametrize(
    ("pairs", "shares"),
    [
        ([], {}),
        (["power=0.5"], {"power": 0.5}),
        ([" power = 20 % ", "water=0"], {"power": 0.2, "water": 0.0}),
        (["power=1e-1"], {"power": 0.1}),
    ],
)
def test_shares(pairs, shares):
    assert weighting.shares(pairs) == pytest.approx(shares)


@pytest.mark.parametrize("pair", ["power", "power=", "=0.5x", "power=half", "power=0,5", "p=1%%%x"])
def test_shares_that_are_none(pair):
    with pytest.raises(StudyError, match=r"--weight: '.*' is not name=share"):
        weighting.shares([pair])


def test_nothing_given_changes_nothing(run):
    assert weighting.decided(run, None, None, []).study == run.study


def test_the_order_is_profile_file_shares(run, tmp_path):
    path = _file(tmp_path, "groups: {power: 1000}\ncriteria: {rail: 7}\n")
    by_profile = weighting.decided(run, "green", None, []).study
    green = weighting.profile("green")
    assert by_profile.groups == run.study.groups | green.groups
    by_file = weighting.decided(run, "green", path, []).study
    assert by_file.groups == by_profile.groups | {"power": 1000}
    assert by_file.criteria["rail"].weight == 7
    by_shares = weighting.decided(run, "green", path, ["power=0.25"]).study
    assert _share(by_shares, "power") == pytest.approx(0.25)
    rest = by_file.groups | {"power": 0}
    for name, weight in rest.items():
        if name != "power":
            assert _share(by_shares, name) == pytest.approx(0.75 * weight / sum(rest.values()))


def test_the_run_itself_stays_as_it_is(run):
    before = run.study.dump()
    heavy = weighting.decided(run, "green", None, ["power=0.5"])
    assert run.study.dump() == before
    assert heavy.measures is run.measures


def test_heavier_weights_move_the_scores_as_worked_out_by_hand(run):
    alone = weighting.decided(run, None, None, ["generation=1", "power=1"])
    values = alone.decision.values[:, alone.decision.criteria.index("generation")]
    assert alone.decision.scores.score == pytest.approx(values, nan_ok=True)


def test_a_criterion_has_its_share_of_the_group_on_the_sides_where_it_applies(run):
    """Also where the run left out others of the group."""
    names, groups = run.decision.criteria, run.study.groups
    assert "grid_access" in run.plan.left_out
    for name, sides in [("opportunity_zone", [0]), ("pole", [1]), ("clean_share", [0, 1])]:
        weights = weighting.decided(run, None, None, [f"{name}=50%"]).decision.weights
        group = groups[run.study.criteria[name].group] / math.fsum(groups.values())
        shares = weights[names.index(name), sides] / group
        assert shares.mean() == pytest.approx(0.5)


@pytest.mark.parametrize("text", ["groups: {powr: 1}", "criteria: {genration: 1}"])
def test_names_the_study_does_not_have(run, tmp_path, text):
    with pytest.raises(UnknownNameError, match=r"not in the study; did you mean '(power|gen)"):
        weighting.decided(run, None, _file(tmp_path, text), [])


@pytest.mark.parametrize("kind", ["groups", "criteria"])
def test_weights_that_leave_nothing(run, tmp_path, kind):
    zeros = ", ".join(f"{name}: 0" for name in getattr(run.study, kind))
    path = _file(tmp_path, f"{kind}: {{{zeros}}}")
    with pytest.raises(SiteselError, match="zero"):
        weighting.decided(run, None, path, [])
