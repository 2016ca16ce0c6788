"""The peer of examples/image_folder.rs: torchvision decodes and resizes a folder, with two workers.

python crates/data/benches/image_folder_torchvision.py DIR SIZE
"""

import sys
import time

import torch
from torch.utils.data import DataLoader
from torchvision.datasets import ImageFolder
from torchvision.transforms import CenterCrop, Compose, PILToTensor, Resize

if __name__ == "__main__":
    side = int(sys.argv[2])
    start = time.perf_counter()
    data = ImageFolder(sys.argv[1], Compose([Resize(side), CenterCrop(side), PILToTensor()]))
    images = torch.cat([images for images, _ in DataLoader(data, batch_size=128, num_workers=2)])
    seconds = time.perf_counter() - start
    print(f"{tuple(images.shape)} in {seconds:.3f} s, {len(images) / seconds:.0f} images/s")
