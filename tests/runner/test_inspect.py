from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from glasslab.errors import DataError, RecordError, StudyError, UsageError
from glasslab.plan.asked import read_asked
from glasslab.plan.study_file import Options, make_study, read_study
from glasslab.records.origin import own_study
from glasslab.records.run import read_run
from glasslab.runner.inspect import Inspection, Site, inspect
from glasslab.runner.order import Order, carry_out_study
from tests.runner import brightest
from tests.runner.jobs import TWENTY_STEPS
from tests.runner.test_looking_again import IMAGES


def trained(folder: Path, **tables: Any) -> Path:
    """Trains the one run of a small study with a file of its own, and returns the run's folder."""
    study = make_study(TWENTY_STEPS | tables, "small", Options(), folder=folder)
    carry_out_study(study, Order(out=folder / "runs", jobs=1), lambda event: None)
    (manifest,) = (folder / "runs/small").glob("*/run.json")
    return manifest.parent


def looked(folder: Path, *names: str, site: Site | None = None, **changes: dict[str, Any]) -> Inspection:
    """Returns what probes see in a run."""
    run = read_run(folder)
    study = own_study(folder, run.manifest)
    return inspect(run, study, read_asked(names, changes, study.probes), site)


def test_a_run_is_seen_as_its_study_would_have_seen_it(tmp_path: Path) -> None:
    folder = trained(tmp_path, probes=[{"name": "boundary", "side": 9}])
    path = folder / "probes/boundary.npz"
    before = path.read_bytes()
    path.unlink()
    found = looked(folder, "boundary")
    assert found.arrays["boundary"]["probability"].shape == (9, 9, 2)
    assert path.read_bytes() == before
    assert looked(folder, boundary={"side": 4}).arrays["boundary"]["x"].shape == (4,)


def test_what_is_shown_stands_around_each_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brightest.listed(monkeypatch)
    run = read_run(trained(tmp_path))
    study, shown = own_study(run.folder.path, run.manifest), []

    def showing(what: str) -> Any:
        shown.append(what)
        return nullcontext()

    inspect(run, study, read_asked([], {}), showing=showing)
    assert shown == ["the network", "boundary"]


def test_a_probe_that_does_not_fit_is_listed_or_refused_when_it_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brightest.listed(monkeypatch)
    folder = trained(tmp_path)
    found = looked(folder)
    assert list(found.arrays) == ["boundary"]
    assert found.unfit == {"brightest": "probes: 'brightest' needs images, these have 2 values"}
    for asked in ({"names": ("brightest",)}, {"changes": {"brightest": {"images": [1]}}}):
        with pytest.raises(
            UsageError,
            match="needs images, these have 2 values\nprobes that can look at this run as they are: bou",
        ):
            looked(folder, *asked.get("names", ()), **asked.get("changes", {}))  # type: ignore[arg-type]


def test_a_layer_or_an_image_that_is_not_there_is_said_with_those_that_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    brightest.listed(monkeypatch)
    folder = trained(tmp_path, **IMAGES)
    assert looked(folder).arrays["brightest"]["pixels"].shape == (3, 1, 28, 28)
    with pytest.raises(UsageError, match="no layer 'hiden1' that fits; did you mean 'hidden1'"):
        looked(folder, brightest={"layers": ["hiden1"]})
    with pytest.raises(UsageError, match="'brightest' images: no test example 99999; the 1000 of this run"):
        looked(folder, brightest={"images": [99999]})


def test_a_probe_that_fails_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brightest.listed(monkeypatch)
    monkeypatch.setitem(brightest.fault, "broken", True)
    found = looked(trained(tmp_path, **IMAGES))
    assert found.arrays == {}
    assert str(found.troubles["brightest"]) == "no light"


@pytest.mark.parametrize(
    "status, why",
    [
        ("running", "the run has not finished; run its study again, which goes on with it"),
        ("failed", r"the run has failed \(finished after .*\), so there is no trained network"),
        ("diverged", r"the run has diverged \("),
    ],
)
def test_a_run_that_did_not_finish_is_refused(tmp_path: Path, status: str, why: str) -> None:
    path = trained(tmp_path) / "run.json"
    path.write_text(path.read_text().replace('"status": "finished"', f'"status": "{status}"'))
    with pytest.raises(UsageError, match=why):
        looked(path.parent)


