"""Compares exported models with `zunder predict`: `python check.py cases.json`. Needs onnx, onnxruntime, numpy and pillow.

A case has `name`, `onnx` (the folder of an ONNX export), `shape`, and one of these:

- `pixels`: a file of 8-bit images, and `scores`: the probabilities (or scores) of each by `predict`; `pytorch`: the folder of an
  export for PyTorch, which is compared too if PyTorch is installed
- `pictures`: image files, `pixels`: the file of their decoded pixels, and `scores`; an empty list for a file that `predict`
  refuses

Prints one line for each case; ends with 1 if one differs by more than the limit.
"""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime

# The largest difference of a probability, where the pixels are the same and where the decoders of JPEG and WebP differ.
SAME, LOSSY = 1e-5, 5e-3
# The largest mean and single difference of levels for the latter.
LEVELS, LEVEL = 0.3, 10
failures = []


def expect(condition, message):
    if not condition:
        failures.append(message)
        print("FAILED", message)


def session(case):
    path = Path(case["onnx"]) / "model.onnx"
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    expect(model.opset_import[0].version == 17 and not model.opset_import[0].domain, f"{path}: opset")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    expect(json.loads(metadata["preprocessing"]) == json.loads((path.parent / "preprocessing.json").read_text()), f"{path}: metadata")
    expect(json.loads(metadata["classes"]) == case["classes"], f"{path}: classes")
    return session


def answers(session, images):
    output = session.get_outputs()[-1].name
    return session.run([output], {"images": images})[0]


def preprocessing(folder):
    """The module in an export, as a user imports it."""
    spec = importlib.util.spec_from_file_location("preprocessing", Path(folder) / "preprocessing.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, module.Preprocessing(folder)


def torch_answers(case, images):
    """What the model.py of an export says; None without PyTorch."""
    if importlib.util.find_spec("torch") is None:
        return None
    import torch

    if case["pytorch"] not in sys.path:
        sys.path.insert(0, case["pytorch"])
    from model import load

    model = load(case["pytorch"])
    with torch.no_grad():
        scores = model(torch.from_numpy(images))
    return (scores.softmax(1) if model.loss is None else scores).numpy()


def relative(got, expected):
    """The largest difference. Scores that are no probabilities may be large."""
    return float((np.abs(got - expected) / np.maximum(1, np.abs(expected))).max())


def check_views(case, module, steps):
    """The views of test-time augmentation against those of NumPy and against the graph."""
    network = [tensor.name for tensor in onnx.load(Path(case["onnx"]) / "model.onnx").graph.node if "output.weight" in tensor.input]
    expect(len(network) == len(steps.views) == len(set(steps.views)), f"{case['name']}: {len(network)} views")
    for side in (4, 9):
        for shift in range(-3, 4):
            padded = np.pad(np.arange(side), 3, mode="reflect")[3 + shift : 3 + shift + side]
            expect((module.reflected(shift, side) == padded).all(), f"{side} pixels, shift {shift}")


def check_images(case):
    images = np.fromfile(case["pixels"], np.uint8).reshape(-1, *case["shape"])
    expected = np.array(case["scores"], np.float64)
    onnx_session = session(case)
    check_views(case, *preprocessing(case["onnx"]))
    worst = 0.0
    for n in (1, 3, len(images)):
        got = answers(onnx_session, images[:n])
        worst = max(worst, relative(got, expected[:n]))
    expect(worst <= SAME, f"{case['name']}: differs by {worst}")
    by_torch = torch_answers(case, images)
    of_torch = relative(by_torch, expected) if by_torch is not None else 0.0
    expect(of_torch <= SAME, f"{case['name']}: differs by {of_torch} in PyTorch")
    print(f"{case['name']}\t{worst:.1e}\t{'no PyTorch' if by_torch is None else f'{of_torch:.1e}'}")


def check_pictures(case):
    onnx_session = session(case)
    module, steps = preprocessing(case["onnx"])
    pixels = np.fromfile(case["pixels"], np.uint8).reshape(-1, *case["shape"])
    expect(steps.shape == tuple(case["shape"]), f"{case['name']}: shape {steps.shape}")
    worst, turns, compared, lossy_levels = {True: 0.0, False: 0.0}, 0, iter(pixels), []
    for file, scores in zip(case["pictures"], case["scores"]):
        name, lossy, refused = f"{case['name']}: {Path(file).name}", "lossy" in Path(file).name, "refused" in Path(file).name
        wanted = next(compared) if scores else None
        try:
            got = steps.read([file])
        except module.Refused as error:
            expect(refused, f"{name}: {error}")
            continue
        expect(not refused, f"{name}: is read, expected a refusal")
        if wanted is None:
            print(f"{name}: predict refuses it")
            continue
        levels = np.abs(got[0].astype(int) - wanted)
        if lossy:
            lossy_levels.append((levels.mean(), levels.max()))
            expect(levels.mean() <= LEVELS and levels.max() <= LEVEL, f"{name}: levels differ by {levels.mean():.2f}, at most {levels.max()}")
        else:
            expect(levels.max() == 0, f"{name}: levels differ by up to {levels.max()}")
        answer = answers(onnx_session, got)[0]
        difference = float(np.abs(answer - np.array(scores)).max())
        worst[lossy] = max(worst[lossy], difference)
        turns += int(answer.argmax() != int(np.argmax(scores)))
    expect(worst[False] <= SAME and worst[True] <= LOSSY, f"{case['name']}: differs by {worst}")
    mean, most = np.array(lossy_levels).max(axis=0)
    print(f"{case['name']}\t{worst[False]:.1e}\tlossy {worst[True]:.1e}, levels by {mean:.2f}, at most {most:.0f}\t{turns} other classes")


def main():
    for case in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")):
        (check_pictures if "pictures" in case else check_images)(case)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
