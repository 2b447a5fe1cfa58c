import itertools

import pytest
import torch
from torch import Tensor

from glasslab.nets import products
from glasslab.nets.products import product, stacked_linear

# (m, k, n); the last three are large enough for oneDNN where that is the faster one
SHAPES = [
    (128, 64, 10),
    (128, 10, 64),
    (7, 100, 10),
    (3, 31, 31),
    (33, 17, 129),
    (100, 5, 1),
    (1, 64, 5),
    (2, 128, 129),
    (128, 128, 384),
    (200, 784, 128),
    (129, 301, 131),
]
LAYOUTS = list(itertools.product((False, True), repeat=2))
BOTH = pytest.mark.parametrize("by_onednn", [False, True], ids=["mkl", "onednn"])


@pytest.fixture(autouse=True)
def one_thread() -> object:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def routine(by_onednn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if by_onednn and not products.linear_pointwise_exists():
        pytest.skip("this PyTorch is without oneDNN's operator")
    monkeypatch.setattr(products, "onednn_leads", lambda: by_onednn)


def drawn(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def operands(
    shape: tuple[int, int, int], layout: tuple[bool, bool], models: int = 5
) -> tuple[Tensor, Tensor]:
    m, k, n = shape
    a = drawn(models, k, m).transpose(1, 2) if layout[0] else drawn(models, m, k)
    b = drawn(models, n, k, seed=1).transpose(1, 2) if layout[1] else drawn(models, k, n, seed=1)
    return a, b


def added(shape: tuple[int, int, int], kind: str) -> Tensor | None:
    return {"nothing": None, "bias": drawn(5, 1, shape[2]), "matrix": drawn(5, shape[0], shape[2])}[kind]


@BOTH
@pytest.mark.parametrize("kind", ["nothing", "bias", "matrix"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.usefixtures("routine")
def test_a_product_is_that_of_float64_to_rounding(shape: tuple[int, int, int], kind: str) -> None:
    for layout in LAYOUTS:
        a, b = operands(shape, layout)
        add = added(shape, kind)
        expected = a.double() @ b.double() + (0 if add is None else add.double())
        got = product(a, b, add)
        assert got.shape == (5, shape[0], shape[2])
        assert torch.allclose(got.double(), expected, atol=1e-6 * shape[1], rtol=1e-6)


@BOTH
@pytest.mark.parametrize("kind", ["nothing", "bias", "matrix"])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.usefixtures("routine")
def test_a_models_bits_depend_neither_on_the_stack_nor_on_its_place_in_it(
    shape: tuple[int, int, int], kind: str
) -> None:
    for layout in LAYOUTS:
        a, b = operands(shape, layout)
        add = added(shape, kind)
        whole = product(a, b, add)
        for part in ([0], [3], [4, 1], [2, 0, 4], [1, 1, 3, 1, 0, 2, 4]):
            alone = product(a[part], b[part], None if add is None else add[part])
            assert torch.equal(alone, whole[part]), (layout, part)
            # views that begin anywhere, as parameters in one long row of numbers do
            views = product(a[part[0] :], b[part[0] :], None if add is None else add[part[0] :])
            assert torch.equal(views[0], whole[part[0]]), (layout, part)


@BOTH
@pytest.mark.usefixtures("routine")
def test_other_types_and_slices_with_gaps_are_multiplied_too() -> None:
    a, b = drawn(2, 300, 200, dtype=torch.float64), drawn(2, 200, 100, seed=1, dtype=torch.float64)
    assert torch.allclose(product(a, b), a @ b, rtol=1e-13)
    wide = drawn(2, 300, 500)
    gaps = wide[:, :, 100:400].transpose(1, 2)
    other = drawn(2, 300, 80, seed=1)
    assert torch.allclose(product(gaps, other), gaps @ other, atol=1e-4)


@BOTH
@pytest.mark.usefixtures("routine")
@pytest.mark.parametrize("by_columns", [False, True])
def test_the_stacked_linear_map_and_its_gradients_are_those_of_each_models_own(by_columns: bool) -> None:
    x, weight, bias = drawn(3, 130, 200), drawn(3, 110, 200, seed=1), drawn(3, 110, seed=2)
    if by_columns:
        weight = weight.transpose(1, 2).contiguous().transpose(1, 2)
    given = [each.requires_grad_() for each in (x, weight, bias)]
    into = torch.full_like(weight, 7.0), torch.full_like(bias, 7.0)
    upper = drawn(3, 130, 110, seed=3)
    output = stacked_linear(x, weight, bias, into)
    (output * upper).sum().backward()
    for model in range(3):
        own = [each[model].detach().double().requires_grad_() for each in given]
        alone = torch.nn.functional.linear(own[0], own[1], own[2])
        assert torch.allclose(output[model].double(), alone, atol=1e-4)
        expected = torch.autograd.grad((alone * upper[model].double()).sum(), own)
        for got, should in zip((x.grad, *into), expected, strict=True):
            assert got is not None
            assert torch.allclose(got[model].double(), should, atol=1e-4)


def test_no_gradient_is_made_for_an_input_that_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[torch.Size] = []

    def counted(a: Tensor, b: Tensor, add: Tensor | None = None) -> Tensor:
        calls.append(a.shape)
        return product(a, b, add)

    monkeypatch.setattr(products, "product", counted)
    weight, bias = drawn(2, 5, 4).requires_grad_(), drawn(2, 5).requires_grad_()
    into = torch.zeros_like(weight), torch.zeros_like(bias)
    stacked_linear(drawn(2, 3, 4), weight, bias, into).sum().backward()
    assert calls == [(2, 3, 4)]
    assert weight.grad is None
    assert into[1].tolist() == [[3.0] * 5] * 2


@pytest.mark.parametrize(
    "capability, name, leads",
    [
        ("AVX512", "AMD EPYC 9755", True),
        ("AVX512", "AMD64 Family 26 Model 68 Stepping 0, AuthenticAMD", True),
        ("AVX2", "AMD EPYC 7763", False),
        ("AVX512", "Intel(R) Xeon(R) Platinum 8480", False),
        ("AVX512", "AMD64", False),
        ("DEFAULT", "aarch64", False),
    ],
)
def test_onednn_is_for_amds_processors_whose_avx512_mkl_leaves_unused(
    capability: str, name: str, leads: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(products, "processor_name", lambda: name)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    monkeypatch.setattr(products, "linear_pointwise_exists", lambda: True)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    assert products.onednn_leads.__wrapped__() is leads


def test_small_products_double_precision_and_other_devices_stay_with_pytorchs_routine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(products, "onednn_leads", lambda: True)
    one = torch.zeros(1)
    assert products.onednn_pays(one, 128 * 128 * 128)
    assert not products.onednn_pays(one, 128 * 64 * 64)
    assert not products.onednn_pays(one.double(), 128 * 128 * 128)
    assert not products.onednn_pays(one.to("meta"), 128 * 128 * 128)
