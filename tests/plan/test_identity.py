import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from glasslab.plan.identity import SCHEMA, RunSettings, identity, run_hash
from glasslab.plan.study import Variant
from tests.plan.small import small

ROOT = Path(__file__).parents[2]


def known_by(variant: Variant, seed: int = 0) -> dict[str, Any]:
    """Returns what a run of this variant is known by, on data of one fixed fingerprint."""
    return identity(RunSettings.of(variant, seed), "0123456789abcdef")


def hash_of(*overrides: str, seed: int = 0, **tables: Any) -> str:
    """Returns the hash of a run of the smallest study with these changes."""
    return run_hash(known_by(small(*overrides, **tables).variants[0], seed))


def test_the_identity_is_every_setting_with_its_default_and_nothing_else() -> None:
    assert known_by(small().variants[0]) == {
        "schema": 1,
        "data": {
            "name": "moons",
            "validation": 0,
            "samples": 1000,
            "test": 0.2,
            "normalize": "none",
            "noise": 0.2,
            "fingerprint": "0123456789abcdef",
        },
        "net": {"name": "mlp", "activation": "relu", "init": "pytorch", "widths": (128, 64), "dropout": 0.0},
        "recipe": {
            "optimizer": "adam",
            "lr": 0.1,
            "weight_decay": 0.0,
            "betas": (0.9, 0.999),
            "eps": 1e-08,
            "schedule": "constant",
            "warmup_epochs": 0.0,
            "loss": "cross-entropy",
            "label_smoothing": 0.0,
            "epochs": 2,
            "batch_size": 128,
            "augment": (),
            "monitor": "val/loss",
            "keep": "last",
            "precision": "float32",
        },
        "seed": 0,
    }


def test_a_runs_hash_stays_what_it_was() -> None:
    # Where one of these changes, results made before are not found again: raise SCHEMA, and say so in the
    # changelog.
    assert SCHEMA == 1
    assert hash_of() == "c396a29a81"
    assert hash_of(
        seed=7,
        net={"name": "lenet", "channels": [[8, 8], 16], "init": "normal", "init_std": 0.1},
        recipe={"optimizer": "sgd", "lr": 1, "momentum": 0.9, "steps": 10, "schedule": "cosine"},
    ) == "ad0144ceab"  # fmt: skip


def test_the_hash_does_not_hang_on_pythons_own() -> None:
    code = "from tests.plan.test_identity import hash_of; print(hash_of(), end='')"
    for own in ("0", "1", "12345"):
        env = {**os.environ, "PYTHONHASHSEED": own}
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True
        )
        assert done.stdout == hash_of()


@pytest.mark.parametrize(
    "override",
    [
        "recipe.lr=0.2",
        "recipe.eps=1e-7",
        "recipe.epochs=3",
        "net.widths=[128]",
        "net.activation=tanh",
        "data.noise=0.3",
        "recipe.precision=float64",
        "recipe.clip_norm=1",
    ],
)
def test_every_setting_counts(override: str) -> None:
    assert hash_of(override) != hash_of()


def test_the_seed_counts() -> None:
    assert len({hash_of(seed=seed) for seed in range(5)}) == 5


@pytest.mark.parametrize(
    "same",
    [
        {"recipe": {"lr": 0.1, "epochs": 2, "optimizer": "adam", "batch_size": 128}},
        {"recipe": {"epochs": 2, "lr": 0.1}},
        {"net": {"name": "mlp", "widths": (128, 64)}},
        {"variants": {"another-name": {}}},
        {"question": "Another?", "metric": "test/loss", "seeds": 9, "probes": ["boundary"]},
        {"reported": {"source": "x"}, "baseline": "base", "claims": [{"says": "x", "holds": "base > 0.5"}]},
        {"quick": {"recipe.epochs": 1}},
    ],
)
def test_defaults_order_names_and_questions_do_not_count(same: dict[str, Any]) -> None:
    assert hash_of(**same) == hash_of()


def test_a_whole_number_and_its_float_are_one_setting() -> None:
    assert hash_of("recipe.lr=1") == hash_of("recipe.lr=1.0")
    assert hash_of("net.dropout=0") == hash_of()
    assert hash_of("recipe.betas=[0, 0.5]") == hash_of("recipe.betas=[0.0, 0.5]")


def test_an_own_networks_settings_and_source_count() -> None:
    variant = small(net={"name": "m:Net", "depth": 1}).variants[0]
    settings = RunSettings.of(variant, 0)
    sources = {run_hash(identity(settings, "f", source)) for source in ("aaaa", "bbbb")}
    assert len(sources) == 2
    assert hash_of(net={"name": "m:Net", "depth": 1}) != hash_of(net={"name": "m:Net", "depth": 2})
    order = [{"name": "m:Net", "a": 1, "b": 2}, {"b": 2, "a": 1, "name": "m:Net"}]
    assert len({hash_of(net=net) for net in order}) == 1


def test_what_counts_of_a_file_is_its_content() -> None:
    here, there = (small(data={"name": "npz", "path": path}).variants[0] for path in ("a.npz", "b/c.npz"))
    assert known_by(here) == known_by(there)
    settings = RunSettings.of(here, 0)
    assert run_hash(identity(settings, "aaaa")) != run_hash(identity(settings, "bbbb"))
    assert RunSettings.of(here, 0).table()["data"]["path"] == "a.npz"


def test_a_hash_is_ten_hexadecimal_digits_of_sha_256() -> None:
    # echo -n '{"a":[1,2.5],"b":"\u00e4"}' | sha256sum
    assert run_hash({"b": "ä", "a": (1, 2.5)}) == "bfd13913e6"


def test_what_is_not_a_number_has_no_hash() -> None:
    with pytest.raises(ValueError, match="Out of range float"):
        run_hash({"a": float("nan")})
