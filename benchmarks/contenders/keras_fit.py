"""Keras with arrays in memory: `model.fit`, on the backend that KERAS_BACKEND names.

JAX and TensorFlow flush denormals by themselves. The two settings of speed were chosen by trying: ten steps
at a time are a tenth faster for the MLP and no slower elsewhere; without XLA, TensorFlow takes oneDNN's
convolutions, which are a quarter faster.
"""

from itertools import pairwise
from typing import Any

import keras
import numpy as np
from benchmarks.contenders.serving import Run, serve_runs
from keras import layers

TEST_ROWS = 2000
STEPS_AT_ONCE = 10


def uniform(fan_in: int) -> Any:
    """Returns the start that PyTorch gives weights and biases."""
    bound = fan_in**-0.5
    return keras.initializers.RandomUniform(-bound, bound)


def dense(fan_in: int, units: int, activation: str | None = None) -> Any:
    return layers.Dense(
        units, activation, kernel_initializer=uniform(fan_in), bias_initializer=uniform(fan_in)
    )


def dense_layers(widths: list[int]) -> list[Any]:
    *hidden, last = pairwise(widths)
    return [*(dense(*each, "relu") for each in hidden), dense(*last)]


def convolutions(net: dict[str, Any], shape: tuple[int, ...]) -> tuple[list[Any], int]:
    """Returns the convolutions and pools of a CNN, and how many numbers they leave of an image."""
    height, width, channels = shape
    made: list[Any] = []
    for wider in net["channels"]:
        start = uniform(channels * net["kernel"] ** 2)
        made += [
            layers.Conv2D(
                wider,
                net["kernel"],
                padding="same",
                activation="relu",
                kernel_initializer=start,
                bias_initializer=start,
            ),
            layers.MaxPooling2D(2),
        ]
        channels, height, width = wider, height // 2, width // 2
    return [*made, layers.Flatten()], channels * height * width


def network(net: dict[str, Any], shape: tuple[int, ...], classes: int) -> Any:
    """Returns a new network; images are (H, W, C), rows (T, F)."""
    inputs = layers.Input(shape)
    match net["name"]:
        case "mlp":
            widths = [int(np.prod(shape)), *net["widths"], classes]
            return keras.Sequential([inputs, layers.Flatten(), *dense_layers(widths)])
        case "lenet":
            seen, left = convolutions(net, shape)
            return keras.Sequential([inputs, *seen, *dense_layers([left, *net["hidden"], classes])])
        case "rnn":
            hidden = net["hidden"]
            more = {"unit_forget_bias": False} if net["cell"] == "lstm" else {}
            cells = {"gru": layers.GRU, "lstm": layers.LSTM}[net["cell"]](
                hidden,
                kernel_initializer=uniform(hidden),
                recurrent_initializer=uniform(hidden),
                bias_initializer=uniform(hidden),
                **more,
            )
            return keras.Sequential([inputs, cells, dense(hidden, classes)])
        case other:
            raise ValueError(f"no network '{other}' for Keras; write it in keras_fit.network")


def arranged(array: Any) -> Any:
    """Returns inputs as Keras wants them: channels last, and grey images without their channel."""
    if array.ndim == 4:
        return np.ascontiguousarray(array[:, 0] if array.shape[1] == 1 else array.transpose(0, 2, 3, 1))
    return array


def train(run: Run) -> float:
    keras.utils.set_random_seed(run.seed)
    x, y = run.arrays["x_train"], run.arrays["y_train"]
    model = network(run.net, x.shape[1:], run.facts["classes"])
    model.compile(
        optimizer=keras.optimizers.Adam(run.recipe["lr"], epsilon=1e-8),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        steps_per_execution=STEPS_AT_ONCE,
        jit_compile="auto" if keras.backend.backend() == "jax" else False,
    )
    history = model.fit(
        x,
        y,
        batch_size=run.recipe["batch_size"],
        epochs=run.recipe["epochs"],
        validation_data=(run.arrays["x_test"], run.arrays["y_test"]),
        validation_batch_size=TEST_ROWS,
        verbose=0,
    )
    return float(history.history["val_accuracy"][-1])


if __name__ == "__main__":
    serve_runs(train, arranged)
