// Holds the page's formulas against numbers of the crates. The test puts the page's own functions
// and `const expected = {...}` before this script.
const assert = require("node:assert/strict");

function close(what, got, want, tolerance) {
  const [g, w] = [[got].flat(9), [want].flat(9)];
  assert.equal(g.length, w.length, what);
  g.forEach((value, i) => {
    const near = value === w[i] || Math.abs(value - w[i]) <= tolerance * Math.max(1, Math.abs(w[i]));
    assert.ok(near, `${what}, number ${i}: ${value}, expected ${w[i]}`);
  });
}
let compared = 0;

// Activations, of which the file has 9 digits. prelu is not on the page.
for (const [name, [f, derivative]] of Object.entries(ACTIVATIONS)) {
  const points = expected.activations[name];
  close(name, points.x.map(f), points.y, 2e-8);
  if (name !== "step") close(`${name}'`, points.x.map(derivative), points.derivative, 2e-7);
  compared += points.x.length;
}
const missing = Object.keys(expected.activations).filter((name) => !(name in ACTIVATIONS));
assert.deepEqual(missing, ["prelu"]);

// Losses and their gradients by the scores; PyTorch's mean over the batch.
const rows = (list, n) => Array.from({ length: n },
  (_, i) => list.slice((i * list.length) / n, ((i + 1) * list.length) / n));
const plain = { hinge: [hinge, hingeGradient], "cross-entropy": [crossEntropy, crossEntropyGradient] };
const cases = expected.losses.filter((c) => Object.keys(c.loss).length === 1 && c.labels);
const { crossEntropy: golden } = expected;
cases.push({ ...golden, value: golden.loss, loss: { name: "cross-entropy" } });
const flat = (list) => list.flat();
for (const { scores, labels, value, loss: { name }, ...rest } of cases) {
  if (!(name in plain)) continue;
  const [f, gradient] = plain[name];
  const n = labels.length;
  const s = rows(flat(scores), n);
  close(name, s.reduce((sum, row, i) => sum + f(row, labels[i]) / n, 0), value, 1e-12);
  const got = s.map((row, i) => gradient(row, labels[i]).map((g) => g / n));
  close(`gradient of ${name}`, got, flat(rest.gradient), 1e-12);
  compared += got.flat().length;
}

// Steps of gradient descent with momentum and weight decay, which is 2 nu, on weights only.
for (const c of expected.optimizers.cases) {
  const { name, lr = 0.05, momentum = 0.9, weight_decay: decay = 0, ...other } = c.optimizer;
  const unlike = name !== "sgd" || other.decoupled || c.clip_norm || c.clip_value || c.batch_weights;
  if (unlike) continue;
  for (const key of ["weight", "bias"]) {
    const penalty = key === "weight" || other.decay_all ? decay / 2 : 0;
    const w = [...expected.optimizers.start[key]];
    const v = w.map(() => 0);
    c.steps.forEach((step, i) => {
      const gradient = expected.optimizers.gradients[i][key];
      descendStep(w, v, gradient, { rate: lr, momentum, penalty });
      close(`step ${i} of ${JSON.stringify(c.optimizer)}`, w, step[key], 1e-12);
      compared += w.length;
    });
  }
}

// Confusion matrices, rates and areas of two classes; null is 0/0.
const binary = expected.evaluation.cases.filter((c) => c.n_classes === 2);
assert.ok(binary.length >= 2);
for (const { name, truth, probabilities, measures: golden } of binary) {
  const of = (c) => rows(probabilities, truth.length).map((row) => row[c]);
  const labels = truth.map((y) => y === 1);
  // Class 1 is predicted if its probability is above that of class 0.
  const lead = of(1).map((p, i) => p - of(0)[i]);
  const counts = confusion(lead, labels, Number.MIN_VALUE);
  const { tp, fn, fp, tn } = counts;
  assert.deepEqual([[tn, fp], [fn, tp]], golden.confusion, name);
  const { accuracy, precision, recall, f1, fpr } = rates(counts);
  assert.deepEqual([precision, recall], [golden.by_prediction[1][1], golden.by_truth[1][1]], name);
  assert.equal(fpr, golden.by_truth[0][1], name);
  close(name, accuracy, golden.accuracy, 1e-12);
  const one = golden.f_beta.find(([beta]) => beta === 1)[1][1];
  if (one === null) assert.equal(f1, null);
  else close(`F1 of ${name}`, f1, one, 1e-12);
  const area = golden.rankings.classes[1]?.[0];
  if (Number.isFinite(area)) close(`AUC of ${name}`, areaUnder(rocCurve(of(1), labels)), area, 1e-12);
  compared += 8;
}
// The areas of each class against the others, of all sets, ties among them.
let areas = 0;
for (const { n_classes: n, truth, probabilities, measures: golden } of expected.evaluation.cases) {
  golden.rankings.classes.forEach((ranked, c) => {
    if (!Number.isFinite(ranked?.[0])) return;
    const scores = truth.map((_, i) => probabilities[i * n + c]);
    close("AUC", areaUnder(rocCurve(scores, truth.map((y) => y === c))), ranked[0], 1e-12);
    areas += 1;
  });
}
assert.ok(areas > 20, String(areas));

