// A threshold over the scores of two classes: confusion matrix and ROC curve.
"use strict";

{
  const CASES = 400;
  const state = { threshold: 1, distance: 2, spread: 1, positives: 0.5, seed: 1 };
  const part = new Part("threshold", state, draw);
  part.slider("threshold", { min: -4, max: 6, step: 0.05 });
  part.slider("distance", { max: 4, step: 0.1, digits: 1 });
  part.slider("spread", { min: 0.4, max: 2, step: 0.1, digits: 1 });
  part.slider("positives", { min: 0.05, max: 0.95, step: 0.05 });
  part.buttons({ sample: () => part.set("seed", state.seed + 1) });
  const curves = new Chart(part, "thresholdCurves", { x: [-4, 6], y: [-0.06, 0.55],
    height: 428, xName: "scoreAxis", yName: "densityAxis" });
  const roc = new Chart(part, "thresholdRoc",
    { height: 428, x: [0, 1], y: [0, 1], xName: "fprAxis", yName: "tprAxis" });
  const table = part.block("table", { class: "cases" });
  const result = part.result();
  result.style.gridColumn = "auto";
  curves.onDrag((x) => part.set("threshold", Math.round(20 * x) / 20));

  function draw({ threshold: t, distance, spread, positives }) {
    const { scores, labels } = drawCases(CASES, state);
    const density = [(x) => (1 - positives) * normalDensity(x),
      (x) => (positives / spread) * normalDensity((x - distance) / spread)];
    const side = (f, low, high, kind) => {
      const at = Array.from({ length: 101 }, (_, i) => low + ((high - low) * i) / 100);
      return curves.area([[low, 0], ...at.map((x) => [x, f(x)]), [high, 0]], kind);
    };
    const most = Math.max(density[0](0), density[1](distance));
    curves.y = [-0.16 * most, 1.25 * most];
    const dash = (score, i) => curves.line([[score, (labels[i] ? -0.03 : -0.09) * most],
      [score, (labels[i] ? -0.08 : -0.14) * most]], `thin ${labels[i] ? "blue" : "orange"}`);
    curves.show(side(density[0], -4, t, "orange pale"), side(density[0], t, 6, "orange"),
      side(density[1], -4, t, "blue pale"), side(density[1], t, 6, "blue"),
      curves.graph(density[0], "orange"), curves.graph(density[1], "blue"), scores.map(dash),
      curves.line([[t, curves.y[0]], [t, curves.y[1]]]),
      curves.text([t, curves.y[1]], say("positiveSide"), { dx: 8, dy: 18 }),
      curves.handle([t, 1.02 * most]));
    const counts = confusion(scores, labels, t);
    const rate = rates(counts);
    const points = rocCurve(scores, labels);
    const expected = Array.from({ length: 201 }, (_, i) => 10 - i / 10).map((at) =>
      [1 - normalShare(at), 1 - normalShare((at - distance) / spread)]);
    roc.show(roc.line([[0, 0], [1, 1]], "thin grey"), roc.line(expected, "thin dashed"),
      roc.line(points, "blue"), roc.dot([rate.fpr, rate.recall], "ring blue", 8));
    const cell = (name, kind) => `<td class="${kind}">${counts[name]}
      <small>${say(name)}</small></td>`;
    table.innerHTML = `<thead><tr><td></td><th scope="col">${say("saidPositive")}</th>
      <th scope="col">${say("saidNegative")}</th></tr></thead><tbody>
      <tr><th scope="row">${say("isPositive")}</th>${cell("tp", "right")}${cell("fn", "wrong")}</tr>
      <tr><th scope="row">${say("isNegative")}</th>${cell("fp", "wrong")}${cell("tn", "right")}</tr>
      </tbody>`;
    const shown = ["accuracy", "precision", "recall", "fpr", "f1"].map((key) =>
      `${say(key)} <b>${key === "f1" ? number(rate.f1, 3) : percent(rate[key])}</b>`);
    result.innerHTML = [...shown, `${say("auc")} <b>${number(areaUnder(points), 3)}</b>`]
      .join("<br>");
  }
}
