import tomllib
from pathlib import Path
from typing import Any

import pytest

from glasslab.errors import StudyError
from glasslab.lab import Study as study_in_python
from glasslab.plan.claim import parse_claim
from glasslab.plan.metric import parse_metric
from glasslab.plan.probe import Boundary
from glasslab.plan.study import Study
from glasslab.plan.study_file import Options, make_study, read_study, study_toml
from tests.plan.small import TABLES, TEXT, small, told, told_of_file

EVERYTHING = """\
question = "Which rate learns best?"
metric   = "train/accuracy:clean - test/accuracy"
seeds    = [3, 1, 4]
probes   = ["boundary"]
baseline = "adam-0.01"

[data]
name = "moons"

[net]
name = "mlp"

[recipe]
epochs = 3

[variants]
"adam-0.01" = { recipe.lr = 0.01 }
sgd         = { recipe.optimizer = "sgd", recipe.lr = 0.1 }

[[claims]]
says  = "Adam fits more closely"
holds = "adam-0.01 > sgd"

[[claims]]
says   = "Adam is above a half"
holds  = "adam-0.01 > 0.5"
metric = "test/accuracy:max"

[reported]
source = "A book, table 3"
"test/accuracy" = { "adam-0.01" = 0.9, sgd = 0.875 }

[quick]
seeds = 2
recipe.epochs = 1
"""


@pytest.fixture
def everything(tmp_path: Path) -> Path:
    """Returns a file that has everything a study file can have."""
    path = tmp_path / "rates.toml"
    path.write_text(EVERYTHING, encoding="utf-8")
    return path


def test_a_file_says_what_its_study_is(everything: Path) -> None:
    study = read_study(everything)
    assert study.name == study.shipped == "rates"
    assert study.question == "Which rate learns best?"
    assert study.metric == parse_metric("train/accuracy:clean - test/accuracy")
    assert study.seeds == (3, 1, 4)
    assert study.probes == (Boundary(),)
    assert study.baseline == "adam-0.01"
    assert [v.name for v in study.variants] == ["adam-0.01", "sgd"]
    names = ("adam-0.01", "sgd")
    assert study.claims == (
        parse_claim("Adam fits more closely", "adam-0.01 > sgd", study.metric, names),
        parse_claim("Adam is above a half", "adam-0.01 > 0.5", parse_metric("test/accuracy:max"), names),
    )
    assert study.reported is not None
    assert study.reported.values == {"test/accuracy": {"adam-0.01": 0.9, "sgd": 0.875}}
    assert (study.quick, study.overrides, study.folder) == (False, (), everything.parent.resolve())


FORMS = [
    Options(),
    Options(quick=True),
    Options(overrides=("recipe.epochs=7", "net.widths=[3]")),
    Options(seeds=6),
]


@pytest.mark.parametrize("options", [*FORMS, Options(quick=True, overrides=("recipe.lr=0.5",), seeds=4)])
def test_a_study_is_read_again_from_the_file_that_it_leaves(everything: Path, options: Options) -> None:
    study = read_study(everything, options)
    folder = everything.parent / "runs" / study.name
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text(study_toml(study), encoding="utf-8")
    again = read_study(folder / "study.toml")
    assert again == study
    assert study_toml(again) == study_toml(study)


def test_a_study_that_was_changed_can_be_changed_again(everything: Path) -> None:
    quick = read_study(everything, Options(quick=True, overrides=("recipe.epochs=7",)))
    again = make_study(tomllib.loads(study_toml(quick)), quick.name, Options(overrides=("net.widths=[3]",)))
    assert (again.quick, again.overrides) == (True, ("recipe.epochs=7", "net.widths=[3]"))
    assert (again.shipped, again.folder) == ("rates", everything.parent.resolve())
    assert again.name.startswith(f"{quick.name}-set-")


def test_a_grid_is_left_as_the_variants_that_it_makes() -> None:
    study = small(grid={"recipe.lr": [0.5, 0.25]})
    left = tomllib.loads(study_toml(study))
    assert left["variants"] == {"0.5": {"recipe": {"lr": 0.5}}, "0.25": {"recipe": {"lr": 0.25}}}
    assert "grid" not in left


def test_quick_and_changed_studies_have_names_of_their_own() -> None:
    tables = {"quick": {"recipe.epochs": 1}}
    # echo -n recipe.lr=1 | sha256sum
    assert small(**tables).name == "small"
    assert small(**tables, quickly=True).name == "small-quick"
    assert small("recipe.lr=1").name == "small-set-9925d4"
    assert small("recipe.lr=1", **tables, quickly=True).name == "small-quick-set-9925d4"
    assert small(instead=3).name == "small"


