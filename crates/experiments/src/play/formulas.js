// The formulas of the lecture as pure functions, for the browser and for Node.
"use strict";

// ---- Chance: named draws, so that the same seed shows the same picture ----

/** Returns a generator of uniform numbers in [0, 1) (mulberry32). */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Draws from N(0, 1) by Box and Muller's method. */
function normalDraw(uniform) {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** The density of N(0, 1). */
const normalDensity = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

/** The distribution function of N(0, 1), by Marsaglia's series of 2004. */
function normalShare(x) {
  if (Math.abs(x) > 8) return x > 0 ? 1 : 0;
  let [sum, term] = [x, x];
  for (let i = 3; Math.abs(term) > 1e-17 * Math.abs(sum); i += 2) {
    term *= (x * x) / i;
    sum += term;
  }
  return 0.5 + sum * normalDensity(x);
}

// ---- A neuron ----

const logistic = (a) => 1 / (1 + Math.exp(-a));

/** Each activation function f and its derivative, by Zunder's name for it. */
const ACTIVATIONS = {
  step: [(a) => Number(a > 0), () => 0],
  logistic: [logistic, (a) => logistic(a) * (1 - logistic(a))],
  tanh: [Math.tanh, (a) => 1 - Math.tanh(a) ** 2],
  relu: [(a) => Math.max(a, 0), (a) => Number(a > 0)],
  "leaky-relu": [(a) => Math.max(0.01 * a, a), (a) => (a > 0 ? 1 : 0.01)],
  swish: [(a) => a * logistic(a), (a) => logistic(a) * (1 + a * (1 - logistic(a)))],
  gelu: [(a) => a * normalShare(a), (a) => normalShare(a) + a * normalDensity(a)],
  identity: [(a) => a, () => 1],
};

/** The weighted sum of a neuron: w x + b. */
const weightedSum = (w, b, x) => w.reduce((sum, weight, j) => sum + weight * x[j], b);

/** Four points, and the classes that logical functions give them. */
const CORNERS = [[-1, -1], [1, -1], [-1, 1], [1, 1]];
const TASKS = { and: [0, 0, 0, 1], or: [0, 1, 1, 1], xor: [0, 1, 1, 0] };

/** Counts the corners on the right side of a neuron's line. */
function cornersRight(task, w, b) {
  const right = CORNERS.filter((x, i) => Number(weightedSum(w, b, x) > 0) === TASKS[task][i]);
  return right.length;
}

// ---- Losses of one example with scores s and the right class y ----

/** Probabilities: exp(s_k) / sum_j exp(s_j). The maximum is subtracted against overflow. */
function softmax(s) {
  const most = Math.max(...s);
  const e = s.map((score) => Math.exp(score - most));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((value) => value / sum);
}

/** Cross-entropy: -ln softmax(s)_y. */
function crossEntropy(s, y) {
  const most = Math.max(...s);
  return Math.log(s.reduce((sum, score) => sum + Math.exp(score - most), 0)) + most - s[y];
}

/** Its gradient by the scores: softmax(s)_k - [k = y]. */
const crossEntropyGradient = (s, y) => softmax(s).map((p, k) => p - Number(k === y));

/** The terms of the hinge loss: max(0, s_k - s_y + 1) for each k except y. */
const hingeTerms = (s, y) => s.map((score, k) => (k === y ? 0 : Math.max(0, score - s[y] + 1)));
const hinge = (s, y) => hingeTerms(s, y).reduce((a, b) => a + b, 0);

/** Its gradient: 1 for each class with a positive term, minus their number for y. */
function hingeGradient(s, y) {
  const active = hingeTerms(s, y).map((term) => Number(term > 0));
  const count = active.reduce((a, b) => a + b, 0);
  return active.map((one, k) => (k === y ? -count : one));
}

// ---- Descent ----

/**
 * One step with momentum, in place: g += 2 penalty w, v = momentum v + g, w -= rate v. The penalty
 * is the lecture's nu; `weight_decay` of Zunder's optimizers is 2 nu.
 */
function descendStep(w, v, g, { rate, momentum, penalty = 0 }) {
  for (let i = 0; i < w.length; i++) {
    v[i] = momentum * v[i] + g[i] + 2 * penalty * w[i];
    w[i] -= rate * v[i];
  }
}

/** A valley with curvature 1 along it and `steepness` across it. */
const valley = ([x, y], steepness) => (x * x + steepness * y * y) / 2;
const valleyGradient = ([x, y], steepness) => [x, steepness * y];

/** The rate above which the descent leaves the valley: 2 (1 + momentum) / steepness. */
const largestRate = (steepness, momentum) => (2 * (1 + momentum)) / steepness;

/** Returns the points of a descent in the valley, the start first. Ends early if it diverges. */
function descend(start, steepness, settings, steps) {
  const [w, v] = [[...start], [0, 0]];
  const path = [[...w]];
  while (path.length <= steps && Math.abs(w[0]) + Math.abs(w[1]) < 1e6) {
    descendStep(w, v, valleyGradient(w, steepness), settings);
    path.push([...w]);
  }
  return path;
}

// ---- Evaluation of two classes ----

/** Draws the scores of n cases: negatives of N(0, 1), positives of N(distance, spread^2). */
function drawCases(n, { distance, spread, positives, seed }) {
  const uniform = generator(seed);
  const labels = Array.from({ length: n }, (_, i) => i < Math.round(positives * n));
  const scores = labels.map((positive) => {
    const z = normalDraw(uniform);
    return positive ? distance + spread * z : z;
  });
  return { scores, labels };
}

/** Counts the four cases; a score at or above the threshold is predicted positive. */
function confusion(scores, labels, threshold) {
  const counts = { tp: 0, fn: 0, fp: 0, tn: 0 };
  scores.forEach((score, i) => {
    counts[score >= threshold ? (labels[i] ? "tp" : "fp") : labels[i] ? "fn" : "tn"] += 1;
  });
  return counts;
}

/** The rates of the four cases; null where the denominator is 0. */
function rates({ tp, fn, fp, tn }) {
  const share = (part, whole) => (whole > 0 ? part / whole : null);
  return {
    accuracy: share(tp + tn, tp + fn + fp + tn),
    precision: share(tp, tp + fp),
    recall: share(tp, tp + fn),
    f1: share(2 * tp, 2 * tp + fp + fn),
    fpr: share(fp, fp + tn),
  };
}

/** The points (FPR, TPR) of all thresholds from (0, 0) to (1, 1); equal scores share a point. */
function rocCurve(scores, labels) {
  const order = scores.map((_, i) => i).sort((a, b) => scores[b] - scores[a]);
  const positives = labels.filter(Boolean).length;
  const points = [[0, 0]];
  let [tp, fp] = [0, 0];
  order.forEach((i, rank) => {
    if (labels[i]) tp += 1;
    else fp += 1;
    if (rank + 1 === order.length || scores[order[rank + 1]] !== scores[i]) {
      points.push([fp / (labels.length - positives), tp / positives]);
    }
  });
  return points;
}

/** The area under a curve of straight lines between points. */
const areaUnder = (points) => points.slice(1).reduce(
  (area, [x, y], i) => area + ((x - points[i][0]) * (y + points[i][1])) / 2, 0);
