"""One training step in PyTorch, as `cargo bench -p zunder --bench step` measures it here: the same models, one batch that stays the same, the median step.

    python pytorch_step.py eager|best|eager-bf16|best-bf16 [mlp-128-sgd ...]      # needs torch; best, a fused optimiser and torch.compile, also g++ and Python's headers

Two threads, 32-bit floats, the loss read after each step. The modes with bf16 compute products
under torch.autocast.
"""

import sys
import time

import torch
from torch import nn

torch.manual_seed(1)
torch.set_num_threads(2)
WARM_UP = 5


class Block(nn.Module):
    def __init__(self, width, hidden, dropout):
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, hidden)
        self.project = nn.Linear(hidden, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x):
        return x + self.project(self.dropout(torch.relu(self.expand(self.norm(x)))))


def linear():
    return nn.Linear(3072, 10)


def mlp():
    sizes, layers = [3072, 1024, 512], []
    for inputs, units in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, units, bias=False), nn.BatchNorm1d(units), nn.ReLU(), nn.Dropout(0.2)]
    return nn.Sequential(*layers, nn.Linear(512, 10))


def residual():
    blocks = [Block(512, 1024, 0.2) for _ in range(4)]
    return nn.Sequential(nn.Linear(3072, 512), *blocks, nn.LayerNorm(512), nn.Linear(512, 10))


def median(model, batch, rule, best, half, steps):
    fused = {"fused": True} if best else {}
    if rule == "adam":
        optimizer = torch.optim.Adam(model.parameters(), 1e-3, **fused)
    else:
        optimizer = torch.optim.SGD(model.parameters(), 0.05, momentum=0.9, **fused)
    loss_of = nn.CrossEntropyLoss()
    step = lambda x, y: loss_of(model(x), y)
    if half:
        inner = step
        def step(x, y):
            with torch.autocast("cpu", torch.bfloat16):
                return inner(x, y)
    if best:
        step = torch.compile(step)
    x, y = torch.randn(batch, 3072), torch.arange(batch) % 10
    times = []
    for _ in range(WARM_UP + steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        loss = step(x, y)
        loss.backward()
        optimizer.step()
        loss.item()
        times.append(time.perf_counter() - start)
    return sorted(times[WARM_UP:])[steps // 2]


mode, wanted = sys.argv[1], sys.argv[2:]
for make in (linear, mlp, residual):
    for batch in (128, 512):
        for rule in ("sgd", "adam"):
            case = f"{make.__name__}-{batch}-{rule}"
            if wanted and not any(name in case for name in wanted):
                continue
            seconds = median(make(), batch, rule, mode.startswith("best"), mode.endswith("bf16"), 300 if make is linear else 40)
            print(f"{case}: {1e3 * seconds:.3f} ms, {batch / seconds:.0f} images/s", flush=True)
