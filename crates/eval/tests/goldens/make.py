"""Writes goldens.json beside this file: what scikit-learn 1.9.1 and SciPy 1.17.1 say about made-up predictions."""

import json
import pathlib

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, precision_recall_fscore_support, top_k_accuracy_score

rng = np.random.default_rng(7)


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).astype(np.float32)


def case(name, truth, p):
    n_classes = p.shape[1]
    labels = np.arange(n_classes)
    predicted = p.argmax(axis=1)
    scores = precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=0)
    macro = precision_recall_fscore_support(truth, predicted, labels=labels, average="macro", zero_division=0)
    # In double precision, but clipped where scikit-learn clips float32.
    clipped = np.clip(p.astype(np.float64), np.finfo(np.float32).eps, 1)
    one_hot = np.eye(n_classes)[truth]
    loss = float(-(one_hot * np.log(clipped)).sum(axis=1).mean())
    assert abs(loss - log_loss(truth, p, labels=labels)) < 1e-6
    # scikit-learn defines top-k for three classes or more.
    ks = [k for k in (1, 2, 5) if k < n_classes and n_classes > 2]
    return {
        "name": name,
        "n_classes": n_classes,
        "truth": truth.tolist(),
        "probabilities": [float(x) for x in p.ravel()],
        "accuracy": accuracy_score(truth, predicted),
        "confusion": confusion_matrix(truth, predicted, labels=labels).tolist(),
        "precision": scores[0].tolist(),
        "recall": scores[1].tolist(),
        "f1": scores[2].tolist(),
        "support": [int(x) for x in scores[3]],
        "macro": [float(x) for x in macro[:3]],
        "log_loss": loss,
        "top_k": [[k, top_k_accuracy_score(truth, p, k=k, labels=labels)] for k in ks],
    }


def random(n, n_classes, skill):
    truth = rng.integers(n_classes, size=n)
    scores = rng.normal(size=(n, n_classes)) * 2
    scores[np.arange(n), truth] += skill
    return truth, scores


cases = []
truth, scores = random(80, 10, 1.5)
cases.append(case("random", truth, softmax(scores)))

truth, scores = random(40, 2, 1.0)
cases.append(case("two classes", truth, softmax(scores)))

truth, scores = random(40, 4, 1.0)
cases.append(case("a class missing in truth", np.where(truth == 2, 1, truth), softmax(scores)))

truth, scores = random(40, 4, 1.0)
scores[:, 3] = -9
cases.append(case("a class missing in predictions", truth, softmax(scores)))

truth, scores = random(40, 4, 1.0)
truth %= 3
scores[:, 3] = -9
cases.append(case("a class missing in both", truth, softmax(scores)))

truth, scores = random(30, 3, 0.0)
cases.append(case("all wrong", (scores.argmax(axis=1) + 1) % 3, softmax(scores)))

cases.append(case("a single sample", np.array([2]), np.array([[0.25, 0.25, 0.5]], dtype=np.float32)))

# Multiples of 1/8, so that many probabilities of a row are equal and some are 0.
p = rng.multinomial(8, np.full(6, 1 / 6), size=60).astype(np.float32) / 8
cases.append(case("ties and zeros", rng.integers(6, size=60), p))

wilson = []
for successes, n in [(0, 1), (1, 1), (0, 20), (20, 20), (1, 20), (7, 13), (54, 100), (5430, 10000), (9999, 10000), (3, 10**9)]:
    for confidence in (0.5, 0.9, 0.95, 0.99, 0.999999):
        interval = binomtest(successes, n).proportion_ci(confidence, method="wilson")
        wilson.append([successes, n, confidence, float(interval.low), float(interval.high)])

with open(pathlib.Path(__file__).with_name("goldens.json"), "w") as file:
    parts = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    file.write('{"cases":[\n' + parts + '\n],\n"wilson":[\n' + ",\n".join(json.dumps(w) for w in wilson) + "\n]}\n")