def test_a_file_called_study_is_named_after_its_folder(tmp_path: Path) -> None:
    (tmp_path / "rates").mkdir()
    path = tmp_path / "rates" / "study.toml"
    path.write_text(TEXT, encoding="utf-8")
    assert read_study(path).name == "rates"


def test_python_and_a_file_make_the_same_study(everything: Path) -> None:
    tables = tomllib.loads(EVERYTHING)
    built = study_in_python(tables.pop("question"), name="rates", folder=everything.parent, **tables)
    assert built == read_study(everything)


def test_python_and_a_file_are_told_the_same(tmp_path: Path) -> None:
    broken = EVERYTHING.replace("lr = 0.1 ", "lr = -1 ").replace("adam-0.01 > sgd", "adam > sgd")
    tables = tomllib.loads(broken)
    with pytest.raises(StudyError) as raised:
        study_in_python(tables.pop("question"), name="small.toml", **tables)
    assert [each.removeprefix("small.toml ") for each in raised.value.problems] == told_of_file(
        broken, tmp_path
    )
    assert told_of_file(broken, tmp_path) == [
        "[variants] sgd: recipe.lr: must be a number above 0, got -1",
        "[[claims]] 1 holds: 'adam > sgd': no variant 'adam'; did you mean 'adam-0.01'?",
    ]


def test_everything_that_can_be_told_is_told_at_once() -> None:
    said = told(
        "lr=1",
        question="",
        metric="test/acc",
        seeds=0,
        probes=["boundry"],
        baseline="c",
        data={"name": "mnits"},
        net={"name": "mpl"},
        recipe={"lr": 0},
        variants={"a": {}, "b": {}},
        claims=[{"says": "x", "holds": "a > d", "metric": "test/loss"}],
        reported={"source": "x", "seconds": {"e": 1}},
        quick={"recipes.lr": 3},
    )
    assert said == [
        "question: must say in one sentence, on one line, what the study asks, got ''",
        "[quick] recipes.lr: is not a setting; did you mean 'recipe.lr'?",
        "--set lr: is not a setting; did you mean 'recipe.lr'?",
        "[data] name: no data set 'mnits'; did you mean 'mnist'?",
        "[net] name: no net 'mpl'; did you mean 'mlp'?",
        "[recipe] lr: must be a number above 0, got 0",
        "metric: no metric 'test/acc'; did you mean 'test/accuracy'?",
        "seeds: must be from 1 to 10,000 (5 or more give an interval worth having), got 0",
        "probes: no probe 'boundry'; did you mean 'boundary'?",
        "[[claims]] 1 holds: 'a > d': no variant 'd'; known: a, b",
        "[reported] seconds: e: no variant 'e'; known: a, b",
        "baseline: no variant 'c'; known: a, b",
    ]


def test_variants_that_cannot_be_named_do_not_hide_the_rest() -> None:
    assert told(variants={"a": 3}, seeds=0, claims=[{"says": "x", "holds": "a > b"}]) == [
        "[variants] a: must be a table such as { recipe.lr = 0.1 }, got 3",
        "seeds: must be from 1 to 10,000 (5 or more give an interval worth having), got 0",
    ]


def test_an_empty_study_is_told_what_it_lacks(tmp_path: Path) -> None:
    said = told_of_file("", tmp_path)
    places = ["question", "[data] name", "[net] name", "[recipe] lr"]
    assert [each.partition(":")[0] for each in said] == places
    assert all("is missing" in each for each in said)


@pytest.mark.parametrize(
    "tables, sentence",
    [
        ({"variant": {"a": {}}}, "[variant]: is not a part of a study; did you mean 'variants'?"),
        ({"seed": 5}, "seed: is not a part of a study; did you mean 'seeds'?"),
        ({"claim": [{}]}, "claim: is not a part of a study; did you mean 'claims'?"),
        (
            {"title": "x"},
            "title: is not a part of a study; known: also, baseline, claims, data, grid, metric, net, "
            "origin, probes, question, quick, recipe, replicates, reported, seeds, variants",
        ),
        ({"net": "mlp"}, "[net]: must be a table, got 'mlp'"),
        ({"variants": ["a", "b"]}, "[variants]: must be a table, got ['a', 'b']"),
        ({"quick": True}, "[quick]: must be a table, got true"),
        (
            {"variants": [{"name": "a"}]},
            "[[variants]]: is one table, not a list of them; begin it with [variants]",
        ),
        (
            {"reported": [{"source": "a"}]},
            "[[reported]]: is one table, not a list of them; begin it with [reported]",
        ),
        (
            {"origin": {"study": "x"}},
            "[origin]: is glasslab's own note of where a study came from; leave it out",
        ),
        (
            {"origin": {"study": "x", "quick": 1, "set": [], "folder": "."}},
            "[origin]: is glasslab's own note of where a study came from; leave it out",
        ),
        ({"origin": 3}, "[origin]: must be a table, got 3"),
    ],
)
def test_a_wrong_table_is_told_in_one_sentence(tables: dict[str, Any], sentence: str) -> None:
    assert told(**tables) == [sentence]


