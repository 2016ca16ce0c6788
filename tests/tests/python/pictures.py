"""Writes pictures of each kind that `zunder predict` reads: `python pictures.py FOLDER`. Needs numpy and pillow.

`lossy` in a name: another decoder may give levels that differ by a few of 255. `refused` in a name: preprocessing.py of an
export refuses the file.
"""

import io
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

OUT = Path(sys.argv[1])
SIZES = [(40, 30), (16, 12), (7, 90), (200, 3), (1, 1), (13, 13)]
RNG = np.random.default_rng(7)


def colours(width, height, channels, noise=12):
    """A smooth picture with some noise, [height, width, channels]."""
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 90 * np.sin(x / (3 + c) + c) * np.cos(y / (5 - c) + c) for c in range(channels)]
    return np.clip(np.stack(planes, axis=2) + RNG.normal(0, noise, (height, width, channels)), 0, 255).astype(np.uint8)


def image(mode, size, noise=12):
    if mode == "1":
        return Image.fromarray(colours(*size, 1, noise)[:, :, 0]).convert("1")
    if mode == "L":
        return Image.fromarray(colours(*size, 1, noise)[:, :, 0])
    if mode == "P":
        return Image.fromarray(colours(*size, 3, noise)).quantize(32)
    if mode in ("LA", "RGBA"):
        return Image.merge(mode, [Image.fromarray(plane) for plane in colours(*size, len(mode), noise).transpose(2, 0, 1).copy()])
    return Image.fromarray(colours(*size, 3, noise)).convert(mode)


def save(name, picture, **options):
    picture.save(OUT / name, **options)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png16(name, channels, size, transparent=None, most=65535):
    """A PNG file of 16 bits: 1 is grey, 2 grey and alpha, 3 RGB, 4 RGBA."""
    width, height = size
    samples = (colours(width, height, channels).astype(np.float64) / 255 * most).astype(np.uint16) ^ RNG.integers(0, 64, (height, width, channels)).astype(np.uint16)
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in samples)
    header = struct.pack(">IIBBBBB", width, height, 16, {1: 0, 2: 4, 3: 2, 4: 6}[channels], 0, 0, 0)
    clear = b"" if transparent is None else chunk(b"tRNS", struct.pack(">H", int(samples[transparent])))
    body = chunk(b"IHDR", header) + clear + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    (OUT / name).write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def exif(orientation):
    tags = Image.Exif()
    tags[274] = orientation
    return tags.tobytes()


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for width, height in SIZES:
        size, at = (width, height), f"{width}x{height}"
        for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
            save(f"{mode}-{at}.png", image(mode, size))
        for channels in (1, 2, 3, 4):
            png16(f"16-{channels}-{at}.png", channels, size)
        save(f"rgb-{at}.bmp", image("RGB", size))
        save(f"p-{at}.gif", image("P", size))
        save(f"rgb-{at}.tif", image("RGB", size))
        save(f"lossy-{at}.jpg", image("RGB", size, 2), quality=95)
    size = (40, 30)
    # Transparency.
    clear = image("RGBA", size)
    clear.putalpha(0)
    save("alpha-zeros.png", clear)
    save("key-rgb.png", image("RGB", size), transparency=image("RGB", (1, 1)).getpixel((0, 0)))
    grey = image("L", size)
    save("key-grey.png", grey, transparency=grey.getpixel((3, 3)))
    palette = image("P", size)
    save("key-p.png", palette, transparency=palette.getpixel((3, 3)))
    save("alpha-p.png", palette, transparency=bytes(range(0, 256, 8)))
    save("key-p.gif", palette, transparency=palette.getpixel((3, 3)))
    png16("key-16.png", 1, size, transparent=(3, 3, 0))
    png16("16-of-10.png", 1, size, most=1023)
    png16("16-rgb-of-10.png", 3, size, most=1023)
    # Orientation.
    for orientation in range(1, 9):
        save(f"turned-{orientation}.png", image("RGB", size), exif=exif(orientation))
        save(f"turned-lossy-{orientation}.jpg", image("RGB", size, 2), quality=95, exif=exif(orientation))
    save("turned.webp", image("RGB", size), lossless=True, exif=exif(6))
    for orientation in (3, 6, 7):
        save(f"turned-{orientation}.tif", image("RGB", size), tiffinfo={274: orientation})
    # Other kinds of each format.
    for mode in ("1", "L", "P", "RGBA"):
        save(f"{mode.lower()}.bmp", image(mode, size))
        save(f"{mode.lower()}.tif", image(mode, size))
    save("lzw.tif", image("RGB", size), compression="tiff_lzw")
    save("16.tif", Image.fromarray(np.frombuffer(RNG.bytes(2400), np.uint16).reshape(30, 40)))
    save("frames.gif", image("P", size), save_all=True, append_images=[image("P", size)])
    save("rgba.webp", image("RGBA", size), lossless=True, exact=True)
    save("lossy-rgb.webp", image("RGB", size, 2), quality=95)
    save("lossy-rgba.webp", image("RGBA", size, 2), quality=95, exact=True)
    save("lossy-grey.jpg", image("L", size, 2), quality=95)
    save("lossy-progressive.jpg", image("RGB", size, 2), quality=90, progressive=True)
    save("lossy-444.jpg", image("RGB", size, 2), quality=95, subsampling=0)
    # What Pillow does not read as Zunder does.
    save("refused-cmyk.jpg", image("RGB", size, 2).convert("CMYK"), quality=95)
    save("refused-float.tif", Image.fromarray(np.linspace(0, 1, 1200, dtype=np.float32).reshape(30, 40)))


if __name__ == "__main__":
    main()