def test_weights_that_are_missing_damaged_or_another_network_s_are_refused(tmp_path: Path) -> None:
    folder = trained(tmp_path)
    path = folder / "weights.safetensors"
    weights = load_file(path)
    first = next(name for name, each in weights.items() if each.ndim == 2)
    save_file(weights | {first: weights[first][:-1].copy()}, path)
    with pytest.raises(RecordError, match=r"weights\.safetensors: does not fit the network of its settings"):
        looked(folder)
    path.write_bytes(b"torn")
    with pytest.raises(RecordError, match=r"weights\.safetensors: cannot be read"):
        looked(folder)
    path.unlink()
    with pytest.raises(RecordError, match=r"weights\.safetensors: is missing; delete the run's folder"):
        looked(folder)


def test_a_network_that_does_not_predict_what_the_run_kept_is_refused(tmp_path: Path) -> None:
    folder = trained(tmp_path)
    path = folder / "predictions.safetensors"
    kept = load_file(path)
    save_file(kept | {"logits": kept["logits"][:, ::-1].copy()}, path)
    with pytest.raises(RecordError, match="gives 10 of 10 test examples another class than this run did"):
        looked(folder)


def own_data(path: Path, shift: float = 0.0) -> dict[str, str]:
    """Writes two clouds of points, and returns settings for them."""
    x = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32) + np.float32(shift)
    y = (x[:, 0] > shift).astype(np.int64)
    np.savez(path, x_train=x[:40], y_train=y[:40], x_test=x[40:], y_test=y[40:])
    return {"name": "npz", "path": path.name}


def test_own_data_is_found_where_the_study_file_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = trained(tmp_path, data=own_data(tmp_path / "own.npz") | {"validation": 10})
    assert looked(folder, "boundary").arrays["boundary"]["points"].shape == (30, 2)
    monkeypatch.setattr("glasslab.runner.examples._last", {})  # as in another process
    own_data(tmp_path / "own.npz", shift=3.0)
    with pytest.raises(DataError, match=r"holds other examples than this run was trained with"):
        looked(folder)
    monkeypatch.setattr("glasslab.runner.examples._last", {})
    (tmp_path / "own.npz").unlink()
    with pytest.raises(DataError, match=r"own\.npz"):
        looked(folder)


def test_a_run_whose_variant_has_left_the_study_is_seen_by_what_it_kept(tmp_path: Path) -> None:
    folder = trained(tmp_path)
    rate = TWENTY_STEPS["recipe"] | {"lr": 0.5}
    later = make_study(TWENTY_STEPS | {"recipe": rate}, "small", Options(), folder=tmp_path)
    carry_out_study(later, Order(out=tmp_path / "runs", jobs=1), lambda event: None)
    assert read_study(folder.parent / "study.toml").variants[0].recipe.optimizer.lr == 0.5
    run = read_run(folder)
    study = own_study(folder, run.manifest)
    assert study.variants[0].recipe.optimizer.lr == 0.01
    assert study.seeds == (0,)
    before = load_file(folder / "predictions.safetensors")["logits"]
    assert "boundary" in looked(folder, "boundary").arrays
    assert (load_file(folder / "predictions.safetensors")["logits"] == before).all()
    (folder.parent / "study.toml").unlink()
    assert "boundary" in looked(folder, "boundary").arrays


def test_own_data_whose_path_nobody_knows_any_more_is_said(tmp_path: Path) -> None:
    folder = trained(tmp_path, data=own_data(tmp_path / "own.npz") | {"validation": 10})
    (folder.parent / "study.toml").unlink()
    with pytest.raises(StudyError, match="does not say any more where the run's data lies; put its variant"):
        looked(folder)


OWN_NET = """
from torch import nn

class Net(nn.Linear):
    def __init__(self, shape, outputs):
        super().__init__(shape[0], outputs)
"""


def test_an_own_module_is_found_beside_the_study_file_and_must_be_the_same(tmp_path: Path) -> None:
    (tmp_path / "lines.py").write_text(OWN_NET)
    folder = trained(tmp_path, net={"name": "lines:Net"})
    assert "boundary" in looked(folder, "boundary").arrays
    (tmp_path / "lines.py").write_text(OWN_NET + "# changed\n")
    with pytest.raises(StudyError, match=r"the module 'lines' in .* has changed since this run was trained"):
        looked(folder)
    (tmp_path / "lines.py").unlink()
    with pytest.raises(StudyError, match="no module 'lines'"):
        looked(folder)


def test_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    folder = trained(tmp_path)
    with pytest.raises(UsageError, match="--device: must be one of auto, cuda, mps, cpu, got 'gpu'"):
        looked(folder, site=Site("gpu"))