// The network: scores, loss and three updates of the crate's own network, in 32 bits.
for (const { activation, start, inputs, labels, settings, steps } of expected.networks) {
  const network = new Network({ width: 4, depth: 2, activation, seed: 1 });
  const points = labels.map((y, i) => ({ x: inputs.slice(2 * i, 2 * i + 2), y }));
  const tensors = () => network.layers.flatMap(({ w, b, outputs, inputs: n }) => [
    // The crates keep weights with one row for each input.
    Array.from(w, (_, i) => w[(i % outputs) * n + Math.floor(i / outputs)]), [...b]]);
  network.layers.forEach(({ w, b, outputs, inputs: n }, l) => {
    const [weights, biases] = [start[2 * l], start[2 * l + 1]];
    w.forEach((_, i) => (w[i] = weights[(i % n) * outputs + Math.floor(i / n)]));
    b.set(biases);
  });
  close("start", tensors(), start, 0);
  for (const { scores, loss, tensors: want } of steps) {
    close(`scores with ${activation}`, points.map(({ x }) => [...network.forward(x)]), scores, 1e-5);
    close(`loss with ${activation}`, network.evaluate(points).loss, loss, 1e-5);
    network.epoch(points, { batch: points.length, dropout: 0, ...settings });
    close(`update with ${activation}`, tensors(), want, 2e-5);
    compared += want.flat().length;
  }
}

// What the page says will be seen.
for (let i = 0; i < 61 ** 3; i++) {
  const [w1, w2, b] = [i % 61, Math.floor(i / 61) % 61, Math.floor(i / 3721)].map((k) => k / 10 - 3);
  assert.ok(cornersRight("xor", [w1, w2], b) <= 3);
}
assert.equal(cornersRight("and", [1, 1], -1), 4);
const settings = { batch: 10, dropout: 0, penalty: 0, rate: 0.03, momentum: 0.9 };
function trained(data, noise, n, shape, more = {}, epochs = 150, seed = 1) {
  const network = new Network({ activation: "tanh", seed, ...shape });
  const points = drawPoints(data, n, noise, 1);
  const validation = drawPoints(data, 300, noise, 2);
  const lowest = { loss: Infinity };
  for (let epoch = 0; epoch < epochs; epoch++) {
    network.epoch(points, { ...settings, ...more });
    lowest.loss = Math.min(lowest.loss, network.evaluate(validation).loss);
  }
  return { train: network.evaluate(points), valid: network.evaluate(validation), lowest };
}
for (let seed = 1; seed <= 3; seed++) {
  const of = (...all) => trained(...all, seed);
  assert.ok(of("circle", 0.05, 100, { width: 6, depth: 1 }, {}, 150).train.accuracy > 0.97);
  assert.ok(of("circle", 0.05, 100, { width: 6, depth: 0 }, {}, 150).train.accuracy <= 0.75);
  const wide = ["moons", 0.25, 60, { width: 8, depth: 3 }];
  const [free, held] = [of(...wide, {}, 300), of(...wide, { penalty: 0.001 }, 300)];
  assert.ok(free.train.loss < 0.25 && free.valid.loss > free.lowest.loss + 0.1);
  assert.ok(held.valid.loss < free.valid.loss);
  const lines = [0, 3].map((depth) => trained("spirals", 0.05, 100,
    { width: 6, depth, activation: "identity" }, {}, 150, seed).train.accuracy);
  assert.ok(Math.abs(lines[0] - lines[1]) < 0.05, lines);
}
const arrival = (momentum) => descend([-4.5, 2.5], 40, { rate: 0.045, momentum }, 1000)
  .findIndex((w) => valley(w, 40) < 1e-3 * valley([-4.5, 2.5], 40));
assert.ok(arrival(0.7) < arrival(0) / 2 && arrival(0) < 120);
const swinging = descend([-4.5, 2.5], 40, { rate: 0.045, momentum: 0.98 }, 120);
assert.ok(Math.max(...swinging.map(([w]) => w)) > 3);
for (const momentum of [0, 0.5, 0.9]) {
  for (const [factor, leaves] of [[0.98, false], [1.02, true]]) {
    const path = descend([1, 1], 40, { rate: factor * largestRate(40, momentum), momentum }, 2000);
    assert.equal(Math.abs(path.at(-1)[1]) > 1, leaves, `${momentum}, ${factor}`);
  }
}
for (let seed = 1; seed <= 10; seed++) {
  const [half, few] = [0.5, 0.05].map((positives) => {
    const { scores, labels } = drawCases(400, { distance: 2, spread: 1, positives, seed });
    const precision = rates(confusion(scores, labels, 1)).precision;
    return { precision, area: areaUnder(rocCurve(scores, labels)) };
  });
  assert.ok(few.precision < 0.4 * half.precision && Math.abs(few.area - half.area) < 0.06);
}
const lead = [2, 3, -1];
assert.ok(hinge(lead, 1) === 0 && crossEntropy(lead, 1) > 0);
close("moved together", softmax(lead.map((s) => s + 2)), softmax(lead), 1e-15);
console.log(`${compared} numbers compared`);
