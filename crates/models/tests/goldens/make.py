"""Makes activations.json and residual_mlp.json with PyTorch: `python make.py`, in this folder. Written with PyTorch 2."""

import json

import torch
from torch import nn

torch.manual_seed(11)
torch.set_default_dtype(torch.float64)

ACTIVATIONS = {
    "identity": nn.Identity,
    "logistic": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky-relu": nn.LeakyReLU,
    "prelu": nn.PReLU,
    "swish": nn.SiLU,
    "gelu": nn.GELU,
}


def numbers(tensor):
    return [float(f"{v:.9g}") for v in tensor.flatten().tolist()]


x = torch.linspace(-6, 6, 32)
# No module computes the step function; its derivative is 0 on both sides.
activations = {"step": {"x": numbers(x), "y": numbers(torch.heaviside(x, torch.zeros(()))), "derivative": numbers(torch.zeros(32))}}
for name, activation in ACTIVATIONS.items():
    x = torch.linspace(-6, 6, 32).requires_grad_()
    y = activation()(x)
    y.sum().backward()
    activations[name] = {"x": numbers(x), "y": numbers(y), "derivative": numbers(x.grad)}
json.dump(activations, open("activations.json", "w"))

FEATURES, WIDTH, DEPTH, EXPANSION, CLASSES, IMAGES = 5, 4, 2, 2, 3, 6


class Block(nn.Module):
    def __init__(self, norm, activation):
        super().__init__()
        self.norm = norm(WIDTH)
        self.expand = nn.Linear(WIDTH, EXPANSION * WIDTH)
        self.activation = activation()
        self.project = nn.Linear(EXPANSION * WIDTH, WIDTH, bias=norm is nn.LayerNorm)

    def forward(self, x):
        return x + self.project(self.activation(self.expand(self.norm(x))))


class ResidualMlp(nn.Module):
    def __init__(self, norm, activation):
        super().__init__()
        self.embedding = nn.Linear(FEATURES, WIDTH, bias=norm is nn.LayerNorm)
        self.blocks = nn.ModuleList(Block(norm, activation) for _ in range(DEPTH))
        self.norm = norm(WIDTH)
        self.output = nn.Linear(WIDTH, CLASSES)

    def forward(self, x):
        x = self.embedding(x)
        for block in self.blocks:
            x = block(x)
        return self.output(self.norm(x))


def randomise(model):
    """Nothing at a value that hides a mistake, such as a scale of 1 or a bias of 0."""
    for parameter in model.parameters():
        parameter.data = 0.5 * torch.randn_like(parameter)
    for name, buffer in model.named_buffers():
        if name.endswith("running_mean"):
            buffer.copy_(0.3 * torch.randn_like(buffer))
        elif name.endswith("running_var"):
            buffer.copy_(0.5 + torch.rand_like(buffer))


cases = []
for norm, activation in [("layer", "gelu"), ("batch", "prelu"), ("layer", "swish")]:
    model = ResidualMlp({"layer": nn.LayerNorm, "batch": nn.BatchNorm1d}[norm], ACTIVATIONS[activation])
    randomise(model)
    tensors = {name: t.clone() for name, t in model.state_dict().items() if not name.endswith("num_batches_tracked")}
    x = torch.randn(IMAGES, FEATURES).requires_grad_()
    use = model.eval()(x)
    scores = model.train()(x)
    weights = torch.randn_like(scores)
    (scores * weights).sum().backward()
    cases.append(
        {
            "config": {"width": WIDTH, "depth": DEPTH, "expansion": EXPANSION, "norm": norm, "activation": activation, "dropout": 0.0},
            "tensors": {name: {"shape": list(t.shape), "values": numbers(t)} for name, t in tensors.items()},
            "input": numbers(x),
            "scores_in_use": numbers(use),
            "scores_in_training": numbers(scores),
            "gradient_of_scores": numbers(weights),
            "gradient_of_input": numbers(x.grad),
            "gradients": {name: numbers(p.grad) for name, p in model.named_parameters()},
        }
    )
json.dump(cases, open("residual_mlp.json", "w"))
