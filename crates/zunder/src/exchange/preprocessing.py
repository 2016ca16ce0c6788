"""Reads image files as `zunder predict` does: the steps of preprocessing.json, with NumPy and Pillow.

    from preprocessing import Preprocessing

    preprocessing = Preprocessing("FOLDER")
    images = preprocessing.read(["cat.jpg", "dog.png"])  # 8-bit, [N, channels, height, width]

Files without loss (PNG, BMP, GIF, TIFF, lossless WebP) give the same bytes as Zunder. JPEG and lossy WebP are decoded by
another library than Zunder's, whose levels differ by 1 of 255 here and there; the colours of JPEG are interpolated as there. `Refused` names what this script cannot do.
"""

import io
import json
import re
import sys
from pathlib import Path

import numpy as np
from PIL import Image

FORMAT = 1
# Steps without a setting, by their only value.
FIXED = {
    "decode": {"frame": "first", "orientation": "exif", "colour_profile": "ignored", "alpha_of_zeros": "opaque", "grey": "bt601"},
    "resize": {"kernel": "triangle"},
    "standardisation": {"divisor": 255},
}
FORMATS = {"bmp", "gif", "jpeg", "png", "tiff", "webp"}


class Refused(ValueError):
    """A file or a step that this script cannot process as Zunder does."""


class Preprocessing:
    """The steps of a file or folder. `mean`, `std` and `views` are for the caller: `read` returns 8-bit pixels."""

    def __init__(self, path):
        path = Path(path)
        path = path / "preprocessing.json" if path.is_dir() else path
        steps = json.loads(path.read_text(encoding="utf-8"))
        check(steps, path)
        decode, resize, standardisation = steps["decode"], steps["resize"], steps["standardisation"]
        self.formats = sorted(name.upper() for name in decode["formats"])
        self.depth, self.background, self.channels = decode["depth"], decode["background"], decode["channels"]
        self.mode, self.height, self.width = resize["mode"], resize["height"], resize["width"]
        self.mean, self.std, self.tta = standardisation["mean"], standardisation["std"], steps["tta"]
        self.views = views(self.tta)

    @property
    def shape(self):
        return (self.channels, self.height, self.width)

    def read(self, files):
        """The pixels of image files (paths, or objects with `read`): 8-bit, [N, channels, height, width]."""
        images = [self.read_one(file) for file in files]
        return np.stack(images) if images else np.zeros((0, *self.shape), np.uint8)

    def read_one(self, file):
        """The pixels of one image file: 8-bit, [channels, height, width]."""
        samples, orientation = decode(file, self.formats)
        samples = oriented(eight_bits(samples, self.depth), orientation)
        flat = flatten(samples, self.channels, self.background)
        return np.ascontiguousarray(self.resized(flat).transpose(2, 0, 1))

    def resized(self, image):
        """An image [rows, columns, channels] in the common size."""
        (rows, columns), (height, width) = image.shape[:2], (self.height, self.width)
        wider = columns * height > rows * width
        if self.mode == "stretch":
            return scaled(image, (height, width))
        if self.mode == "crop":
            size = (height, columns * height // rows) if wider else (rows * width // columns, width)
            window = [(middle(size[0] - height), height), (middle(size[1] - width), width)]
            return scaled(image, size, window)
        size = (ratio(rows * width, columns), width) if wider else (height, ratio(columns * height, rows))
        top, left = middle(height - size[0]), middle(width - size[1])
        out = np.empty((height, width, self.channels), np.uint8)
        out[:] = background_of(self.background, self.channels)
        out[top : top + size[0], left : left + size[1]] = scaled(image, size)
        return out


def check(steps, path):
    """Refuses a description of a later version."""
    expected = {"format": FORMAT, **FIXED}
    for name, value in expected.items():
        for part, wanted in value.items() if isinstance(value, dict) else [(None, value)]:
            got = steps.get(name) if part is None else steps.get(name, {}).get(part)
            if got != wanted:
                raise Refused(f"{path}: {name if part is None else f'{name}.{part}'} is {got!r}, expected {wanted!r}")
    for name, got, known in [
        ("resize.mode", [steps["resize"]["mode"]], {"crop", "pad", "stretch"}),
        ("decode.channels", [steps["decode"]["channels"]], {1, 3}),
        ("decode.formats", steps["decode"]["formats"], FORMATS),
    ]:
        if not set(got) <= known:
            raise Refused(f"{path}: {name} is {got!r}, expected of {sorted(known)!r}")


def views(tta):
    """The views of test-time augmentation by its name, each (down, right, mirrored): its pixel (x, y) is that at (x + right, y +
    down) of the image or of its mirror image. The prediction is the mean score of all views."""
    if tta in ("none", "mirror"):
        return [(0, 0, mirrored) for mirrored in ([False] if tta == "none" else [False, True])]
    found = re.fullmatch("(shifts|cross)-([1-9])(-no-mirror)?", tta)
    if not found:
        raise Refused(f"tta is {tta!r}, expected none, mirror, shifts-K or cross-K")
    name, most, mirrors = found[1], int(found[2]), [False] if found[3] else [False, True]
    steps = range(-most, most + 1)
    shifts = [(down, right) for down in steps for right in steps if name == "shifts" or abs(down) + abs(right) in (0, most) and not down * right]
    return [(down, right, mirrored) for down, right in shifts for mirrored in mirrors]


def reflected(shift, side):
    """The position of each pixel of a shifted side; those outside are reflected at the centre of the first or the last pixel."""
    period = max(2 * (side - 1), 1)
    places = np.arange(shift, shift + side) % period
    return np.minimum(places, (period - places) % period) if side > 1 else np.zeros(1, int)


def decode(file, formats):
    """The samples of an image file, [rows, columns, 1 to 4], of 8 or 16 bits, and its orientation (1 to 8)."""
    data = file.read() if hasattr(file, "read") else Path(file).read_bytes()
    name = getattr(file, "name", file if isinstance(file, (str, Path)) else "image")
    image = Image.open(io.BytesIO(data), formats=formats)
    if len(image.tile) == 1 and image.format == "PNG" and str(image.tile[0][3]) in DEEP:
        return deep_png(data, image), orientation_of(image)
    if image.format == "TIFF":
        bits = image.tag_v2.get(258, (1,))
        if max(bits) > 8 and image.mode != "I;16" and image.mode != "I;16B":
            raise Refused(f"{name}: it is a TIFF of {'x'.join(map(str, bits))} bits, expected 8, or 16 without colours")
    if image.format == "JPEG" and (colours := halved_chroma(data, image)) is not None:
        return colours, orientation_of(image)
    image.load()
    mode = image.mode
    if mode == "CMYK":
        raise Refused(f"{name}: its colours are CMYK, expected RGB or grey")
    if mode in ("I;16", "I;16B") or (mode == "I" and image.format == "PNG"):
        samples = np.asarray(image).astype(np.uint16)[:, :, None]
        clear = image.info.get("transparency")
        if clear is not None:
            samples = np.concatenate([samples, np.where(samples == clear, 0, 65535).astype(np.uint16)], axis=2)
        return samples, orientation_of(image)
    if mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "YCbCr"):
        raise Refused(f"{name}: its samples are {mode!r}, expected grey or RGB of 8 or 16 bits")
    transparent = image.has_transparency_data
    to = ("LA" if transparent else "L") if mode in ("1", "L", "LA") else ("RGBA" if transparent else "RGB")
    samples = np.asarray(image.convert(to))
    return samples.reshape(*samples.shape[:2], -1), orientation_of(image)


