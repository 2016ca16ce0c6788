"""The peer of one augmented epoch: PyTorch, its DataLoader with two workers and torchvision's v2 transforms, on CIFAR-10.

usage: pytorch_augmented_epoch.py DATA_DIR [none|light|standard] (the .bin files; needs torch, torchvision, numpy)
Beside it: zunder train-cifar --augment PRESET --epochs 1 --plain, whose metrics.csv says the seconds of the epoch without validation.
"""
import sys, time
import numpy as np, torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

torch.set_num_threads(2)
preset = sys.argv[2] if len(sys.argv) > 2 else "standard"
raw = np.concatenate([np.fromfile(f"{sys.argv[1]}/data_batch_{i}.bin", np.uint8).reshape(-1, 3073) for i in range(1, 6)])[:45000]
images, labels = torch.from_numpy(raw[:, 1:].reshape(-1, 3, 32, 32).copy()), raw[:, 0].astype(np.int64)
bilinear = v2.InterpolationMode.BILINEAR
steps = {"none": [], "light": [v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip()]}
steps["standard"] = steps["light"] + [v2.RandomAffine(10, scale=(0.9, 1.1), interpolation=bilinear), v2.ColorJitter(0.2, 0.2, 0.2)]
end = [v2.ToDtype(torch.float32, scale=True), v2.Normalize((0.4914, 0.4822, 0.4465), (0.247, 0.2435, 0.2616))]
transform = v2.Compose(steps[preset] + end)


class Images(Dataset):
    def __len__(self):
        return len(images)

    def __getitem__(self, i):
        return transform(images[i]), labels[i]


def layer(i, o):
    return [nn.Linear(i, o), nn.BatchNorm1d(o), nn.ReLU(), nn.Dropout(0.2)]


model = nn.Sequential(nn.Flatten(), *layer(3072, 1024), *layer(1024, 512), nn.Linear(512, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=5e-4)
start = time.time()
for x, y in DataLoader(Images(), 128, shuffle=True, num_workers=2, drop_last=True):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x), y).backward()
    optimizer.step()
print(f"{preset}: {time.time() - start:.2f} s")
