import json
from pathlib import Path

import pytest

from glasslab.report.html import write_report
from tests.report import factor_studies
from tests.report.reading import read


@pytest.mark.parametrize("name", factor_studies.STUDIES)
def test_products_of_factors_have_a_report_whose_charts_are_all_there(name: str, tmp_path: Path) -> None:
    results = factor_studies.STUDIES[name](tmp_path)
    path = write_report(results, results.folder, command="glasslab run it")
    page = read(path.read_text(encoding="utf-8"))
    identifiers = [each["id"] for _, each in page.elements if each.get("id")]
    assert len(identifiers) == len(set(identifiers))
    charts = [each["data-chart"] for _, each in page.elements if "data-chart" in each]
    assert len(charts) == len(set(charts))
    (kept,) = [json.loads(text) for kind, text in page.scripts if kind == "application/json"][:1]
    assert set(charts) == set(kept["charts"])
    assert all(len(str(each.get("aria-label") or "")) > 20 for each in page.named("figure"))
    assert path.stat().st_size < 3e6
    assert ("A column for each variant" in page.text) == (name in ("configurations", "rates"))
