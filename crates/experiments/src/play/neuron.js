// A neuron with two inputs: its line in the plane, and its activation function.
"use strict";

{
  const state = { task: "and", w1: 1, w2: -0.5, b: 0.5, activation: "logistic", x1: 1.5, x2: 0.5 };
  const part = new Part("neuron", state, draw);
  part.choice("task", Object.keys(TASKS));
  for (const key of ["w1", "w2", "b"]) part.slider(key, { min: -3, max: 3, step: 0.1, digits: 1 });
  part.choice("activation", Object.keys(ACTIVATIONS));
  for (const key of ["x1", "x2"]) part.slider(key, { min: -3, max: 3, step: 0.1, digits: 1 });
  const square = { x: [-3, 3], y: [-3, 3], xName: "x1Axis", yName: "x2Axis" };
  const plane = new Chart(part, "neuronPlane", { ...square, height: 428, heat: true });
  const curve = new Chart(part, "neuronCurve",
    { height: 428, x: [-6, 6], y: [-1.2, 3], xName: "sumAxis", yName: "outputAxis" });
  const result = part.result();
  plane.onDrag((x, y) => {
    part.set("x1", Math.round(10 * x) / 10);
    part.set("x2", Math.round(10 * y) / 10);
  });

  function draw({ task, w1, w2, b, activation, x1, x2 }) {
    const [w, x] = [[w1, w2], [x1, x2]];
    const [f, derivative] = ACTIVATIONS[activation];
    const a = weightedSum(w, b, x);
    const squashed = ["logistic", "step"].includes(activation);
    plane.paint((at) => {
      const y = f(weightedSum(w, b, at));
      return squashed ? 2 * y - 1 : y / 2;
    });
    const corners = CORNERS.map((at, i) => plane.dot(at, TASKS[task][i] ? "blue" : "orange", 9));
    plane.show(border(w, b), corners, arrow(w, b), plane.handle(x));
    const start = Math.max(-6, Math.min(6, a));
    const height = Math.max(-1.2, Math.min(3, f(a)));
    curve.show(curve.graph(derivative, "dashed thin"), curve.graph(f, "blue", 480),
      curve.line([[start, -1.2], [start, height]], "thin grey"),
      curve.dot([start, height], "ring blue", 6));
    const signed = (value) => (value < 0 ? `(${number(value, 1)})` : number(value, 1));
    const terms = [w1, w2].map((weight, j) => `${signed(weight)} · ${signed(x[j])}`);
    const right = cornersRight(task, w, b);
    result.innerHTML = `<b>y = f(${terms.join(" + ")} + ${signed(b)}) = f(${number(a)})
      = ${number(f(a), 3)}</b><br>${say("corners")}
      <b class="${right === 4 ? "good" : "bad"}">${right} / 4</b>`;
  }

  /** The line where the weighted sum is 0. */
  function border([w1, w2], b) {
    const length = w1 * w1 + w2 * w2;
    if (length === 0) return "";
    const [x, y] = [(-b * w1) / length, (-b * w2) / length];
    const far = 20 / Math.sqrt(length);
    return plane.line([[x - far * w2, y + far * w1], [x + far * w2, y - far * w1]]);
  }

  /** The weights as an arrow from the line: to its side the sum is positive. */
  function arrow([w1, w2], b) {
    const length = w1 * w1 + w2 * w2;
    if (length === 0) return "";
    const from = [(-b * w1) / length, (-b * w2) / length];
    const to = [from[0] + w1 / 2, from[1] + w2 / 2];
    const head = [[-0.16, 0.09], [0, 0], [-0.16, -0.09]].map(([u, v]) => {
      const [c, s] = [w1 / Math.sqrt(length), w2 / Math.sqrt(length)];
      return [to[0] + u * c - v * s, to[1] + u * s + v * c];
    });
    return [plane.line([from, to]), plane.line(head),
      plane.text(to, "w", { dx: 8 * Math.sign(w1), anchor: w1 < 0 ? "end" : "start" })];
  }
}
