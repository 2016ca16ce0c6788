"""Makes optimizers.json and cross_entropy.json with PyTorch, and Lion's case with NumPy by the paper's algorithm 2: `python make.py`, in this folder. Written with PyTorch 2.15."""
import json
import numpy
import torch

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)
flat = lambda ts: [t.flatten().tolist() for t in ts]
weight, weight_gradients = torch.randn(3, 2), [torch.randn(3, 2) for _ in range(6)]
# A generator of their own: the draws of the cross-entropy below come after those above.
own = torch.Generator().manual_seed(8)
bias, bias_gradients = torch.randn(2, generator=own), [torch.randn(2, generator=own) for _ in range(6)]
start, gradients = [weight, bias], list(zip(weight_gradients, bias_gradients))

cases = []


def case(optimizer, step, clip_value=None, clip_norm=None, batch_weights=None):
    """The parameters after each update. Without batch weights each gradient makes one; with some, as many gradients as there are make one, by their weighted mean."""
    parameters = [torch.nn.Parameter(p.clone()) for p in start]
    update = step(parameters)
    steps, batches = [], batch_weights or [1.0]
    for i in range(0, len(gradients), len(batches)):
        for j, p in enumerate(parameters):
            p.grad = sum(b * gradients[i + k][j] for k, b in enumerate(batches)) / sum(batches)
        if clip_value is not None:
            torch.nn.utils.clip_grad_value_(parameters, clip_value)
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(parameters, clip_norm)
        update()
        steps.append({"weight": parameters[0].flatten().tolist(), "bias": parameters[1].flatten().tolist()})
    cases.append({"optimizer": optimizer, "clip_value": clip_value, "clip_norm": clip_norm, "batch_weights": batch_weights, "steps": steps})


def torch_step(make, lr, decay=0.0, decoupled=False, decay_all=False, **settings):
    """PyTorch's optimiser; a decoupled decay, which most of its optimisers lack, goes before it."""

    def of(parameters):
        inside = 0.0 if decoupled else decay
        groups = [{"params": parameters[:1], "weight_decay": inside}, {"params": parameters[1:], "weight_decay": inside if decay_all else 0.0}]
        optimizer = make(groups, lr=lr, **settings)

        def step():
            with torch.no_grad():
                for p in parameters if decay_all else parameters[:1]:
                    p.mul_(1 - lr * decay if decoupled else 1)
            optimizer.step()

        return step

    return of


def lion_step(lr, decay, beta_1=0.9, beta_2=0.99):
    def of(parameters):
        m = [numpy.zeros(p.shape) for p in parameters]

        def step():
            for i, p in enumerate(parameters):
                g, w = p.grad.numpy(), p.detach().numpy()
                update = numpy.sign(beta_1 * m[i] + (1 - beta_1) * g)
                m[i] = beta_2 * m[i] + (1 - beta_2) * g
                p.data = torch.from_numpy(w - lr * (update + (decay if i == 0 else 0.0) * w))

        return step

    return of


o = torch.optim
sgd = torch_step(o.SGD, 0.1, 0.01, momentum=0.9)
adam = torch_step(o.Adam, 0.01, 0.01)
case({"name": "sgd", "lr": 0.1, "momentum": 0.0}, torch_step(o.SGD, 0.1))
case({"name": "sgd", "lr": 0.1, "weight_decay": 0.01}, sgd)
case({"name": "sgd", "lr": 0.1, "weight_decay": 0.01, "decay_all": True}, torch_step(o.SGD, 0.1, 0.01, decay_all=True, momentum=0.9))
case({"name": "sgd", "lr": 0.1, "weight_decay": 0.3, "decoupled": True}, torch_step(o.SGD, 0.1, 0.3, True, momentum=0.9))
case({"name": "nesterov", "lr": 0.1, "weight_decay": 0.01}, torch_step(o.SGD, 0.1, 0.01, momentum=0.9, nesterov=True))
case({"name": "adagrad", "weight_decay": 0.01}, torch_step(o.Adagrad, 0.01, 0.01))
case({"name": "adagrad", "lr": 0.1, "weight_decay": 0.3, "decoupled": True}, torch_step(o.Adagrad, 0.1, 0.3, True))
case({"name": "rmsprop", "weight_decay": 0.01}, torch_step(o.RMSprop, 0.001, 0.01, alpha=0.9))
case({"name": "rmsprop", "lr": 0.01, "rho": 0.99}, torch_step(o.RMSprop, 0.01))
case({"name": "adam", "lr": 0.01, "weight_decay": 0.01}, adam)
case({"name": "adam", "lr": 0.01, "weight_decay": 0.3, "decoupled": True}, torch_step(o.Adam, 0.01, 0.3, True))
# PyTorch's own AdamW, with its own decay: on all parameters, and the default one.
case({"name": "adamw", "decay_all": True}, lambda p: o.AdamW(p).step)
case({"name": "adamw", "lr": 0.01, "weight_decay": 0.3}, torch_step(o.AdamW, 0.01, 0.3))
case({"name": "lion", "lr": 0.01, "weight_decay": 0.3}, lion_step(0.01, 0.3))
case({"name": "lion"}, lion_step(0.0001, 0.0))
case({"name": "sgd", "lr": 0.1, "weight_decay": 0.01}, sgd, clip_norm=1.5)
case({"name": "sgd", "lr": 0.1, "weight_decay": 0.01}, sgd, clip_norm=100.0)
case({"name": "sgd", "lr": 0.1, "weight_decay": 0.01}, sgd, clip_value=0.4)
case({"name": "adam", "lr": 0.01, "weight_decay": 0.01}, adam, clip_value=0.4, clip_norm=0.9)
case({"name": "sgd", "lr": 0.1, "weight_decay": 0.01}, sgd, batch_weights=[128.0, 128.0])
case({"name": "adam", "lr": 0.01, "weight_decay": 0.01}, adam, clip_norm=0.5, batch_weights=[128.0, 64.0, 32.0])
case({"name": "lion", "lr": 0.01, "weight_decay": 0.3}, lion_step(0.01, 0.3), clip_value=0.4, batch_weights=[3.0, 1.0])
parameters = lambda ps: {"weight": ps[0].flatten().tolist(), "bias": ps[1].flatten().tolist()}
json.dump({"start": parameters(start), "gradients": [parameters(g) for g in gradients], "cases": cases}, open("optimizers.json", "w"), indent=1)

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
