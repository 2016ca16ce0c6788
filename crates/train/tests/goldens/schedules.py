"""Makes schedules.json with PyTorch: `python schedules.py`, in this folder. Written with PyTorch 2.15.

6 epochs of 7 updates. PyTorch's epoch-wise schedules step after each epoch, the others after each update. PyTorch's plateau waits one epoch more for the same patience, and its one-cycle's last
rate is a multiple of the first one.
"""
import json
import math
import warnings
import torch
from torch.optim import lr_scheduler as lrs

warnings.filterwarnings("ignore")
BASE, UPDATES, EPOCHS = 0.2, 7, 6
T = UPDATES * EPOCHS


def optimizer():
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=BASE, momentum=0.9)


def rates(make, per_epoch=False):
    o = optimizer()
    s, out = make(o), []
    for k in range(T):
        out.append(o.param_groups[0]["lr"])
        o.step()
        if not per_epoch or k % UPDATES == UPDATES - 1:
            s.step()
    return out


def plateau(losses, **settings):
    o = optimizer()
    s, out = lrs.ReduceLROnPlateau(o, threshold_mode="abs", eps=0.0, **settings), []
    for loss in losses:
        s.step(loss)
        out.append(o.param_groups[0]["lr"])
    return out


cosine = lambda o: lrs.CosineAnnealingLR(o, T)
warmup = lambda f, n: rates(lambda o: lrs.LinearLR(o, f, 1.0, n))
times = lambda a, b: [x * y / BASE for x, y in zip(a, b)]
step = rates(lambda o: lrs.StepLR(o, 2, 0.5), True)
cases = [
    ({"name": "constant"}, [BASE] * T),
    ({"name": "step", "factor": 0.5, "every": 2}, step),
    ({"name": "multi-step", "milestones": [1, 4]}, rates(lambda o: lrs.MultiStepLR(o, [1, 4]), True)),
    ({"name": "multi-step", "factor": 0.3}, rates(lambda o: lrs.MultiStepLR(o, [3, 4], 0.3), True)),
    ({"name": "linear", "end_factor": 0.1}, rates(lambda o: lrs.LinearLR(o, 1.0, 0.1, T))),
    ({"name": "linear", "epochs": 2}, rates(lambda o: lrs.LinearLR(o, 1.0, 0.0, 2 * UPDATES))),
    ({"name": "exponential", "gamma": 0.01}, rates(lambda o: lrs.ExponentialLR(o, math.exp(-0.01)))),
    ({"name": "exponential", "end_factor": 0.05}, rates(lambda o: lrs.ExponentialLR(o, 0.05 ** (1 / T)))),
    ({"name": "cosine"}, rates(cosine)),
    ({"name": "cosine", "end_factor": 0.1}, rates(lambda o: lrs.CosineAnnealingLR(o, T, 0.1 * BASE))),
    ({"name": "cosine-restarts", "epochs": 2}, rates(lambda o: lrs.CosineAnnealingWarmRestarts(o, 2 * UPDATES, 2))),
    (
        {"name": "cosine-restarts", "epochs": 2, "growth": 1, "end_factor": 0.1},
        rates(lambda o: lrs.CosineAnnealingWarmRestarts(o, 2 * UPDATES, 1, 0.1 * BASE)),
    ),
    ({"name": "cosine", "warmup_epochs": 2, "warmup_factor": 0.1}, times(rates(cosine), warmup(0.1, 2 * UPDATES))),
    ({"name": "step", "factor": 0.5, "every": 2, "warmup_epochs": 3, "warmup_factor": 0.25}, times(step, warmup(0.25, 3 * UPDATES))),
]


def cycle(**settings):
    o = optimizer()
    s, out = lrs.OneCycleLR(o, BASE, total_steps=T, cycle_momentum=False, **settings), []
    for k in range(T):
        out.append(o.param_groups[0]["lr"])
        if k < T - 1:
            o.step()
            s.step()
    return out


cases += [
    ({"name": "one-cycle"}, cycle()),
    ({"name": "one-cycle", "rise": 0.45, "start_factor": 0.1, "end_factor": 0.001}, cycle(pct_start=0.45, div_factor=10, final_div_factor=100)),
]
losses = [2.0, 1.5, 1.6, 1.55, 1.2, 1.19, 1.3, 1.25, 1.21, 1.4, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 0.9, 0.95, 0.94, 0.93, 0.92]
settings = [
    ({"name": "plateau", "patience": 2}, dict(patience=1, threshold=0.0)),
    ({"name": "plateau", "patience": 1, "factor": 0.5, "min_delta": 0.05, "cooldown": 2}, dict(patience=0, factor=0.5, threshold=0.05, cooldown=2)),
    ({"name": "plateau", "patience": 2, "factor": 0.5, "min_factor": 0.2}, dict(patience=1, factor=0.5, threshold=0.0, min_lr=0.2 * BASE)),
]
json.dump(
    {
        "base": BASE,
        "updates_per_epoch": UPDATES,
        "epochs": EPOCHS,
        "cases": [{"schedule": c, "rates": r} for c, r in cases],
        "validation_losses": losses,
        "plateaus": [{"schedule": c, "rates": plateau(losses, **s)} for c, s in settings],
    },
    open("schedules.json", "w"),
    indent=1,
)
