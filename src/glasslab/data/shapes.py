"""Shapes: made pictures in ten classes of which it is known which pixels are the object.

Each picture shows one object at a random place, in a random size, colour and slant, on textured ground beside
two distractors; pictures of the class "nothing" have a third distractor in the object's place. Colours are
drawn alike for all classes, so that only the form tells them apart.

Objects with known pixels as the measure of explanations: Arras et al., "CLEVR-XAI", 2022; Zhou et al., "Do
feature attribution methods correctly attribute features?", 2022, for the decoy.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

from glasslab.data.dataset import DECOY, OBJECT, Dataset, Split
from glasslab.data.outlines import OUTLINES, Plane, blob, stroke
from glasslab.data.places import Places
from glasslab.plan.data import Shapes

SIDE = 32
CLASSES = (*OUTLINES, "nothing")
CHANCES = 96
"""Numbers drawn for one picture, besides the grain of its pixels."""
AT_ONCE = 100
"""Pictures made together; what they need stays in the processor's cache."""

RADIUS = (7.0, 10.5)  # of an object, in pixels
SLANT = 0.25  # of an object: the tangent of half the most that it is turned by, 28 degrees
DARK = (0.05, 0.5)  # each channel of the ground's colour, of 0 to 1
LIGHTER = (0.4, 1.0)  # of the way from there to 1 that an object's or a distractor's channel goes
TEXTURE = 0.2  # the most that the ground varies
GRAIN = 0.07  # the most that noise adds to a pixel
CELL = 8  # pixels between the points whose random heights make clouds
ELSEWHERE = 6  # places tried for each distractor
PATCH = 4  # pixels a side of the decoy
Draws = NDArray[np.float32]


def load(settings: Shapes, rng: np.random.Generator, places: Places) -> Dataset:
    """Returns the pictures, the same ones for every seed; a larger set begins with the smaller one.

    With a decoy, each training picture has a patch in its first corner whose pattern says its class. Test
    pictures have the pattern of a class drawn at random, so a network that goes by it fails.
    """
    train = drawn("train", settings.train, settings)
    test = drawn("test", settings.test, settings)
    name = "shapes with a decoy (made)" if settings.decoy else "shapes (made)"
    return Dataset(train, None, test, CLASSES, name)


