"""Makes the whole JPEGs of tests/goldens/jpeg: kinds of coding, by Pillow, and separate scans by jpegtran."""
import io
import os
import subprocess

import numpy as np
from PIL import Image, TiffImagePlugin

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "jpeg")
os.makedirs(here, exist_ok=True)
y, x = np.mgrid[0:40, 0:52]
noise = np.random.default_rng(3).normal(0, 14, (40, 52, 3))
pixels = np.stack([128 + 90 * np.sin(x / 5 + y / 9), 4 * x + 0 * y, 255 - 5 * y + 0 * x], -1) + noise
image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def save(name, picture=image, **settings):
    picture.save(os.path.join(here, name + ".jpg"), "JPEG", **{"quality": 75, "subsampling": 2, **settings})


save("baseline")
save("optimised", subsampling=1, optimize=True, quality=90)
save("progressive", progressive=True)
save("restarts", restart_marker_blocks=2)
save("progressive_restarts", progressive=True, restart_marker_blocks=3)
save("inks", image.convert("CMYK"), subsampling=0)
# One scan a component, as some cameras write.
script = os.path.join(here, "scans.txt")
open(script, "w").write("0;\n1;\n2;\n")
plain = io.BytesIO()
image.save(plain, "JPEG", quality=75, subsampling=2)
command = ["jpegtran", "-scans", script, "-outfile", os.path.join(here, "scans.jpg")]
subprocess.run(command, input=plain.getvalue(), check=True)
os.remove(script)
TiffImagePlugin.STRIP_SIZE = 52 * 3 * 24
image.save(os.path.join(here, "strips.tif"), compression="jpeg", quality=75)
