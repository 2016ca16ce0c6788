"""Makes optimizers.json and cross_entropy.json with PyTorch: `python make.py`, in this folder. Written with PyTorch 2."""
import json
import torch

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
weight, gradients = torch.randn(3, 2), [torch.randn(3, 2) for _ in range(6)]


def run(make):
    w = torch.nn.Parameter(weight.clone())
    optimizer, weights = make([w]), []
    for g in gradients:
        w.grad = g.clone()
        optimizer.step()
        weights.append(w.detach().flatten().tolist())
    return weights


cases = {
    "sgd": run(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.01)),
    "plain_sgd": run(lambda p: torch.optim.SGD(p, lr=0.1)),
    "adam": run(lambda p: torch.optim.Adam(p, lr=0.01, weight_decay=0.01)),
}
flat = lambda ts: [t.flatten().tolist() for t in ts]
json.dump({"weight": weight.flatten().tolist(), "gradients": flat(gradients), "weights_after_each_step": cases}, open("optimizers.json", "w"), indent=1)

scores = (3 * torch.randn(5, 4)).requires_grad_()
labels = torch.tensor([3, 0, 1, 1, 2])
loss = torch.nn.functional.cross_entropy(scores, labels)
loss.backward()
soft = torch.softmax(torch.randn(5, 4), 1)
soft_scores = scores.detach().clone().requires_grad_()
soft_loss = torch.nn.functional.cross_entropy(soft_scores, soft)
soft_loss.backward()
json.dump(
    {
        "scores": flat(scores.detach()),
        "labels": labels.tolist(),
        "loss": loss.item(),
        "gradient": flat(scores.grad),
        "soft_labels": flat(soft),
        "soft_loss": soft_loss.item(),
        "soft_gradient": flat(soft_scores.grad),
    },
    open("cross_entropy.json", "w"),
    indent=1,
)
