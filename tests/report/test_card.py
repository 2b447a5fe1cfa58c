import csv
import io
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from glasslab.analysis.replication import Experiment, Replication, experiment
from glasslab.analysis.results import Results
from glasslab.report.card import card_page, write_card
from glasslab.report.card_tables import card_csv, card_markdown
from glasslab.report.html import write_report
from tests.report.made_study import (
    BASE,
    HOSTILE,
    MNIST,
    Made,
    Outcome,
    activations,
    hostile,
    make,
    quick,
    single,
    troubled,
)
from tests.report.reading import Page, read

COMMAND = "glasslab replicate E"


def page_of(*found: Experiment, home: Path = Path(), without: tuple[tuple[str, str], ...] = ()) -> Page:
    return read(card_page(Replication(found, without), home, command=COMMAND))


def rows_of(*found: Experiment) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(card_csv(Replication(found)))))


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> tuple[Replication, Path]:
    """A card of a full study with its report, a quick one, one with troubles, and one that was not run."""
    out = tmp_path_factory.mktemp("runs")
    full = activations(out, replicates="E2")
    write_report(full, full.folder, command="glasslab run activations")
    found = [experiment(full)]
    for label, study in (("E4", quick), ("E5", troubled)):
        found.append(experiment(labelled(study(out / label), label)))
    absent = make(out, BASE, lambda *_: Outcome(status=None), Made(MNIST), name="absent")
    found.append(experiment(labelled(absent, "E8"), "mnist is not on this machine"))
    made = Replication(tuple(found), (("E9", "Judged by eye."),))
    write_card(made, out, command=COMMAND)
    return made, out


def labelled(results: Results, label: str) -> Results:
    return replace(results, study=replace(results.study, replicates=label))


@pytest.fixture(scope="module")
def page(card: tuple[Replication, Path]) -> Page:
    return read((card[1] / "replication.html").read_text(encoding="utf-8"))


def test_a_card_is_three_files(card: tuple[Replication, Path]) -> None:
    assert {path.name for path in card[1].glob("replication.*")} == {
        "replication.html",
        "replication.csv",
        "replication.md",
    }


def test_the_page_loads_nothing_and_runs_nothing(card: tuple[Replication, Path], page: Page) -> None:
    assert not page.scripts
    assert not {"link", "img", "iframe", "object", "embed", "base"} & {tag for tag, _ in page.elements}
    style = "".join(re.findall(r"<style>(.*?)</style>", (card[1] / "replication.html").read_text(), re.S))
    assert "@import" not in style
    assert "url(" not in style
    assert "prefers-color-scheme: dark" in style
    assert "@media print" in style


def test_the_title_and_every_experiment_stand_in_order(page: Page) -> None:
    assert "Replication card" in page.text
    titles = [attributes["id"] for attributes in page.named("section")]
    assert titles == [*(f"experiment-{n}" for n in (1, 2, 3, 4)), "without"]
    assert re.findall(r"E\d(?= Which activation)", page.text) == ["E2", "E4", "E5", "E8"]


def test_every_address_leads_to_a_file_or_a_place_in_the_page(
    card: tuple[Replication, Path], page: Page
) -> None:
    identifiers = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    links = [str(attributes["href"]) for attributes in page.named("a")]
    assert "activations/report.html" in links
    for link in links:
        if link.startswith("#"):
            assert link[1:] in identifiers
        else:
            assert (card[1] / unquote(link)).is_file(), link


def test_verdicts_are_words_with_a_mark(page: Page) -> None:
    assert "relu > sigmoid in test accuracy. relu − sigmoid is" in page.text
    for said in ("✓ inside", "? not known", "✓ holds", "? cannot tell", "– not run"):
        assert said in page.text, said


def test_a_number_outside_says_by_how_much(tmp_path: Path) -> None:
    tables = BASE | {"reported": {"source": "a paper", "test/accuracy": {"relu": 0.5}}, "claims": []}
    flat = make(tmp_path, tables, lambda *_: Outcome(accuracy=0.9), Made(MNIST), name="flat")
    text = page_of(experiment(flat)).text
    # every seed ends at 0.9, so one new run would too; 0.5 lies 40 points below
    assert "✗ outside relu 50 90.00 ± 0 5 90.00 to 90.00 40.00 points below" in text


def test_every_scale_has_a_badge_in_words(page: Page, tmp_path: Path) -> None:
    assert "full mnist, all 60 000 training examples · 10 epochs · 5 seeds · 15 runs" in page.text
    assert "quick: says little mnist" in page.text
    assert "not run 15 runs planned, none made." in page.text
    subset = activations(tmp_path, data={"name": "mnist", "train_limit": 6000})
    assert "full, on a subset of the data" in page_of(experiment(subset)).text


