"""An exported Zunder model in PyTorch: `scores(uint8 images [N, C, H, W]) -> [N, classes]`.

    python model.py cat.jpg dog.png      # needs torch, numpy and pillow

    from model import load
    model = load("FOLDER")               # a torch.nn.Module, in evaluation mode
    images = model.read(["cat.jpg"])     # as `zunder predict` reads them
    save(model, "FOLDER")                # after a change; `zunder import FOLDER` is the way back
"""

import hashlib
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from preprocessing import Preprocessing, reflected

ACTIVATIONS = {
    "identity": nn.Identity,
    "logistic": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky-relu": nn.LeakyReLU,  # slope 0.01
    "prelu": nn.PReLU,
    "swish": nn.SiLU,
    "gelu": nn.GELU,
}
NORMS = {"layer": nn.LayerNorm, "batch": nn.BatchNorm1d}


class Dense(nn.Module):
    """A hidden layer: weighted sums, batch normalisation, activation."""

    def __init__(self, inputs, units, bias, norm, activation):
        super().__init__()
        self.linear = nn.Linear(inputs, units, bias=bias)
        self.norm = nn.BatchNorm1d(units) if norm else nn.Identity()
        self.activation = ACTIVATIONS[activation]()

    def forward(self, x):
        return self.activation(self.norm(self.linear(x)))


class Block(nn.Module):
    """A residual block: what it adds to its input is computed with more units inside."""

    def __init__(self, width, hidden, norm, activation, bias):
        super().__init__()
        self.norm = NORMS[norm](width)
        self.expand = nn.Linear(width, hidden)
        self.activation = ACTIVATIONS[activation]()
        self.project = nn.Linear(hidden, width, bias=bias)

    def forward(self, x):
        return x + self.project(self.activation(self.expand(self.norm(x))))


class Model(nn.Module):
    """What comes before the network, the same for every kind of it."""

    def __init__(self, description, preprocessing):
        super().__init__()
        self.classes, self.preprocessing = description["classes"], preprocessing
        self.features = int(np.prod(preprocessing.shape))
        # Named only where the softmax of the scores gives no probabilities.
        self.loss = description.get("loss", {}).get("name")
        for name in ("mean", "std"):
            values = torch.tensor(getattr(preprocessing, name)).reshape(1, -1, 1, 1)
            self.register_buffer(name, values, persistent=False)

    def read(self, files):
        """The 8-bit images of files, [N, channels, height, width]."""
        return torch.from_numpy(self.preprocessing.read(files))

    def forward(self, images):
        """Scores of 8-bit images, [N, channels, height, width] to [N, classes]; their softmax is the probabilities,
        unless `self.loss` names a loss of margins or distances."""
        x = (images.float() / 255 - self.mean) / self.std
        views = self.preprocessing.views  # test-time augmentation
        return sum(self.scores(self.view(x, *view).flatten(1)) for view in views) / len(views)

    def view(self, x, down, right, mirrored):
        """Images that are mirrored or not, and shifted by whole pixels; their border is reflected."""
        x = x.flip(3) if mirrored else x
        for axis, shift in ((2, down), (3, right)):
            if shift:
                x = x.index_select(axis, torch.from_numpy(reflected(shift, x.shape[axis])).to(x.device))
        return x


class Mlp(Model):
    """Hidden layers, one after the other; without any it is the linear classifier."""

    def __init__(self, description, preprocessing):
        super().__init__(description, preprocessing)
        layers = description.get("hidden", [])
        sizes = [self.features] + [layer["units"] for layer in layers]
        self.hidden = nn.ModuleList(
            Dense(inputs, layer["units"], layer["bias"], layer["batch_norm"], layer["activation"]) for inputs, layer in zip(sizes, layers)
        )
        self.output = nn.Linear(sizes[-1], len(self.classes))

    def scores(self, x):
        for layer in self.hidden:
            x = layer(x)
        return self.output(x)


class ResidualMlp(Model):
    """An embedding, residual blocks, then normalisation and scores."""

    def __init__(self, description, preprocessing):
        super().__init__(description, preprocessing)
        net = description["residual"]
        width, norm, bias = net["width"], net["norm"], net["bias"]
        self.embedding = nn.Linear(self.features, width, bias=bias)
        self.blocks = nn.ModuleList(Block(width, net["hidden"], norm, net["activation"], bias) for _ in range(net["depth"]))
        self.norm = NORMS[norm](width)
        self.output = nn.Linear(width, len(self.classes))

    def scores(self, x):
        x = self.embedding(x)
        for block in self.blocks:
            x = block(x)
        return self.output(self.norm(x))


def digest(note, tensors):
    """The SHA-256 of a note and of tensors by name, each a shape and its bytes."""
    hasher = hashlib.sha256(note.encode())
    for name in sorted(tensors):
        shape, body = tensors[name]
        hasher.update(f"\0{name}\0{'x'.join(str(size) for size in shape)}\0".encode())
        hasher.update(body)
    return hasher.hexdigest()


def read_safetensors(path):
    """A safetensors file of 32-bit floats: a length, a JSON header, the numbers."""
    data = Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    note, _, expected = header.pop("__metadata__", {}).get("zunder", "").rpartition("\nsha256 ")
    found = {name: (entry["shape"], body[slice(*entry["data_offsets"])]) for name, entry in header.items()}
    if expected and note and digest(note, found) != expected:
        raise ValueError(f"{path}: its content has another SHA-256 than {expected}, as the file says")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = torch.from_numpy(np.frombuffer(body[begin:end], dtype="<f4").reshape(entry["shape"]).copy())
    return tensors


def load(folder):
    folder = Path(folder)
    description = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    model = (ResidualMlp if "residual" in description else Mlp)(description, Preprocessing(folder))
    state = read_safetensors(folder / "model.safetensors")
    for name in model.state_dict():
        if name.endswith("num_batches_tracked"):
            state[name] = torch.tensor(0)  # PyTorch counts; the model does not need it
    model.load_state_dict(state)
    return model.eval()


def save(model, folder):
    """Writes a model's weights over those in a folder. Other classes or layers must be written into its model.json before."""
    state = {name: value for name, value in model.state_dict().items() if not name.endswith("num_batches_tracked")}
    bodies = {name: value.detach().cpu().float().numpy().astype("<f4").tobytes() for name, value in state.items()}
    hashes = (f"{name} " + hashlib.sha256((Path(folder) / name).read_bytes()).hexdigest() for name in ("model.json", "preprocessing.json"))
    note = f"export, {', '.join(hashes)}"
    hashed = digest(note, {name: (state[name].shape, body) for name, body in bodies.items()})
    header, end = {"__metadata__": {"zunder": f"{note}\nsha256 {hashed}"}}, 0
    for name, body in bodies.items():
        begin, end = end, end + len(body)
        header[name] = {"dtype": "F32", "shape": list(state[name].shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    (Path(folder) / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + b"".join(bodies.values()))


def main():
    model = load(Path(__file__).parent)
    for path in sys.argv[1:]:
        with torch.no_grad():
            scores = model(model.read([path]))[0]
        best = scores.argsort(descending=True)[:3].tolist()
        shown = [f"{p:.2%}" for p in scores.softmax(0)] if model.loss is None else [f"{score:.3f}" for score in scores]
        print(path, *(f"{model.classes[i]} {shown[i]}" for i in best), sep="  ")


if __name__ == "__main__":
    main()