def halved_chroma(data, image):
    """The colours of a JPEG file whose chroma has half the size in both directions, as Zunder's decoder interpolates them: Pillow's
    rounds otherwise. None for other files."""
    sampling = [layer[1:3] for layer in image.layer]
    if image.mode != "RGB" or sampling != [(2, 2), (1, 1), (1, 1)] or image.info.get("adobe_transform") == 0:
        return None

    def read(size):
        part = Image.open(io.BytesIO(data), formats=["JPEG"])
        part.draft("YCbCr", size)
        return np.asarray(part).astype(int) if part.mode == "YCbCr" else np.zeros((0, 0, 3))

    width, height = image.size
    # At half the size, the chroma is as it is stored.
    full, half = read(None), read((max(width // 2, 1), max(height // 2, 1)))
    if full.shape[:2] != (height, width) or half.shape[:2] != ((height + 1) // 2, (width + 1) // 2):
        return None
    blue, red = (doubled(doubled(half[:, :, i]).T).T[:height, :width] - 128 for i in (1, 2))
    light = full[:, :, 0] * 16384 + 8191
    sums = (light + 22970 * red, light - 11700 * red - 5638 * blue, light + 29032 * blue)
    return np.stack([np.clip(colour >> 14, 0, 255) for colour in sums], axis=2).astype(np.uint8)


def doubled(rows):
    """Twice as many rows, each between the two nearest ones."""
    above, below = np.concatenate([rows[:1], rows[:-1]]), np.concatenate([rows[1:], rows[-1:]])
    out = np.stack([(3 * rows + above + 2) >> 2, (3 * rows + below + 2) >> 2], axis=1).reshape(-1, rows.shape[1])
    out[0], out[-1] = rows[0], rows[-1]
    return out


# PNG files of 16 bits with colours or alpha, by Pillow's name of their samples: the mode, and the names by which Pillow returns
# the high and the low byte of each sample. Pillow itself keeps only the high bytes.
DEEP = {"RGB;16B": ("RGB", "RGB;16B", "RGB;16L"), "RGBA;16B": ("RGBA", "RGBA;16B", "RGBA;16L"), "LA;16B": ("RGBA", "RGBA", None)}


def deep_png(data, image):
    """All bits of a PNG file of 16 bits with colours or alpha."""
    _, high, low = DEEP[str(image.tile[0][3])]

    def read(samples):
        part = Image.open(io.BytesIO(data), formats=["PNG"])
        codec, extents, offset, _ = part.tile[0]
        part.tile = [type(part.tile[0])(codec, extents, offset, samples)]
        return np.asarray(part).astype(np.uint16)

    high = read(high)
    if low is None:  # grey and alpha: the bytes of a pixel, high before low
        return high[:, :, 0::2] * 256 + high[:, :, 1::2]
    return high * 256 + read(low)


def orientation_of(image):
    """The EXIF orientation of a file, 1 to 8. Pillow has applied that of a TIFF file."""
    if image.format == "TIFF" or not image.info.get("exif"):
        return 1
    exif = Image.Exif()
    exif.load(image.info["exif"])
    orientation = exif.get(274, 1)
    return orientation if orientation in range(1, 9) else 1


def oriented(samples, orientation):
    if orientation in (5, 6, 7, 8):
        samples = samples.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        samples = samples[:, ::-1]
    if orientation in (3, 4, 7, 8):
        samples = samples[::-1]
    return samples


def eight_bits(samples, depth):
    """Samples of 8 bits, rounded; of samples of 16 bits `depth` bits are used."""
    if samples.dtype == np.uint8:
        return samples
    most = (1 << depth) - 1
    return ((np.minimum(samples.astype(np.uint32), most) * 255 + most // 2) // most).astype(np.uint8)


def flatten(samples, channels, background):
    """Grey or RGB without alpha, in front of the background."""
    alpha = samples[:, :, -1:] if samples.shape[2] in (2, 4) else None
    colours = samples if alpha is None else samples[:, :, :-1]
    if alpha is not None and alpha.any():
        back = np.array(background_of(background, colours.shape[2] if channels == 1 else 3), np.uint8)
        colours = over(colours, back, alpha)
    if colours.shape[2] == channels:
        return colours
    return np.repeat(colours, 3, axis=2) if channels == 3 else luma(colours)


def over(front, back, alpha):
    """(front alpha + back (255 - alpha)) / 255, rounded."""
    alpha = alpha.astype(np.uint32)
    mixed = front.astype(np.uint32) * alpha + back.astype(np.uint32) * (255 - alpha) + 128
    return (((mixed >> 8) + mixed) >> 8).astype(np.uint8)


def luma(colours):
    """Grey by ITU-R BT.601."""
    red, green, blue = (colours[:, :, i].astype(np.uint32) for i in range(3))
    return ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16).astype(np.uint8)[:, :, None]


def background_of(colour, channels):
    return colour if channels == 3 else [int(luma(np.array([[colour]], np.uint8))[0, 0, 0])]


BITS = 22  # fractional bits of the weights


def scaled(image, size, window=None):
    """A window (start and length of rows and columns) of the image scaled to a size: columns first, then rows, each rounded to 8
    bits. The weights are those of Pillow's BILINEAR, but recent versions of Pillow may scale rows first, which rounds otherwise.
    """
    window = window or [(0, size[0]), (0, size[1])]
    rows, columns = (taps(image.shape[axis], size[axis], *window[axis]) for axis in (0, 1))
    planes = image.transpose(2, 0, 1).copy()
    narrow = np.empty((*planes.shape[:2], columns.shape[1]), np.uint8)
    for start in range(0, planes.shape[1], 64):  # takes little memory
        narrow[:, start : start + 64] = rounded(planes[:, start : start + 64].astype(np.float64) @ columns)
    return rounded(rows.T @ narrow.astype(np.float64)).transpose(1, 2, 0)


def rounded(sums):
    """Sums of samples times weights as 8 bits. They are integers below 2^53, so floats hold them exactly."""
    return np.minimum((sums.astype(np.int64) + (1 << (BITS - 1))) >> BITS, 255).astype(np.uint8)


def taps(inputs, outputs, start, length):
    """The weights of the input pixels of each output pixel from `start`, [inputs, length]: a triangle, at least two pixels wide."""
    scale = inputs / outputs
    support = max(scale, 1.0)
    weights = np.zeros((inputs, length))
    for i in range(length):
        centre = (start + i + 0.5) * scale
        first, end = int(max(centre - support + 0.5, 0)), min(int(centre + support + 0.5), inputs)
        values = np.maximum(1 - np.abs((np.arange(first, end) - centre + 0.5) * (1 / support)), 0)
        weights[first:end, i] = np.floor(values / sum(values.tolist()) * (1 << BITS) + 0.5)
    return weights


def ratio(a, b):
    return max((a + b // 2) // b, 1)


def middle(space):
    """Half of a space, rounded to even."""
    return round(space / 2)


if __name__ == "__main__":
    for file in sys.argv[1:]:
        print(file, Preprocessing(Path(__file__).parent).read_one(file).shape)