def test_the_summary_counts_each_scale_by_itself(card: tuple[Replication, Path], page: Page) -> None:
    # 3 reported numbers and 4 claims each; E2 is full, E5 lacks runs, E4 is quick, E8 was not run
    lines = [(line[0], line[1], line[2]) for line in markdown_table(card, 0)]
    assert lines == [("E", scale, "1") for scale in ("full", "part", "quick", "not run")]
    for line in markdown_table(card, 0):
        assert sum(map(int, line[3:6])) == 3 * int(line[2])
        assert sum(map(int, line[6:10])) == 4 * int(line[2])
    assert "In a quick form that says little of the reports, 1 experiment." in page.text
    assert "1 experiment not run." in page.text


def test_trouble_and_experiments_without_a_study_are_told(page: Page) -> None:
    assert "mnist is not on this machine" in page.text
    assert "E9 Judged by eye." in page.text


def test_one_seed_judges_nothing(tmp_path: Path) -> None:
    text = page_of(experiment(single(tmp_path))).text
    assert "Reported numbers: 3 that nothing is known of. Claims: 4 cannot be told." in text
    assert "one seed gives no interval" in text


def test_free_texts_are_no_code(tmp_path: Path) -> None:
    found = experiment(hostile(tmp_path), HOSTILE)
    page = page_of(found, without=(("E9", HOSTILE),))
    assert not page.scripts
    assert page.text.count(" ".join(HOSTILE.split())) >= 4
    assert "<script>" not in card_markdown(Replication((found,)), tmp_path)


def test_csv_has_a_row_for_every_number_and_claim_in_full_precision(
    card: tuple[Replication, Path],
) -> None:
    rows = rows_of(*card[0].experiments)
    assert len(rows) == 4 * (3 + 4)
    assert [row["kind"] for row in rows[:7]] == ["number"] * 3 + ["claim"] * 4
    first = rows[0]
    assert (first["experiment"], first["study"], first["variant"]) == ("E2", "activations", "relu")
    assert (first["metric"], first["reported"], first["n"]) == ("test/accuracy", "0.9778", "5")
    found = card[0].experiments[0].numbers[0].found
    assert found.ours is not None
    assert float(first["mean"]) == found.ours.mean
    assert (first["scale"], first["seeds"], first["epochs"]) == ("full", "5", "10")
    assert (first["commit"], first["machine"]) == (
        "4f0c2b7d9a1e8c6f5b3d2a1908f7e6d5c4b3a291",
        "AMD EPYC 7B13",
    )
    claim = rows[3]
    assert (claim["claim"], claim["variant"]) == ("ReLU ends above sigmoid", "relu > sigmoid")
    assert float(claim["low"]) < float(claim["mean"]) < float(claim["high"])


def test_csv_leaves_empty_what_is_not_known(card: tuple[Replication, Path]) -> None:
    row = rows_of(card[0].experiments[3])[0]
    assert (row["mean"], row["inside"], row["n"], row["commit"]) == ("", "", "0", "")
    assert (row["verdict"], row["why"], row["scale"]) == ("not known", "not run", "not run")


def test_markdown_has_the_same_verdicts(card: tuple[Replication, Path]) -> None:
    text = (card[1] / "replication.md").read_text(encoding="utf-8")
    assert text.startswith("# Replication card\n\n| report | scale |")
    assert "## E2: Which activation" in text
    assert "**full** · [activations](activations/report.html) · mnist" in text
    assert "**quick** · activations-quick-set-" in text
    assert "- E9: Judged by eye." in text
    numbers = markdown_table(card, 1)
    assert [row[1] for row in numbers] == ["relu", "sigmoid", "tanh"]
    assert [row[0] for row in numbers] == [each.verdict for each in card[0].experiments[0].numbers]
    assert {len(row) for row in numbers} == {8}


def markdown_table(card: tuple[Replication, Path], which: int) -> list[list[str]]:
    """Returns the cells of one of the tables in the Markdown, without its head."""
    text = (card[1] / "replication.md").read_text(encoding="utf-8")
    block = [part for part in text.split("\n\n") if part.startswith("|")][which]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in block.splitlines()[2:]]


def test_parameters_are_said_to_the_last_digit(tmp_path: Path) -> None:
    tables = BASE | {"reported": {"source": "a paper", "parameters": {"relu": 1_259_786}}, "claims": []}
    found = experiment(make(tmp_path, tables, lambda *_: Outcome(), Made(MNIST), name="counts"))
    # 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10 = 109386 of ours
    assert "relu 1 259 786 109 386 5 109 386 1 150 400 parameters above" in page_of(found).text


def test_a_card_of_nothing_can_be_written(tmp_path: Path) -> None:
    path = write_card(Replication(()), tmp_path, command=COMMAND)
    assert "Replication card" in read(path.read_text(encoding="utf-8")).text
