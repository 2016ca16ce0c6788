"""Holds an exported run against PyTorch: the same probabilities for CIFAR-10's test images, to 1e-5.

    zunder export RUN --out EXPORT
    python tests/export_in_pytorch.py EXPORT RUN/predictions.csv cifar-10-batches-bin/test_batch.bin
"""

import csv
import sys
from pathlib import Path

import numpy as np
import torch

export, predictions, batch = sys.argv[1:]
sys.path.insert(0, str(Path(export).resolve()))
from model import load  # noqa: E402

records = np.fromfile(batch, dtype=np.uint8).reshape(-1, 3073)
images = torch.from_numpy(records[:, 1:].reshape(-1, 3, 32, 32))
with torch.no_grad():
    ours = load(export)(images).softmax(1).numpy()
rows = list(csv.reader(open(predictions)))[1:]
theirs = np.array([[float(p) for p in row[3:]] for row in rows])
worst = np.abs(ours - theirs).max()
accuracy = (ours.argmax(1) == records[:, 0]).mean()
print(f"{len(rows)} images, accuracy {accuracy:.4f}, largest difference of a probability {worst:.2e}")
sys.exit(worst > 1e-5)
