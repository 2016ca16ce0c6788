"""Writes the image files of tests/goldens/image_folder: inputs, and what Pillow and torchvision make of them.

python crates/data/tests/goldens/image_folder.py
"""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

OUT = Path(__file__).parent / "image_folder"
rng = np.random.default_rng(1)
BILINEAR = InterpolationMode.BILINEAR


def picture(height, width):
    """Slopes, an edge and some noise."""
    y, x = np.mgrid[:height, :width]
    planes = [255 * x / width, 255 * y / height, np.where(x + 2 * y < width, 220, 30)]
    pixels = np.stack(planes, -1) + rng.normal(0, 8, (height, width, 3))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def crop(side):
    return Compose([Resize(side, BILINEAR, antialias=True), CenterCrop(side)])


photo = picture(48, 61)
photo.save(OUT / "photo.png")
crop(32)(photo).save(OUT / "photo_crop_32x32.png")
crop(13)(photo).save(OUT / "photo_crop_13x13.png")
Resize((20, 30), BILINEAR, antialias=True)(photo).save(OUT / "photo_stretch_20x30.png")
Resize((70, 90), BILINEAR, antialias=True)(photo).save(OUT / "photo_stretch_70x90.png")
ImageOps.pad(photo, (32, 32), Image.Resampling.BILINEAR, color=(255, 255, 255)).save(OUT / "photo_pad_32x32.png")
crop(32)(photo.convert("L")).save(OUT / "photo_grey_crop_32x32.png")

alpha = Image.fromarray(rng.integers(0, 256, (48, 61), dtype=np.uint8))
rgba = photo.copy()
rgba.putalpha(alpha)
rgba.save(OUT / "rgba.png")
white = Image.new("RGB", photo.size, (255, 255, 255))
white.paste(photo, mask=alpha)
crop(32)(white).save(OUT / "rgba_crop_32x32.png")

deep = rng.integers(0, 65536, (20, 18), dtype=np.uint16)
Image.fromarray(deep).save(OUT / "grey16.png")
eight = Image.fromarray(np.rint(deep / 257).astype(np.uint8))
crop(9)(eight).save(OUT / "grey16_crop_9x9.png")

# The pixels as a camera stores them, so that each orientation shows the same upright picture.
y, x = np.mgrid[:16, :24]
upright = Image.fromarray(np.stack([10 * x, 15 * y, 5 * (x + y)], -1).astype(np.uint8))
upright.save(OUT / "upright.png")
T = Image.Transpose
STORED = [None, T.FLIP_LEFT_RIGHT, T.ROTATE_180, T.FLIP_TOP_BOTTOM, T.TRANSPOSE, T.ROTATE_90, T.TRANSVERSE, T.ROTATE_270]
for orientation, stored in enumerate(STORED, 1):
    image = upright.transpose(stored) if stored is not None else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(OUT / f"orientation_{orientation}.jpg", quality=95, subsampling=0, exif=exif)
    seen = ImageOps.exif_transpose(Image.open(OUT / f"orientation_{orientation}.jpg"))
    assert np.abs(np.asarray(seen, int) - np.asarray(upright, int)).max() <= 4, orientation
    if orientation == 6:
        image.save(OUT / "orientation_6.png", exif=exif)
        image.save(OUT / "orientation_6.webp", lossless=True, exif=exif)
        image.save(OUT / "orientation_6.tif", tiffinfo={0x0112: orientation})

upright.convert("CMYK").save(OUT / "cmyk.jpg", quality=95, subsampling=0)
Image.open(OUT / "cmyk.jpg").convert("RGB").save(OUT / "cmyk.png")

red, blue = (Image.new("RGB", (6, 5), colour) for colour in ["#ff0000", "#0000ff"])
red.save(OUT / "animated.gif", save_all=True, append_images=[blue])
red.save(OUT / "animated.webp", save_all=True, append_images=[blue], lossless=True)