@pytest.mark.parametrize("question", [None, "", "  ", 3, ["a"]])
def test_a_study_asks_something(question: Any) -> None:
    (sentence,) = told(question=question)
    assert sentence.startswith(
        "question: is missing; say" if question is None else "question: must say in one"
    )


@pytest.mark.parametrize("key", ["question", "metric", "seeds", "probes", "baseline"])
@pytest.mark.parametrize("table", ["data", "net", "recipe", "grid", "variants", "reported"])
def test_a_key_that_slipped_into_a_table_is_told(table: str, key: str) -> None:
    rule = f"is a key of the whole study; move it above the first table, or it is part of [{table}]"
    assert told(**{table: {**TABLES.get(table, {}), key: "x"}}) == [f"[{table}] {key}: {rule}"]


def test_a_key_below_the_claims_is_told(tmp_path: Path) -> None:
    text = f'{TEXT}[[claims]]\nsays = "x"\nholds = "base > 0.5"\nbaseline = "base"\n'
    rule = "is a key of the whole study; move it above the first table"
    assert told_of_file(text, tmp_path) == [f"[[claims]] 1 baseline: {rule}"]


@pytest.mark.parametrize(
    "seeds, read",
    [(1, (0,)), (3, (0, 1, 2)), ([7], (7,)), ([5, 0, 2**32 - 1], (5, 0, 2**32 - 1))],
)
def test_seeds_are_a_number_of_them_or_a_list(seeds: Any, read: tuple[int, ...]) -> None:
    assert small(seeds=seeds).seeds == read
    assert small().seeds == (0,)


MANY = "must be from 1 to 10,000 (5 or more give an interval worth having), got "
LIST = "must be how many seeds, or a list of whole numbers from 0 to 2^32 - 1, got "


@pytest.mark.parametrize(
    "seeds, rule",
    [
        (0, f"{MANY}0"),
        (-3, f"{MANY}-3"),
        (10_001, f"{MANY}10001"),
        (10**18, f"{MANY}1000000000000000000"),
        (True, f"{LIST}true"),
        (2.0, f"{LIST}2.0"),
        ("5", f"{LIST}'5'"),
        ([], f"{LIST}[]"),
        ([1, -1], f"{LIST}[1, -1]"),
        ([2**32], f"{LIST}[4294967296]"),
        ([True], f"{LIST}[true]"),
        ([1, 1], "names a seed twice, which would count one run as two: [1, 1]"),
    ],
)
def test_wrong_seeds_are_told_with_their_place(seeds: Any, rule: str) -> None:
    assert told(seeds=seeds) == [f"seeds: {rule}"]
    assert told(instead=seeds) == [f"--seeds: {rule}"]
    assert told(quick={"seeds": seeds}) == [f"[quick] seeds: {rule}"]


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "C:", "a?", " a", "a ", "a.", "con", "NUL.x", "a\nb", "x" * 101]
)
def test_a_name_that_is_no_folder_on_every_system_is_refused(name: str) -> None:
    with pytest.raises(
        StudyError, match="cannot name a folder on every system; use letters, digits, - and _"
    ):
        make_study(TABLES, name, Options())


@pytest.mark.parametrize("name", ["rates", "my study (2)", "größe", "a.b", "console", "x" * 100])
def test_other_names_are_taken(name: str) -> None:
    assert make_study(TABLES, name, Options()).name == name


def test_what_is_given_is_left_as_it_was() -> None:
    tables = tomllib.loads(EVERYTHING)
    make_study(tables, "rates", Options(quick=True, overrides=("recipe.lr=1",)))
    assert tables == tomllib.loads(EVERYTHING)


def test_a_study_holds_its_tables_for_the_file(everything: Path) -> None:
    study: Study = read_study(everything, Options(quick=True, overrides=("recipe.lr=0.5",)))
    assert study.tables["seeds"] == 2
    assert study.tables["recipe"] == {"epochs": 1, "lr": 0.5}
    assert study.tables["variants"] == {"adam-0.01": {"recipe": {}}, "sgd": {"recipe": {"optimizer": "sgd"}}}
    assert study.tables["origin"]["set"] == ["recipe.lr=0.5"]
