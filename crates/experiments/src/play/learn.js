// A small network that learns points of the plane while one watches.
"use strict";

{
  const RATES = [1e-3, 3e-3, 0.01, 0.03, 0.1, 0.3, 1, 3];
  const state = {
    data: "circle", noise: 0.05, points: 100, depth: 1, width: 6, activation: "tanh", rate: 0.03,
    momentum: 0.9, batch: 10, penalty: 0, dropout: 0, seed: 1,
  };
  const part = new Part("learn", state, draw);
  let [network, training, validation, history, running, last] = [null, [], [], [], false, 0];
  const [start] = part.buttons({
    start: () => run(!running), epoch: () => learn(), restart,
    weights: () => { state.seed += 1; restart(); },
  });
  start.classList.add("main");
  part.choice("data", Object.keys(SHAPES), restart);
  part.slider("noise", { max: 0.4, step: 0.05, changed: restart });
  part.slider("points", { values: [20, 40, 60, 100, 200], digits: 0, changed: restart });
  part.slider("depth", { max: 4, digits: 0, changed: restart });
  part.slider("width", { min: 1, max: 8, digits: 0, changed: restart });
  part.choice("activation", Object.keys(ACTIVATIONS).filter((f) => f !== "step"), restart);
  part.slider("rate", { values: RATES, digits: 3 });
  part.slider("momentum", { max: 0.99, step: 0.01 });
  part.slider("batch", { values: [1, 2, 5, 10, 20, 50, 200], digits: 0 });
  part.slider("penalty", { values: [0, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03], digits: 4 });
  part.slider("dropout", { max: 0.8, step: 0.05 });
  const square = { x: [-1.3, 1.3], y: [-1.3, 1.3], xName: "x1Axis", yName: "x2Axis" };
  const plane = new Chart(part, "learnPlane", { ...square, height: 428, heat: true });
  const curve = new Chart(part, "learnCurve",
    { height: 428, x: [0, 20], y: [0, 1], xName: "epochAxis", yName: "lossAxis" });
  const units = part.block("figure", { class: "wide" });
  const canvas = make("canvas", { class: "whole", role: "img", "data-label": "learnUnits" });
  units.append(canvas, make("figcaption", { "data-t": "learnUnits" }));
  const result = part.result();
  restart();

  /** Sets the weights back to their first values, and draws the points. */
  function restart() {
    training = drawPoints(state.data, state.points, state.noise, 1);
    validation = drawPoints(state.data, 300, state.noise, 2);
    network = new Network(state);
    history = [];
    record();
    part.update();
  }

  function record() {
    const [t, v] = [network.evaluate(training), network.evaluate(validation)];
    history.push({ t, v });
  }

  /** One epoch. */
  function learn() {
    network.epoch(training, state);
    record();
    part.update();
  }

  function run(on) {
    running = on;
    start.dataset.t = on ? "pause" : "start";
    start.textContent = say(start.dataset.t);
    result.setAttribute("aria-live", on ? "off" : "polite");
    if (on) requestAnimationFrame(frame);
  }

  /** Learns one epoch a frame; two a second if the reader asks for little motion. */
  function frame(now) {
    if (!running) return;
    if (!still.matches || now - last > 500) {
      last = now;
      learn();
    }
    if (history.length > 2000) run(false);
    else requestAnimationFrame(frame);
  }

  function draw() {
    const n = 64;
    const values = network.layers.map(({ outputs }) => Array.from({ length: outputs },
      () => new Float64Array(n * n)));
    for (let i = 0; i < n * n; i++) {
      const at = (k) => 1.3 * ((2 * (k + 0.5)) / n - 1);
      network.forward([at(i % n), -at(Math.floor(i / n))]);
      network.layers.forEach(({ out }, l) => out.forEach((y, k) => (values[l][k][i] = y)));
    }
    const [low, high] = values.at(-1);
    paint(plane.canvas, n, (i, j) => Math.tanh((high[j * n + i] - low[j * n + i]) / 2));
    const dots = (points, kind, r) => points.map(({ x, y }) =>
      plane.dot(x, `${kind} ${y ? "blue" : "orange"}`, r));
    plane.show(dots(validation, "hollow", 2.4), dots(training, "", 4.5));
    showLosses();
    showUnits(values, n);
    const { t, v } = history.at(-1);
    const broken = !Number.isFinite(t.loss);
    result.innerHTML = `${say("epochs")} <b>${history.length - 1}</b> · ${say("trainRight")}
      <b>${percent(t.accuracy)}</b> · ${say("validRight")} <b>${percent(v.accuracy)}</b> ·
      ${say("squared")} <b>${number(network.squaredWeights(), 1)}</b>
      ${broken ? `<br><b class="bad">${say("broken")}</b>` : ""}`;
  }

  function showLosses() {
    const losses = history.flatMap(({ t, v }) => [t.loss, v.loss]).filter(Number.isFinite);
    curve.x = [0, Math.max(20, history.length - 1)];
    curve.y = [0, Math.min(5, Math.max(0.8, 1.05 * Math.max(0, ...losses)))];
    const every = Math.ceil(history.length / 400);
    const line = (set) => history.map((entry, i) => [i, Math.min(9, entry[set].loss)])
      .filter(([i, y]) => i % every === 0 && Number.isFinite(y));
    const corner = [curve.x[1], curve.y[1]];
    const key = (text, dy, kind) => curve.text(corner, `<tspan class="${kind}">— </tspan>${text}`,
      { anchor: "end", dx: -8, dy });
    curve.show(curve.line(line("v"), "orange"), curve.line(line("t"), "blue"),
      key(say("train"), 20, "blue"), key(say("valid"), 40, "orange"));
  }

  /** Every neuron as a picture of its output over the plane, joined by its weights. */
  function showUnits(values, n) {
    const [cell, gap, scale] = [44, 10, 2];
    const columns = values.length + 1;
    const rows = Math.max(2, ...values.map((layer) => layer.length));
    const [width, height] = [860, rows * (cell + gap) + gap];
    [canvas.width, canvas.height] = [width * scale, height * scale];
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    const place = (l, k, count) => [
      (width - cell) * (l / (columns - 1)), (height - count * (cell + gap)) / 2 + k * (cell + gap),
    ];
    const inputs = [0, 1].map((k) => Float64Array.from({ length: n * n },
      (_, i) => (k ? 1 - (2 * Math.floor(i / n)) / n : (2 * (i % n)) / n - 1)));
    const small = document.createElement("canvas");
    [inputs, ...values].forEach((layer, l) => layer.forEach((map, k) => {
      const [x, y] = place(l, k, layer.length);
      const most = map.reduce((m, value) => Math.max(m, Math.abs(value)), 1e-9);
      paint(small, n / 2, (i, j) => map[2 * (j * n + i)] / most);
      context.drawImage(small, x, y, cell, cell);
      context.strokeStyle = "#8c959f";
      context.strokeRect(x, y, cell, cell);
      const next = network.layers[l];
      for (let out = 0; out < (next?.outputs ?? 0); out++) {
        const weight = next.w[out * next.inputs + k];
        const to = place(l + 1, out, next.outputs);
        const [middle, from, end] = [(x + cell + to[0]) / 2, y + cell / 2, to[1] + cell / 2];
        context.beginPath();
        context.moveTo(x + cell, from);
        context.bezierCurveTo(middle, from, middle, end, to[0], end);
        context.strokeStyle = weight > 0 ? "rgba(20,125,200,0.75)" : "rgba(225,110,20,0.75)";
        context.lineWidth = Math.min(6, 1.4 * Math.abs(weight));
        context.stroke();
        context.lineWidth = 1;
      }
    }));
  }
}
