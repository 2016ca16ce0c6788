// Gradient descent in a valley, with rate and momentum.
"use strict";

{
  const state = { rate: 0.045, momentum: 0, steepness: 40, steps: 40, startX: -4.5, startY: 2.5 };
  const part = new Part("valley", state, draw);
  let timer = null;
  part.slider("rate", { min: 0.005, max: 0.25, step: 0.005, digits: 3 });
  part.slider("momentum", { max: 0.98, step: 0.02 });
  part.slider("steepness", { min: 1, max: 50, digits: 0 });
  part.slider("startX", { min: -5, max: 5, step: 0.1, digits: 1 });
  part.slider("startY", { min: -5, max: 5, step: 0.1, digits: 1 });
  part.slider("steps", { min: 1, max: 120, digits: 0 });
  part.buttons({ roll });
  const square = { x: [-5, 5], y: [-5, 5], xName: "w1Axis", yName: "w2Axis" };
  const map = new Chart(part, "valleyMap", { ...square, height: 428, heat: true });
  const curve = new Chart(part, "valleyCurve",
    { height: 428, x: [0, 120], y: [-6, 3], xName: "stepAxis", yName: "logAxis" });
  const result = part.result();
  map.onDrag((x, y) => {
    part.set("startX", Math.round(10 * x) / 10);
    part.set("startY", Math.round(10 * y) / 10);
  });

  /** Shows the steps one after the other; all at once if the reader asks for little motion. */
  function roll() {
    clearInterval(timer);
    if (still.matches) return part.set("steps", 120);
    part.set("steps", 1);
    timer = setInterval(() => {
      if (state.steps < 120) part.set("steps", state.steps + 1);
      else clearInterval(timer);
    }, 60);
  }

  function draw({ rate, momentum, steepness, steps, startX, startY }) {
    const start = [startX, startY];
    const path = descend(start, steepness, { rate, momentum }, 120);
    const plain = descend(start, steepness, { rate, momentum: 0 }, 120);
    const most = Math.log(1 + valley([5, 5], steepness));
    map.paint((at) => -0.9 * (1 - Math.log(1 + valley(at, steepness)) / most));
    const levels = Array.from({ length: 12 }, (_, i) => {
      const [rx, ry] = [0.1 * 1.7 ** i, (0.1 * 1.7 ** i) / Math.sqrt(steepness)];
      return map.line(Array.from({ length: 121 }, (_, k) => [
        rx * Math.cos((k * Math.PI) / 60), ry * Math.sin((k * Math.PI) / 60)]), "thin grey");
    });
    const seen = path.slice(0, steps + 1);
    map.show(levels, map.line(plain.slice(0, steps + 1), "dashed grey"), map.line(seen, "blue"),
      seen.map((w) => map.dot(w, "blue", 2.6)), map.dot(seen.at(-1), "ring blue", 8),
      map.dot([0, 0], "", 3), map.handle(start));
    const log = (w) => Math.max(-12, Math.log10(valley(w, steepness) + 1e-300));
    const line = (all) => all.map((w, k) => [k, log(w)]);
    curve.show(curve.line(line(plain), "dashed grey"), curve.line(line(path), "blue"),
      curve.line([[steps, -6], [steps, 3]], "thin"),
      curve.dot([seen.length - 1, Math.max(-6, Math.min(3, log(seen.at(-1))))], "ring blue", 6));
    const bound = largestRate(steepness, momentum);
    const first = path.findIndex((w) => valley(w, steepness) < 1e-3 * valley(start, steepness));
    const fate = rate >= bound ? ["bad", "leaves"] : ["good", "stays"];
    result.innerHTML = `${say("bound")} <b>2 (1 + μ) / ${say("steepnessShort")} =
      ${number(bound, 3)}</b> · <b class="${fate[0]}">${say(fate[1])}</b><br>${say("arrival")}
      <b>${first < 0 ? say("never") : first}</b>`;
  }
}
