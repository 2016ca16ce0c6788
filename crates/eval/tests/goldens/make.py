"""Writes goldens.json beside this file: what scikit-learn 1.9.1 and SciPy 1.17.1 say about made-up predictions."""

import json
import math
import pathlib
import warnings

import numpy as np
from scipy.stats import binomtest
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, precision_recall_fscore_support, top_k_accuracy_score

# Of classes without samples, and of scores that are not defined.
warnings.filterwarnings("ignore")

# zunder-eval has None where a denominator is 0; a NaN here becomes null, which is that.
UNDEFINED = float("nan")


def as_json(value):
    """The same value without numbers of numpy, and with None in place of NaN."""
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [as_json(inner) for inner in value]
    if isinstance(value, (float, np.floating)):
        return None if math.isnan(value) else float(value)
    return int(value) if isinstance(value, np.integer) else value

rng = np.random.default_rng(7)


def softmax(scores):
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).astype(np.float32)


def mean_loss(truth, p):
    # In double precision, but clipped where scikit-learn clips float32.
    clipped = np.clip(p.astype(np.float64), np.finfo(np.float32).eps, 1)
    loss = np.mean(-np.log(clipped[np.arange(len(truth)), truth]))
    assert abs(loss - log_loss(truth, p, labels=np.arange(p.shape[1]))) < 1e-6
    return float(loss)


def brier(truth, p):
    p = p.astype(np.float64)
    if p.shape[1] == 2:
        return float(metrics.brier_score_loss(truth, p[:, 1], pos_label=1))
    return float(metrics.brier_score_loss(truth, p, labels=np.arange(p.shape[1])))


def rankings(truth, p):
    """Each class against the rest, and all decisions together."""
    n_classes = p.shape[1]
    one_hot = np.eye(n_classes, dtype=int)[truth]
    grid = np.arange(11) / 10
    classes, supports, on_grid = [], [], []
    for c in range(n_classes):
        y, score = one_hot[:, c], p[:, c]
        kinds = set(y)
        if 1 not in kinds:
            classes.append(None)
            continue
        auc = UNDEFINED
        if 0 in kinds:
            fpr, tpr, _ = metrics.roc_curve(y, score)
            on_grid.append(np.interp(grid, fpr, tpr))
            auc = metrics.roc_auc_score(y, score)
        supports.append(int(y.sum()))
        classes.append([auc, metrics.average_precision_score(y, score)])
    ranked = np.array([c for c in classes if c is not None]).reshape(-1, 2)
    all_of_them = (one_hot.ravel(), p.ravel())

    def mean(column, weights):
        defined = ~np.isnan(column)
        return np.average(column[defined], weights=weights[defined]) if defined.any() else UNDEFINED

    supports = np.array(supports)
    return {
        "classes": classes,
        "macro_scores": [mean(column, np.ones(len(column))) for column in ranked.T],
        "weighted_scores": [mean(column, supports) for column in ranked.T],
        "micro_scores": [
            float(metrics.roc_auc_score(*all_of_them)),
            float(metrics.average_precision_score(*all_of_them)),
        ],
        "macro_roc": np.mean(on_grid, axis=0).tolist() if on_grid else [],
    }


def curves(truth, p):
    """All points of each class, from the highest threshold down; the first one, where nothing is positive, has no finite threshold."""
    result = []
    for c in range(p.shape[1]):
        y = truth == c
        fpr, tpr, thresholds = metrics.roc_curve(y, p[:, c], drop_intermediate=False)
        precision, recall, _ = metrics.precision_recall_curve(y, p[:, c])
        points = [fpr, tpr, precision[::-1], recall[::-1]]
        result.append([[float(x) for x in thresholds[1:]], *[[float(x) for x in points] for points in points]])
    return result


