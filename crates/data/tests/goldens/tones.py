"""Writes tones.json: what torchvision makes of two images by each change of tones, and the strengths of its RandAugment and TrivialAugmentWide.

python3 tones.py > tones.json  (torch 2.15, torchvision 0.29)
"""

import json

import torch
import torchvision.transforms.functional as F
from torchvision.transforms import RandAugment, TrivialAugmentWide

SHAPE = (3, 17, 19)


def images():
    """A smooth image of few dark levels, and noise of all levels."""
    g = torch.Generator().manual_seed(1)
    y, x = torch.meshgrid(torch.arange(SHAPE[1]), torch.arange(SHAPE[2]), indexing="ij")
    smooth = torch.stack([20 + 3 * y + x, 40 + 2 * x, 200 - 5 * y])
    return [smooth.to(torch.uint8), torch.randint(0, 256, SHAPE, generator=g).to(torch.uint8)]


CASES = {
    "posterise 4": lambda v: F.posterize(v, 4),
    "posterise 1": lambda v: F.posterize(v, 1),
    "solarise 0.5": lambda v: F.solarize(v, 127.5),
    "solarise 0": lambda v: F.solarize(v, 0),
    "auto_contrast": F.autocontrast,
    "equalise": F.equalize,
    "sharpness 0.1": lambda v: F.adjust_sharpness(v, 0.1),
    "sharpness 1.9": lambda v: F.adjust_sharpness(v, 1.9),
    "blur 0.7": lambda v: F.gaussian_blur(v, [7, 7], [0.7, 0.7]),
    "blur 2.5": lambda v: F.gaussian_blur(v, [17, 17], [2.5, 2.5]),
    "contrast 1.5": lambda v: F.adjust_contrast(v, 1.5),
}


def strengths(space, chosen):
    """Each operation's magnitude: the chosen one of those for 31 bins."""
    return {name: float(magnitudes[chosen]) if magnitudes.ndim else float(magnitudes) for name, (magnitudes, _) in space.items()}


print(
    json.dumps(
        {
            "shape": SHAPE,
            "images": [image.flatten().tolist() for image in images()],
            "cases": {name: [make(image).flatten().tolist() for image in images()] for name, make in CASES.items()},
            "rand": [strengths(RandAugment()._augmentation_space(31, (331, 331)), m) for m in (0, 9, 17, 30)],
            "wide": [strengths(TrivialAugmentWide()._augmentation_space(31), m) for m in (0, 9, 17, 30)],
        },
        separators=(",", ":"),
    )
)
