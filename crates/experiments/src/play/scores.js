// From scores to probabilities, and two losses.
"use strict";

{
  const CLASSES = ["cat", "dog", "bird"];
  const state = { right: "dog", cat: 3, dog: 1, bird: -2.5 };
  const part = new Part("scores", state, draw);
  for (const key of CLASSES) part.slider(key, { min: -5, max: 5, step: 0.1, digits: 1 });
  part.choice("right", CLASSES);
  part.buttons({ lower: () => shift(-0.5), higher: () => shift(0.5) });
  const bars = new Chart(part, "scoresBars",
    { x: [0, 3], y: [-1.4, 1.2], xName: "none", yName: "probabilityAxis" });
  const curve = new Chart(part, "scoresCurve",
    { x: [-5, 5], y: [0, 10], xName: "rightAxis", yName: "lossAxis" });
  bars.ticks = (range) => (range === bars.x ? []
    : [-1, -0.5, 0, 0.5, 1].map((value) => [value, 1]));
  const table = part.block("table", { class: "wide" });
  const result = part.result();

  /** Moves all scores together, as far as each slider goes. */
  function shift(by) {
    const all = CLASSES.map((key) => state[key] + by);
    if (all.some((s) => Math.abs(s) > 5)) return;
    CLASSES.forEach((key, k) => part.set(key, Math.round(10 * all[k]) / 10));
  }

  function draw({ right }) {
    const s = CLASSES.map((key) => state[key]);
    const y = CLASSES.indexOf(right);
    const [p, gradient, terms] = [softmax(s), crossEntropyGradient(s, y), hingeTerms(s, y)];
    const box = (k, from, to, height) => [[k + from, 0], [k + from, height], [k + to, height],
      [k + to, 0]];
    bars.show(bars.line([[0, 0], [3, 0]], "thin"), CLASSES.map((key, k) => [
      bars.area(box(k, 0.14, 0.5, p[k]), k === y ? "blue" : ""),
      bars.area(box(k, 0.54, 0.86, -gradient[k]), "orange"),
      bars.text([k + 0.32, p[k]], number(p[k], 2), { anchor: "middle", dy: -5 }),
      bars.text([k + 0.7, -gradient[k]], number(-gradient[k], 2),
        { anchor: "middle", dy: gradient[k] > 0 ? 16 : -5, kind: "" }),
      bars.text([k + 0.5, -1.4], say(key), { anchor: "middle", dy: -6 }),
    ]));
    const moved = (score) => s.map((value, k) => (k === y ? score : value));
    curve.show(curve.graph((score) => crossEntropy(moved(score), y), "blue"),
      curve.graph((score) => hinge(moved(score), y), "orange", 400),
      curve.dot([s[y], crossEntropy(s, y)], "ring blue", 6),
      curve.dot([s[y], hinge(s, y)], "ring orange", 6),
      ["crossEntropy", "hinge"].map((key, i) => curve.text([5, 10], say(key),
        { anchor: "end", dx: -8, dy: 20 + 20 * i, kind: ["strong blue", "strong orange"][i] })));
    const heads = ["class", "score", "exponential", "probability", "hingeTerm"];
    const rows = CLASSES.map((key, k) => `<tr${k === y ? " class=\"chosen\"" : ""}>
      <th scope="row">${say(key)}</th><td>${number(s[k], 1)}</td>
      <td>${number(Math.exp(s[k]), 2)}</td><td>${number(p[k], 3)}</td>
      <td>${k === y ? "–" : number(terms[k], 1)}</td></tr>`);
    table.innerHTML = `<thead><tr>${heads.map((key) => `<th scope="col">${say(key)}</th>`).join("")}
      </tr></thead><tbody>${rows.join("")}</tbody>`;
    result.innerHTML = `${say("crossEntropy")}: −ln ${number(p[y], 3)} =
      <b>${number(crossEntropy(s, y), 3)}</b> · ${say("hinge")}: <b>${number(hinge(s, y), 1)}</b>`;
  }
}
