"""MNIST and Fashion-MNIST, read from their four idx files.

Sources: LeCun, Bottou, Bengio and Haffner, "Gradient-based learning applied to document recognition",
1998; Xiao, Rasul and Vollgraf, "Fashion-MNIST", 2017. The MD5 sums are those that torchvision publishes.
"""

from pathlib import Path

import numpy as np

from glasslab.data.dataset import Dataset, Split
from glasslab.data.download import Source
from glasslab.data.files import damaged
from glasslab.data.idx import read_idx
from glasslab.data.places import Places
from glasslab.data.published import OWN_FOLDER, Layout, Published, obtain
from glasslab.errors import DataError
from glasslab.plan.data import FashionMnist, Mnist

SIDE = 28
DIGITS = tuple(str(digit) for digit in range(10))
GARMENTS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)

MNIST_ADDRESSES = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
FASHION_ADDRESSES = (
    "https://fashion-mnist.s3.eu-central-1.amazonaws.com/",
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
)


def source(addresses: tuple[str, ...], name: str, size: int, md5: str, sha256: str) -> Source:
    """Returns one gzipped file of a set that lies below each of the addresses."""
    return Source(f"{name}.gz", tuple(f"{each}{name}.gz" for each in addresses), size, md5, sha256)


MNIST = Published(
    name="mnist",
    # Both sets name their files alike; a folder itself is Fashion-MNIST's when its name says so.
    layouts=(Layout((OWN_FOLDER, "MNIST/raw", "mnist"), FILES, ("", ".gz"), own=r"^(?!.*fashion)"),),
    releases=(
        (
            source(
                MNIST_ADDRESSES,
                TRAIN_IMAGES,
                9912422,
                "f68b3c2dcbeaaa9fbdd348bbdeb94873",
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            source(
                MNIST_ADDRESSES,
                TRAIN_LABELS,
                28881,
                "d53e105ee54ea40749a09fcbcd1e9432",
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            source(
                MNIST_ADDRESSES,
                TEST_IMAGES,
                1648877,
                "9fb629c4189551a2d022fa330f9573f3",
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            source(
                MNIST_ADDRESSES,
                TEST_LABELS,
                4542,
                "ec29112dd5afa0611ce80d1b7f02629c",
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        ),
    ),
    cached="mnist",
)

FASHION = Published(
    name="fashion-mnist",
    layouts=(Layout((OWN_FOLDER, "FashionMNIST/raw", "fashion-mnist"), FILES, ("", ".gz"), own="fashion"),),
    releases=(
        (
            source(
                FASHION_ADDRESSES,
                TRAIN_IMAGES,
                26421880,
                "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            source(
                FASHION_ADDRESSES,
                TRAIN_LABELS,
                29515,
                "25c81989df183df01b3e8a0aad5dffbe",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            source(
                FASHION_ADDRESSES,
                TEST_IMAGES,
                4422102,
                "bef4ecab320f06d8554ea6380940ec79",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            source(
                FASHION_ADDRESSES,
                TEST_LABELS,
                5148,
                "bb300cfdad3c16e7a12a480ee83cd310",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        ),
    ),
    cached="fashion-mnist",
)


def load(settings: Mnist, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns MNIST as its files give it, images (N, 1, 28, 28).

    Raises:
        DataError: when the files are missing or damaged.
    """
    return read(MNIST, DIGITS, places)


def load_fashion(settings: FashionMnist, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns Fashion-MNIST as its files give it, images (N, 1, 28, 28).

    Raises:
        DataError: when the files are missing or damaged.
    """
    return read(FASHION, GARMENTS, places)


def read(published: Published, classes: tuple[str, ...], places: Places) -> Dataset:
    """Returns a set of four idx files; files of any length are taken, so that a subset is too."""
    paths = obtain(published, places).paths
    train = read_split(paths[TRAIN_IMAGES], paths[TRAIN_LABELS], len(classes))
    test = read_split(paths[TEST_IMAGES], paths[TEST_LABELS], len(classes))
    return Dataset(train, None, test, classes, f"{published.name} (idx files)")


def read_split(images: Path, labels: Path, classes: int) -> Split:
    """Returns the examples of an image file and its label file."""
    x, y = read_idx(images, 3), read_idx(labels, 1)
    if x.shape[1:] != (SIDE, SIDE):
        raise damaged(images, f"has images of {x.shape[1]} x {x.shape[2]} pixels instead of 28 x 28")
    if len(x) != len(y):
        raise DataError(f"{images.name}: has {len(x)} images, but {labels.name} has {len(y)} labels")
    if len(y) == 0:
        raise damaged(images, "has no images")
    if y.max() >= classes:
        raise damaged(labels, f"has the label {y.max()}, and the classes are 0 to {classes - 1}")
    return Split.whole(x[:, None], y.astype(np.int64))