def drawn(purpose: str, count: int, settings: Shapes) -> Split:
    """Returns so many pictures (N, 3, 32, 32) with their regions, the ten classes in turn."""
    # Raw Philox words are specified for good; numpy's other methods may change between versions.
    text = f"glasslab shapes {purpose} {settings.edition}"
    words = np.random.Philox(key=int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "little"))
    grains = 3 * SIDE * SIDE // 8  # eight bytes a word
    x = np.empty((count, 3, SIDE, SIDE), np.uint8)
    regions = np.zeros((count, SIDE, SIDE), np.uint8)
    y = np.arange(count, dtype=np.int64) % len(CLASSES)
    for start in range(0, count, AT_ONCE):
        part = slice(start, min(start + AT_ONCE, count))
        size = part.stop - start
        raw = words.random_raw(size * (CHANCES + grains)).reshape(size, -1)
        chances = Chances((raw[:, :CHANCES] >> np.uint64(40)).astype(np.float32) / np.float32(2**24))
        bytes_ = np.ascontiguousarray(raw[:, CHANCES:], dtype="<u8").view(np.uint8)
        picture, regions[part] = painted(y[part], chances)
        picture += bytes_.reshape(picture.shape) * np.float32(2 * GRAIN / 255) - np.float32(GRAIN)
        np.clip(picture, 0, 1, out=picture)
        if settings.decoy:
            codes = y[part] if purpose == "train" else (raw[:, 0] % len(CLASSES)).astype(np.int64)
            picture[:, :, :PATCH, :PATCH] = patterns(codes)[:, None]
            regions[part, :PATCH, :PATCH] = DECOY
        x[part] = (picture * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    return Split(x, y, np.arange(count, dtype=np.int64), regions)


class Chances:
    """Random numbers for several pictures, handed out a few at a time."""

    def __init__(self, numbers: Draws) -> None:
        """Takes numbers (N, K) of 0 to 1."""
        self.numbers = numbers
        self.used = 0

    def take(self, count: int, low: float = 0.0, high: float = 1.0) -> Draws:
        """Returns so many numbers for each picture (N, count), evenly spread from `low` to `high`."""
        found = self.numbers[:, self.used : self.used + count]
        if found.shape[1] < count:
            raise ValueError(f"shapes: only {CHANCES} chances are drawn for a picture")
        self.used += count
        return np.float32(low) + np.float32(high - low) * found

    def one(self, low: float = 0.0, high: float = 1.0) -> Plane:
        """Returns one number for each picture, shaped to meet planes (N, 1, 1)."""
        return self.take(1, low, high)[:, :, None]


def painted(y: NDArray[np.int64], chances: Chances) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Returns pictures (N, 3, 32, 32) of 0 to 1 and what their pixels are (N, 32, 32)."""
    colour, picture = ground(chances)
    radius = chances.one(*RADIUS)
    middle = radius + (np.float32(SIDE) - 2 * radius) * chances.take(2)[:, :, None]
    centre = (middle[:, :1], middle[:, 1:])
    own = object_cover(y, turned(*about(centre), chances.one(-SLANT, SLANT)), radius)
    own_colour = lighter(colour, chances)
    taken = [centre]
    for _ in range(2):
        place = clear_of(taken, chances)
        picture = laid(picture, distractor(place, chances), lighter(colour, chances))
        taken.append(place)
    third = distractor(centre, chances)
    nothing = (y == len(OUTLINES))[:, None, None]
    picture = laid(picture, np.where(nothing, third, own), own_colour)
    return picture, np.where((own >= np.float32(0.5)) & ~nothing, OBJECT, 0).astype(np.uint8)


def ground(chances: Chances) -> tuple[Plane, NDArray[np.float32]]:
    """Returns a colour (N, 3, 1, 1), and ground of that colour with clouds and stripes (N, 3, 32, 32)."""
    colour = chances.take(3, *DARK)[:, :, None, None]
    other = chances.take(3, -TEXTURE, TEXTURE)[:, :, None, None]
    nodes = SIDE // CELL + 1
    heights = chances.take(nodes * nodes).reshape(-1, nodes, nodes)
    clouds = between(between(heights).swapaxes(1, 2)).swapaxes(1, 2)
    middle = np.full((len(heights), 1, 1), SIDE / 2, np.float32)
    across, _ = turned(*about((middle, middle)), chances.one(-1, 1))
    wave = across * chances.one(0.08, 0.3) + chances.one()
    stripes = np.abs(wave - np.floor(wave) - np.float32(0.5)) * 2
    share = chances.one()
    texture = clouds + share * (stripes - clouds)
    return colour, colour + other * (texture + texture - 1)[:, None]


def between(heights: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns heights at points (N, P, ...) and, evenly between them, at pixels (N, (P - 1) CELL, ...)."""
    along = ((np.arange(CELL, dtype=np.float32) + np.float32(0.5)) / CELL)[None, :, None]
    share = np.tile(along, (1, heights.shape[1] - 1, 1))
    below, above = heights[:, :-1].repeat(CELL, axis=1), heights[:, 1:].repeat(CELL, axis=1)
    return below + share * (above - below)


def about(centre: tuple[Plane, Plane]) -> tuple[Plane, Plane]:
    """Returns how far each pixel's middle lies right of and below a place (N, 32, 32), in pixels."""
    places = np.arange(SIDE, dtype=np.float32) + np.float32(0.5)
    return places[None, None, :] - centre[0], places[None, :, None] - centre[1]


def turned(x: Plane, y: Plane, half: Plane) -> tuple[Plane, Plane]:
    """Returns the plane turned by an angle, of whose half the tangent is given (N, 1, 1)."""
    square = half * half
    cosine: Plane = (1 - square) / (1 + square)
    sine: Plane = 2 * half / (1 + square)
    return cosine * x + sine * y, cosine * y - sine * x


def object_cover(y: NDArray[np.int64], plane: tuple[Plane, Plane], radius: Plane) -> Plane:
    """Returns how much of each pixel the object covers (N, 32, 32), 0 to 1; nothing for "nothing"."""
    cover = np.zeros_like(plane[0])
    for number, outline in enumerate(OUTLINES.values()):
        rows = np.flatnonzero(y == number)
        across, down = (axis[rows] / radius[rows] for axis in plane)
        cover[rows] = covered(outline(across, down) * radius[rows])
    return cover


def covered(distance: Plane) -> Plane:
    """Returns how much of a pixel lies inside an outline at this distance, its edge smoothed over one."""
    found: Plane = np.clip(np.float32(0.5) - distance, 0, 1)
    return found


def distractor(centre: tuple[Plane, Plane], chances: Chances) -> Plane:
    """Returns how much of each pixel a stroke or a blob covers (N, 32, 32)."""
    x, y = turned(*about(centre), chances.one(-1, 1))
    x = x * np.where(chances.one() < np.float32(0.5), np.float32(-1), np.float32(1))
    length, width, radius = chances.one(3, 7), chances.one(0.7, 1.4), chances.one(1.8, 3.4)
    is_line = chances.one().ravel() < np.float32(0.5)
    away = np.empty_like(x)
    away[is_line] = stroke(x[is_line], y[is_line], length[is_line], width[is_line])
    away[~is_line] = blob(x[~is_line], y[~is_line], radius[~is_line])
    return covered(away)


def clear_of(taken: list[tuple[Plane, Plane]], chances: Chances) -> tuple[Plane, Plane]:
    """Returns, of a few random places, the one farthest from those that are taken."""
    x, y = (chances.take(ELSEWHERE, 3, SIDE - 3) for _ in range(2))
    gaps = [(x - across[:, :, 0]) ** 2 + (y - down[:, :, 0]) ** 2 for across, down in taken]
    best = np.minimum.reduce(gaps).argmax(axis=1)[:, None]
    return np.take_along_axis(x, best, 1)[:, :, None], np.take_along_axis(y, best, 1)[:, :, None]


def lighter(colour: Plane, chances: Chances) -> Plane:
    """Returns colours (N, 3, 1, 1) that are lighter than the ground's in every channel."""
    return colour + (np.float32(1) - colour) * chances.take(3, *LIGHTER)[:, :, None, None]


def laid(picture: NDArray[np.float32], cover: Plane, colour: Plane) -> NDArray[np.float32]:
    """Returns the same pictures with a colour laid over what is covered."""
    picture += cover[:, None] * (colour - picture)
    return picture


def patterns(codes: NDArray[np.int64]) -> Plane:
    """Returns the decoys of classes (N, 4, 4): two by two fields, dark or light as a number's bits say."""
    bits = ((codes[:, None] + 3) >> np.arange(4)) & 1  # 3 to 12: never all dark or all light
    fields = bits.reshape(-1, 2, 2).repeat(PATCH // 2, axis=1).repeat(PATCH // 2, axis=2)
    return np.where(fields == 1, np.float32(0.95), np.float32(0.05))
