"""The peer of metrics.rs: scikit-learn on a million samples with ten classes, each measure's best and worst time of three runs, by the clock and of the processor.

python crates/eval/benches/metrics_scikit_learn.py
"""

import time
import warnings

import numpy as np
from scipy.stats import binomtest
from sklearn import metrics
from sklearn.calibration import calibration_curve

warnings.filterwarnings("ignore")

SAMPLES, CLASSES = 1_000_000, 10
rng = np.random.default_rng(1)
truth = rng.integers(CLASSES, size=SAMPLES)
scores = rng.normal(size=(SAMPLES, CLASSES))
scores[np.arange(SAMPLES), truth] += 2
exp = np.exp(scores)
p = (exp / exp.sum(axis=1, keepdims=True)).astype(np.float32)
predicted = p.argmax(axis=1)
other = np.where(np.arange(SAMPLES) % 50 == 0, 0, predicted)
one_hot = np.eye(CLASSES, dtype=np.int8)[truth]
labels = np.arange(CLASSES)


def scores_of_labels():
    for average in (None, "macro", "micro", "weighted"):
        metrics.precision_recall_fscore_support(truth, predicted, average=average)
    metrics.accuracy_score(truth, predicted)
    metrics.balanced_accuracy_score(truth, predicted)
    metrics.matthews_corrcoef(truth, predicted)
    metrics.cohen_kappa_score(truth, predicted)
    metrics.zero_one_loss(truth, predicted)


def one_vs_rest():
    for y, score in [(one_hot[:, c], p[:, c]) for c in labels] + [(one_hot.ravel(), p.ravel())]:
        metrics.roc_curve(y, score)
        metrics.precision_recall_curve(y, score)
        metrics.roc_auc_score(y, score)
        metrics.average_precision_score(y, score)


def threshold():
    fpr, tpr, thresholds = metrics.roc_curve(one_hot[:, 1], p[:, 1], drop_intermediate=False)
    thresholds[np.argmax(tpr >= 0.95)]


def mcnemar():
    a, b = predicted == truth, other == truth
    only_a, only_b = int((a & ~b).sum()), int((~a & b).sum())
    binomtest(only_a, only_a + only_b)


jobs = {
    "confusion matrix": lambda: metrics.confusion_matrix(truth, predicted),
    "scores of the confusion matrix": scores_of_labels,
    "top-5": lambda: metrics.top_k_accuracy_score(truth, p, k=5),
    "log loss": lambda: metrics.log_loss(truth, p),
    "Brier score": lambda: metrics.brier_score_loss(truth, p, labels=labels),
    "calibration of the confidence": lambda: calibration_curve(predicted == truth, p.max(axis=1), n_bins=15),
    "calibration by quantiles": lambda: calibration_curve(one_hot[:, 1], p[:, 1], n_bins=15, strategy="quantile"),
    "AUC and average precision of one class": lambda: (
        metrics.roc_auc_score(one_hot[:, 1], p[:, 1]),
        metrics.average_precision_score(one_hot[:, 1], p[:, 1]),
    ),
    "threshold": threshold,
    "one vs rest, all curves": one_vs_rest,
    "McNemar": mcnemar,
}
# One class's areas are among those of all.
apart = {"AUC and average precision of one class"}

def span(times):
    return f"{min(times):.3f} to {max(times):.3f}"


total = []
for name, job in jobs.items():
    runs = []
    for _ in range(3):
        clock, processor = time.perf_counter(), time.process_time()
        job()
        runs.append((time.perf_counter() - clock, time.process_time() - processor))
    print(f"{name}: {span([run[0] for run in runs])} s, processor {span([run[1] for run in runs])} s", flush=True)
    if name not in apart:
        total.append(np.sort(runs, axis=0))
low, *_, high = np.sum(total, axis=0)
print(f"everything: {low[0]:.2f} to {high[0]:.2f} s, processor {low[1]:.2f} to {high[1]:.2f} s")
