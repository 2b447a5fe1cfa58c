import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from glasslab.errors import StudyError
from glasslab.nets.user import build, import_net, source_hash
from glasslab.plan.net import UserNet

SOURCE = """
import torch
from torch import nn

class TinyNet(nn.Module):
    def __init__(self, input_shape, outputs, width=4, drop=0.0):
        super().__init__()
        self.first = nn.Linear(input_shape[0], width)
        self.last = nn.Linear(width, outputs)

    def forward(self, x):
        return self.last(torch.relu(self.first(x)))

class Lazy(nn.Sequential):
    def __init__(self, input_shape, outputs):
        super().__init__(nn.LazyLinear(outputs))

class Wide(TinyNet):
    def forward(self, x):
        return torch.cat((super().forward(x),) * 2, 1)

class Pair(TinyNet):
    def forward(self, x):
        return super().forward(x), x

class Stuck(nn.Module):
    def __init__(self, input_shape, outputs):
        super().__init__()
        self.outputs = outputs

    def forward(self, x):
        return x.new_zeros(len(x), self.outputs)

class NotANet:
    pass
"""


def stream(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.Philox(key=seed))


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with a user's module in it; what is imported from it is forgotten afterwards."""
    (tmp_path / "tiny.py").write_text(SOURCE)
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[name]


def made(
    folder: Path, name: str, seed: int = 0, shape: tuple[int, ...] = (2,), **settings
) -> torch.nn.Module:
    return build(UserNet(name=name, settings=settings), shape, 3, stream(seed), folder=folder)


def values(net: torch.nn.Module) -> list[bytes]:
    return [p.detach().numpy().tobytes() for p in net.parameters()]


def test_the_class_is_called_with_the_settings(folder: Path):
    net = made(folder, "tiny:TinyNet", width=7)
    assert net.first.weight.shape == (7, 2)
    assert net.training


def test_weights_are_a_function_of_the_stream_alone(folder: Path):
    torch.manual_seed(1)
    first = values(made(folder, "tiny:TinyNet"))
    torch.manual_seed(2)
    before = torch.get_rng_state()
    assert values(made(folder, "tiny:TinyNet")) == first
    assert torch.equal(torch.get_rng_state(), before)
    assert values(made(folder, "tiny:TinyNet", seed=1)) != first


@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")  # said by older versions of PyTorch
def test_lazy_layers_are_filled_in_from_the_stream(folder: Path):
    first, second = (values(made(folder, "tiny:Lazy")) for _ in range(2))
    assert len(first[0]) == 4 * 2 * 3
    assert first == second


def test_the_search_path_is_left_as_it_was(folder: Path):
    before = list(sys.path)
    made(folder, "tiny:TinyNet")
    assert sys.path == before


def test_a_module_may_import_its_neighbours_and_lie_in_a_package(folder: Path):
    package = folder / "nets_of_mine"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "deep.py").write_text("from tiny import TinyNet\nfrom .names import NAME\n")
    (package / "names.py").write_text("NAME = 'deep'\n")
    assert import_net("nets_of_mine.deep:TinyNet", folder).__name__ == "TinyNet"


def test_an_edited_module_is_run_anew_and_an_unchanged_one_is_not(folder: Path):
    first = import_net("tiny:TinyNet", folder)
    assert import_net("tiny:TinyNet", folder) is first
    (folder / "tiny.py").write_text(SOURCE.replace("width=4", "width=5"))  # same size, same second
    assert made(folder, "tiny:TinyNet").first.out_features == 5


def test_modules_of_one_name_in_two_folders_do_not_mix(folder: Path):
    other = folder / "other"
    other.mkdir()
    (other / "tiny.py").write_text(SOURCE.replace("width=4", "width=6"))
    widths = [made(place, "tiny:TinyNet").first.out_features for place in (folder, other, folder)]
    assert widths == [4, 6, 4]


def test_an_installed_package_can_be_named(folder: Path):
    assert import_net("torch.nn:Linear", folder) is torch.nn.Linear
    assert import_net("torch.nn.modules.linear:Linear", folder) is torch.nn.Linear


