"""Makes losses.json with PyTorch: `python losses.py`, in this folder. Written with PyTorch 2.15.

PyTorch's hinge and squared error divide by the number of classes too; ours are C times them. With soft labels PyTorch divides a weighted cross-entropy by N; ours by the shares' weights.
"""
import json
import torch
import torch.nn.functional as F

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)
N, C = 6, 4
# Numbers that 32 bits hold exactly.
short = lambda t: t.float().double()
many, two = short(2 * torch.randn(N, C)), short(2 * torch.randn(N, 2))
labels, binary = torch.tensor([3, 0, 1, 1, 2, 0]), torch.tensor([1, 0, 0, 1, 1, 0])
shares, halves = short(torch.softmax(torch.randn(N, C), 1)), short(torch.softmax(torch.randn(N, 2), 1))
w, v = torch.tensor([0.5, 2.0, 1.0, 4.0]), torch.tensor([0.25, 3.0])
sign = lambda y: 2.0 * y - 1.0
one = lambda s: s[:, 1] - s[:, 0]
hinge_each = lambda s, p=1: torch.stack([C * F.multi_margin_loss(s, torch.full((N,), k), p=p, reduction="none") for k in range(C)], 1)
cases = []


def case(config, scores, target, loss):
    s = scores.clone().requires_grad_()
    value = loss(s)
    value.backward()
    kind = {"soft_labels": target.flatten().tolist()} if target.dim() == 2 else {"labels": target.tolist()}
    cases.append({"loss": config, "scores": s.flatten().tolist(), **kind, "value": value.item(), "gradient": s.grad.flatten().tolist()})


ce = "cross-entropy"
case({"name": ce, "label_smoothing": 0.1}, many, labels, lambda s: F.cross_entropy(s, labels, label_smoothing=0.1))
case({"name": ce, "class_weights": w.tolist()}, many, labels, lambda s: F.cross_entropy(s, labels, w))
case({"name": ce, "label_smoothing": 0.2, "class_weights": w.tolist()}, many, labels, lambda s: F.cross_entropy(s, labels, w, label_smoothing=0.2))
case({"name": ce, "label_smoothing": 0.1}, many, shares, lambda s: F.cross_entropy(s, shares, label_smoothing=0.1))
case(
    {"name": ce, "label_smoothing": 0.1, "class_weights": w.tolist()},
    many,
    shares,
    lambda s: F.cross_entropy(s, shares, w, label_smoothing=0.1, reduction="sum") / (shares * w).sum(),
)
case({"name": "hinge"}, many, labels, lambda s: C * F.multi_margin_loss(s, labels))
case({"name": "hinge", "class_weights": w.tolist()}, many, labels, lambda s: C * F.multi_margin_loss(s, labels, weight=w, reduction="sum") / w[labels].sum())
case({"name": "hinge"}, many, shares, lambda s: (hinge_each(s) * shares).sum() / N)
case({"name": "hinge", "class_weights": w.tolist()}, many, shares, lambda s: (hinge_each(s) * shares * w).sum() / (shares * w).sum())
case({"name": "squared-hinge"}, many, labels, lambda s: C * F.multi_margin_loss(s, labels, p=2))
case({"name": "squared-hinge", "class_weights": w.tolist()}, many, shares, lambda s: (hinge_each(s, 2) * shares * w).sum() / (shares * w).sum())
case({"name": "binary-hinge"}, two, binary, lambda s: F.hinge_embedding_loss(sign(binary) * one(s), -torch.ones(N)))
case({"name": "logistic"}, two, binary, lambda s: F.soft_margin_loss(one(s), sign(binary)))
case(
    {"name": "logistic", "class_weights": v.tolist()},
    two,
    binary,
    lambda s: (F.soft_margin_loss(one(s), sign(binary), reduction="none") * v[binary]).sum() / v[binary].sum(),
)
case({"name": "logistic"}, two, halves, lambda s: F.binary_cross_entropy_with_logits(one(s), halves[:, 1]))
case({"name": "squared-error"}, many, labels, lambda s: C * F.mse_loss(s, F.one_hot(labels, C).double()))
case({"name": "squared-error"}, many, shares, lambda s: C * F.mse_loss(s, shares))
json.dump(cases, open("losses.json", "w"), indent=1)
