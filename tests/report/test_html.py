import json
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from glasslab.analysis.answer import answer, warnings
from glasslab.analysis.results import Results
from glasslab.report.html import write_report
from tests.report.made_study import (
    BASE,
    HOSTILE,
    MNIST,
    STUDIES,
    Made,
    Outcome,
    activations,
    hostile,
    make,
    single,
    troubled,
)
from tests.report.reading import Page, read

LOADING = {"src", "srcset", "data", "poster", "action", "formaction", "background", "ping"}


def written(results: Results, folder: Path | None = None) -> tuple[Path, Page]:
    path = write_report(results, folder or results.folder, command="glasslab run it --quick")
    return path, read(path.read_text(encoding="utf-8"))


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> tuple[Results, Path, Page]:
    results = activations(tmp_path_factory.mktemp("usual"))
    return results, *written(results)


@pytest.mark.parametrize("name", STUDIES)
def test_every_kind_of_study_has_a_report(name: str, tmp_path: Path) -> None:
    results = STUDIES[name](tmp_path)
    path, page = written(results)
    assert path == results.folder / "report.html"
    assert one_line(results.study.question) in page.text
    assert one_line(answer(results)) in page.text
    for warning in warnings(results):
        assert one_line(warning) in page.text


@pytest.mark.parametrize("status", [None, "diverged", "failed", "running"])
def test_a_study_without_any_value_has_a_report_too(status: str | None, tmp_path: Path) -> None:
    results = make(tmp_path, BASE, lambda *_: Outcome(status=status), Made(MNIST), name="empty")
    assert answer(results) in written(results)[1].text


def test_nothing_is_loaded_from_anywhere(usual: tuple[Results, Path, Page]) -> None:
    _, path, page = usual
    for tag, attributes in page.elements:
        assert tag not in ("iframe", "object", "embed", "base")
        assert tag != "link"
        for name in LOADING & attributes.keys():
            assert str(attributes[name]).startswith("data:"), (tag, name)
    text = path.read_text(encoding="utf-8")
    style = "".join(re.findall(r"<style>(.*?)</style>", text, re.S))
    assert "@import" not in style
    assert not re.search(r"url\(\s*['\"]?(?!#|data:)", style)


def test_addresses_are_relative_or_within_the_page(usual: tuple[Results, Path, Page]) -> None:
    _, path, page = usual
    identifiers = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    links = [str(attributes["href"]) for attributes in page.named("a")]
    assert links
    for link in links:
        if link.startswith("#"):
            assert link[1:] in identifiers
        else:
            assert re.match(r"[a-z]+:|/", link) is None, link
            assert (path.parent / unquote(link)).is_file(), link


def test_every_run_can_be_reached(usual: tuple[Results, Path, Page]) -> None:
    results, path, page = usual
    linked = {(path.parent / unquote(str(a["href"]))).resolve() for a in page.named("a")}
    assert {run.folder.manifest.resolve() for run in results.runs} <= linked


def test_links_reach_the_runs_from_another_folder_too(tmp_path: Path) -> None:
    path, page = written(single(tmp_path / "runs"), tmp_path / "else where")
    to_runs = [str(a["href"]) for a in page.named("a") if str(a["href"]).endswith("/run.json")]
    assert len(to_runs) >= 3
    assert all((path.parent / unquote(link)).is_file() for link in to_runs)


def test_identifiers_stand_once(usual: tuple[Results, Path, Page]) -> None:
    found = [attributes["id"] for _, attributes in usual[2].elements if attributes.get("id")]
    assert len(found) == len(set(found))


def test_every_picture_has_a_text_alternative(usual: tuple[Results, Path, Page]) -> None:
    page = usual[2]
    assert page.named("img")
    assert all(attributes.get("alt") for attributes in page.named("img"))
    figures = page.named("figure")
    assert len(figures) >= 5
    assert all(len(str(attributes.get("aria-label") or "")) > 20 for attributes in figures)


def test_pictures_of_charts_are_there_without_a_script(usual: tuple[Results, Path, Page]) -> None:
    page = usual[2]
    charts = [attributes["data-chart"] for _, attributes in page.elements if "data-chart" in attributes]
    assert charts
    assert len(page.named("svg")) >= len(charts)
    (kept,) = [json.loads(text) for kind, text in page.scripts if kind == "application/json"][:1]
    assert set(charts) == set(kept["charts"])


def test_tables_have_headings_and_the_page_an_order_of_its_own(usual: tuple[Results, Path, Page]) -> None:
    page = usual[2]
    assert [name for name, _ in page.elements].count("h1") == 1
    assert page.named("html")[0]["lang"] == "en"
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.named("th"))
    sections = [attributes["id"] for attributes in page.named("section")]
    order = ["table", "curves", "claims", "reported", "pairs", "mistakes", "inside", "method", "again"]
    assert sections == [name for name in order if name in sections]
    assert {"table", "curves", "claims", "reported", "pairs", "mistakes", "method", "again"} <= set(sections)


def test_the_command_that_makes_it_again_is_shown(usual: tuple[Results, Path, Page]) -> None:
    assert "glasslab run it --quick" in usual[2].text


def test_test_curves_are_labelled_as_not_used_for_choosing(usual: tuple[Results, Path, Page]) -> None:
    assert "not used for choosing" in usual[2].text


def test_hostile_texts_are_shown_and_never_run(tmp_path: Path) -> None:
    plain = written(activations(tmp_path / "plain"))[1]
    path, page = written(hostile(tmp_path / "hostile"))
    assert len(page.scripts) == len(plain.scripts)
    assert len(page.named("style")) == len(plain.named("style"))
    assert one_line(HOSTILE) in page.text
    assert '<script>alert("x")' not in path.read_text(encoding="utf-8")
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    for kind, text in page.scripts:
        if kind == "application/json":
            json.loads(text)


def test_one_seed_is_shown_without_interval_or_verdict(tmp_path: Path) -> None:
    results = single(tmp_path)
    text = written(results)[1].text
    assert "0 of 3 differences are told from zero" in text
    assert text.count("cannot tell") >= len(results.study.claims)
    assert not re.search(r"\d ± \d", text)


def test_trouble_stands_above_everything(tmp_path: Path) -> None:
    results = troubled(tmp_path)
    text = written(results)[1].text
    for warning in warnings(results):
        assert 0 <= text.index(one_line(warning)) < text.index(one_line(results.study.question), 60)


def test_writing_again_gives_the_same_bytes(tmp_path: Path) -> None:
    results = single(tmp_path)
    first = written(results)[0].read_bytes()
    assert written(results)[0].read_bytes() == first


def test_a_damaged_file_of_a_run_is_told_and_costs_only_what_it_held(tmp_path: Path) -> None:
    results = single(tmp_path)
    run = results.runs[0].folder
    for path in (run.probe("mistakes"), run.probe("samples"), run.predictions):
        path.write_bytes(b"torn")
    text = written(results)[1].text
    assert "mistakes.npz" in text
    assert "Claims and verdicts" in text


def test_the_tables_lie_beside_the_report(usual: tuple[Results, Path, Page]) -> None:
    names = {path.name for path in (usual[1].parent / "tables").iterdir()}
    assert names == {"scores.csv", "runs.csv", "pairs.csv", "scores.md", "scores.tex"}