def test_the_hash_is_that_of_the_source_and_runs_nothing(folder: Path):
    (folder / "harmful.py").write_text("raise SystemExit('I was run')\n")
    expected = hashlib.sha256((folder / "harmful.py").read_bytes()).hexdigest()[:16]
    assert source_hash("harmful:Net", folder) == expected
    assert "harmful" not in sys.modules


def test_the_hash_follows_the_source(folder: Path):
    before = source_hash("tiny:TinyNet", folder)
    assert source_hash("tiny:Wide", folder) == before
    (folder / "tiny.py").write_text(SOURCE + "\n")
    assert source_hash("tiny:TinyNet", folder) != before


def test_an_installed_modules_hash_is_that_of_its_file(folder: Path):
    expected = hashlib.sha256(Path(torch.nn.__file__).read_bytes()).hexdigest()[:16]
    assert source_hash("torch.nn:Linear", folder) == expected


@pytest.mark.parametrize("name", ["tinny:TinyNet", "tinny.deep:TinyNet", "tiny.deep:TinyNet"])
def test_a_missing_module_is_said_with_the_nearest_file(folder: Path, name: str):
    with pytest.raises(
        StudyError,
        match=r"^\[net\] name: no module 'tin.*' in .* or among .*; write .*; did you mean 'tiny'\?$",
    ):
        import_net(name, folder)


@pytest.mark.parametrize("name", ["__main__:Net", "sys:Net"])
def test_a_module_without_a_file_is_refused(folder: Path, name: str):
    with pytest.raises(
        StudyError, match=r"write the class into a \.py file beside the study file; known: tiny$"
    ):
        source_hash(name, folder)


def test_a_missing_class_is_said_with_the_nearest_one(folder: Path):
    with pytest.raises(StudyError, match=r"no class 'TinyNt' in .*tiny\.py; did you mean 'TinyNet'\?$"):
        import_net("tiny:TinyNt", folder)


def test_a_class_that_is_no_network_is_refused(folder: Path):
    with pytest.raises(StudyError, match=r"tiny:NotANet must be a subclass of torch\.nn\.Module, got <class"):
        import_net("tiny:NotANet", folder)


@pytest.mark.parametrize(
    "source, words",
    [
        ("import absent_package\n", "ModuleNotFoundError: No module named 'absent_package'"),
        ("class Net(:\n", "SyntaxError: "),
        ("raise SystemExit(3)\n", "SystemExit: 3"),
        ("raise ValueError\n", "ValueError$"),
    ],
)
def test_an_error_inside_the_module_is_said(folder: Path, source: str, words: str):
    (folder / "broken.py").write_text(source)
    with pytest.raises(
        StudyError, match=rf"^\[net\] name: importing broken \(.*broken\.py\) failed with {words}"
    ):
        import_net("broken:Net", folder)
    assert "broken" not in sys.modules


def test_a_file_with_the_name_of_a_loaded_module_is_refused(folder: Path):
    (folder / "json.py").write_text(SOURCE)
    with pytest.raises(StudyError, match=r"json\.py has the name of another module, .*; rename the file$"):
        import_net("json:TinyNet", folder)


def test_a_setting_that_the_class_does_not_take_is_refused(folder: Path):
    with pytest.raises(
        StudyError,
        match=r"tiny:TinyNet\(\(2,\), 3, widht=5\) failed with TypeError: .*unexpected .* 'widht'",
    ):
        made(folder, "tiny:TinyNet", widht=5)


def test_a_failing_forward_pass_is_said(folder: Path):
    with pytest.raises(
        StudyError, match=r"tiny:TinyNet failed on a batch of shape \(2, 4, 5\) with RuntimeError: "
    ):
        made(folder, "tiny:TinyNet", shape=(4, 5))


@pytest.mark.parametrize("name, got", [("Wide", r"\(2, 6\)"), ("Pair", "a tuple")])
def test_output_of_the_wrong_shape_is_refused(folder: Path, name: str, got: str):
    with pytest.raises(
        StudyError,
        match=rf"tiny:{name} must give a tensor of shape \(2, 3\) for .* \(2, 2\), got {got}; .*: 3$",
    ):
        made(folder, f"tiny:{name}")


def test_a_network_without_parameters_is_refused(folder: Path):
    with pytest.raises(StudyError, match=r"tiny:Stuck has no parameters to train; assign its layers"):
        made(folder, "tiny:Stuck")