def measures(truth, p):
    labels = np.arange(p.shape[1])
    predicted = p.argmax(axis=1)

    def scores(average, beta):
        s = precision_recall_fscore_support(
            truth, predicted, beta=beta, labels=labels, average=average, zero_division=np.nan
        )
        s = [np.asarray(x) for x in s[:3]]
        if average == "weighted":
            # scikit-learn falls back to the plain mean where the weights of all scores that are defined are 0: 0/0 too.
            support = np.bincount(truth, minlength=len(labels))
            single = scores(None, beta)
            s = [mean if support[~np.isnan(x)].sum() > 0 else UNDEFINED for mean, x in zip(s, single, strict=True)]
        return s

    def matrix(normalize):
        return confusion_matrix(truth, predicted, labels=labels, normalize=normalize)

    def rates(normalize, axis):
        # scikit-learn has 0 for 0/0 here.
        empty = matrix(None).sum(axis=axis, keepdims=True) == 0
        return np.where(empty, UNDEFINED, matrix(normalize))

    # scikit-learn has 0 for 0/0 here.
    varied = min(len(set(truth)), len(set(predicted))) > 1
    matthews = metrics.matthews_corrcoef(truth, predicted) if varied else UNDEFINED
    ks = [k for k in (1, 2, 5) if k < len(labels) and len(labels) > 2]
    return {
        "confusion": matrix(None),
        "by_truth": rates("true", 1),
        "by_prediction": rates("pred", 0),
        "accuracy": float(accuracy_score(truth, predicted)),
        "zero_one": float(metrics.zero_one_loss(truth, predicted)),
        "balanced": float(metrics.balanced_accuracy_score(truth, predicted)),
        "matthews": matthews,
        "kappa": metrics.cohen_kappa_score(truth, predicted, labels=labels),
        "f_beta": [[beta, scores(None, beta)[2]] for beta in (0, 0.5, 1, 2, float(10))],
        "averages": {average: [*scores(average, 1), scores(average, 2)[2]] for average in ("macro", "micro", "weighted")},
        "top_k": [[k, float(top_k_accuracy_score(truth, p, k=k, labels=labels))] for k in ks],
        "log_loss": mean_loss(truth, p),
        "brier": brier(truth, p),
        "rankings": rankings(truth, p),
    }


def calibration(happened, p, n_bins, strategy):
    p = p.astype(np.float64)
    observed, predicted = calibration_curve(happened, p, n_bins=n_bins, strategy=strategy)
    edges = np.linspace(0, 1, n_bins + 1) if strategy == "uniform" else np.percentile(p, np.linspace(0, 1, n_bins + 1) * 100)
    n = np.bincount(np.searchsorted(edges[1:-1], p), minlength=n_bins)
    n = n[n > 0]
    error = np.abs(observed - predicted)
    return {
        "points": [n.tolist(), predicted.tolist(), observed.tolist()],
        "errors": [float((n / n.sum() * error).sum()), float(error.max())],
    }


def case(name, truth, p):
    n_classes = p.shape[1]
    labels = np.arange(n_classes)
    predicted = p.argmax(axis=1)
    scores = precision_recall_fscore_support(truth, predicted, labels=labels, zero_division=np.nan)
    macro = precision_recall_fscore_support(truth, predicted, labels=labels, average="macro", zero_division=np.nan)
    # Every case with classes that have both kinds of samples.
    with_curves = name in ("two classes", "ties and zeros")
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
        "log_loss": mean_loss(truth, p),
        "top_k": [[k, top_k_accuracy_score(truth, p, k=k, labels=labels)] for k in ks],
        "measures": measures(truth, p),
        "curves": curves(truth, p) if with_curves else None,
        "calibration": [
            [calibration(truth == 1, p[:, 1], 7, strategy), calibration(predicted == truth, p.max(axis=1), 10, strategy)]
            for strategy in ("uniform", "quantile")
        ]
        if len(set(truth == 1)) == 2
        else None,
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

truth, scores = random(20, 2, 1.0)
cases.append(case("a test part without the second class", np.zeros_like(truth), softmax(scores)))

truth, scores = random(20, 3, 1.0)
scores[:, 1] += 20
cases.append(case("all taken for one class", truth, softmax(scores)))

truth, scores = random(20, 3, 1.0)
scores[:, 2] += 20
cases.append(case("all taken for a class without samples", np.minimum(truth, 1), softmax(scores)))

truth, scores = random(10, 2, 1.0)
scores[:, 0] += 20
cases.append(case("one class in truth and in predictions", np.zeros_like(truth), softmax(scores)))

wilson = []
for successes, n in [(0, 1), (1, 1), (0, 20), (20, 20), (1, 20), (7, 13), (54, 100), (5430, 10000), (9999, 10000), (3, 10**9)]:
    for confidence in (0.5, 0.9, 0.95, 0.99, 0.999999):
        interval = binomtest(successes, n).proportion_ci(confidence, method="wilson")
        wilson.append([successes, n, confidence, float(interval.low), float(interval.high)])

mcnemar = []
for b, c in [(0, 0), (0, 1), (1, 0), (3, 17), (10, 300), (12, 12), (40, 41), (5000, 5300), (50000, 50800)]:
    mcnemar.append([b, c, float(binomtest(b, b + c).pvalue) if b + c else 1.0])

with open(pathlib.Path(__file__).with_name("goldens.json"), "w") as file:
    parts = ",\n".join(json.dumps(as_json(c), separators=(",", ":"), allow_nan=False) for c in cases)
    file.write('{"cases":[\n' + parts + '\n],\n"wilson":[\n' + ",\n".join(json.dumps(w) for w in wilson))
    file.write('\n],\n"mcnemar":[\n' + ",\n".join(json.dumps(m) for m in mcnemar) + "\n]}\n")
