// What all parts share: language, controls, charts.
"use strict";

const PARTS = [];
const still = matchMedia("(prefers-reduced-motion: reduce)");
let language = (navigator.language ?? "").startsWith("de") ? "de" : "en";

/** The text of a key in the chosen language; the key itself if it has none. */
const say = (key) => WORDS[key]?.[language === "de" ? 0 : 1] ?? key;

/** A number in the way of the chosen language, with a true minus sign. */
function number(value, digits = 2) {
  if (value === null) return "–";
  if (!Number.isFinite(value)) return "∞";
  const fixed = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const rounded = Number(value.toFixed(digits)) || 0;
  return new Intl.NumberFormat(language, fixed).format(rounded).replace("-", "−");
}
const percent = (share) => (share === null ? "–" : `${number(100 * share, 1)}\u00a0%`);

/** Makes an element with attributes and children. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** Fills in every text of the page and draws every part again. */
function speak(chosen) {
  language = chosen;
  document.documentElement.lang = chosen;
  document.title = say("title");
  for (const element of document.querySelectorAll("[data-t]")) {
    element.innerHTML = say(element.dataset.t);
  }
  for (const element of document.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", say(element.dataset.label));
  }
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === chosen));
  }
  for (const part of PARTS) part.shown.forEach((show) => show());
  for (const part of PARTS) part.update();
}

/** A part of the page: a heading, what to try, controls, pictures, and the result in words. */
class Part {
  /** `draw` is called before a frame after each change of the state. */
  constructor(id, state, draw) {
    Object.assign(this, { id, state, draw: () => draw(state), shown: [], pending: false });
    this.controls = make("div", { class: "controls" });
    this.pictures = make("div", { class: "pictures" });
    const strong = make("strong", { "data-t": "try" });
    document.querySelector("nav").append(make("a", { href: `#${id}`, "data-t": `${id}Short` }));
    document.querySelector("main").append(make("section", { id, "aria-labelledby": `${id}-h` },
      make("h2", { id: `${id}-h`, "data-t": id }),
      make("p", { class: "source", "data-t": `${id}Source` }),
      make("p", { "data-t": `${id}Idea` }),
      make("p", { class: "try" }, strong, " ", make("span", { "data-t": `${id}Try` })),
      make("div", { class: "part" }, this.controls, this.pictures)));
    PARTS.push(this);
  }

  update() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.draw();
    });
  }

  /** A slider for `state[key]`, over a range or over the list `values`. */
  slider(key, { min = 0, max, step = 1, values, digits = 2, changed }) {
    const range = values ? { min: 0, max: values.length - 1, step: 1 } : { min, max, step };
    const id = `${this.id}-${key}`;
    const input = make("input", { type: "range", id, name: key, ...range });
    const output = make("output");
    input.value = values ? values.indexOf(this.state[key]) : this.state[key];
    const show = () => {
      input.value = values ? values.indexOf(this.state[key]) : this.state[key];
      output.textContent = number(this.state[key], digits);
      input.setAttribute("aria-valuetext", output.textContent);
    };
    input.addEventListener("input", () => {
      this.state[key] = values ? values[input.valueAsNumber] : input.valueAsNumber;
      show();
      changed?.();
      this.update();
    });
    this.shown.push(show);
    const label = make("label", { for: id, "data-t": key });
    this.controls.append(make("div", {}, label, output, input));
  }

  /** A list of choices for `state[key]`. */
  choice(key, options, changed) {
    const entries = options.map((value) => make("option", { value, "data-t": value }));
    const id = `${this.id}-${key}`;
    const select = make("select", { id, name: key }, ...entries);
    select.value = this.state[key];
    select.addEventListener("change", () => {
      this.state[key] = select.value;
      changed?.();
      this.update();
    });
    this.controls.append(make("div", {}, make("label", { for: id, "data-t": key }), select));
  }

  /** Buttons by the keys of their texts. Returns them. */
  buttons(actions) {
    const all = Object.entries(actions).map(([key, action]) => {
      const button = make("button", { type: "button", "data-t": key, name: key });
      button.addEventListener("click", action);
      return button;
    });
    this.controls.append(make("div", { class: "buttons" }, ...all));
    return all;
  }

  /** Adds an element whose content `draw` writes, such as a table or the result in words. */
  block(name, attributes) {
    const element = make(name, attributes);
    this.pictures.append(element);
    return element;
  }

  result() {
    return this.block("p", { class: "result", role: "status" });
  }

  /** Moves what `key` names to a new value, and its slider with it. */
  set(key, value) {
    this.state[key] = value;
    this.shown.forEach((show) => show());
    this.update();
  }
}

const MARGIN = { left: 46, right: 12, top: 24, bottom: 42 };
let charts = 0;

/** A chart in SVG with two axes, over a canvas of colours if `heat` is set. */
class Chart {
  constructor(part, key, { width = 420, height = 300, x, y, xName, yName, heat = false, wide }) {
    Object.assign(this, { width, height, x, y, xName, yName, clip: `clip${charts++}` });
    this.holder = make("div", { class: "picture" });
    if (heat) {
      this.canvas = make("canvas", { class: "heat" });
      const share = (a, b) => `${(100 * a) / b}%`;
      Object.assign(this.canvas.style, {
        left: share(MARGIN.left, width), width: share(this.inner(0), width),
        top: share(MARGIN.top, height), height: share(this.inner(1), height),
      });
      this.holder.append(this.canvas);
    }
    this.holder.insertAdjacentHTML("beforeend", `<svg viewBox="0 0 ${width} ${height}" role="img"
      data-label="${key}"></svg>`);
    this.svg = this.holder.querySelector("svg");
    const caption = make("figcaption", { "data-t": key });
    part.pictures.append(make("figure", wide ? { class: "wide" } : {}, this.holder, caption));
  }

  inner(axis) {
    return axis ? this.height - MARGIN.top - MARGIN.bottom
      : this.width - MARGIN.left - MARGIN.right;
  }

  px(x) {
    return MARGIN.left + (this.inner(0) * (x - this.x[0])) / (this.x[1] - this.x[0]);
  }

  py(y) {
    return MARGIN.top + (this.inner(1) * (this.y[1] - y)) / (this.y[1] - this.y[0]);
  }

  /** About five round numbers of a range. */
  ticks([low, high]) {
    const raw = (high - low) / 5;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = power * [1, 2, 5, 10].find((factor) => factor * power >= raw * 0.999);
    const first = Math.ceil(low / step - 1e-9);
    const count = Math.floor(high / step + 1e-9) - first + 1;
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return Array.from({ length: count }, (_, i) => [(first + i) * step, digits]);
  }

  /** Shows marks inside of the axes. */
  show(...marks) {
    const { left, top } = MARGIN;
    const [right, bottom] = [left + this.inner(0), top + this.inner(1)];
    const frame = `x="${left}" y="${top}" width="${right - left}" height="${bottom - top}"`;
    const columns = this.ticks(this.x).map(([x, digits]) => {
      const at = this.px(x).toFixed(1);
      return `<path class="grid" d="M${at} ${top}V${bottom}"/><text x="${at}"
        y="${bottom + 16}" text-anchor="middle">${number(x, digits)}</text>`;
    });
    const rows = this.ticks(this.y).map(([y, digits]) => {
      const at = this.py(y).toFixed(1);
      return `<path class="grid" d="M${left} ${at}H${right}"/><text x="${left - 6}"
        y="${+at + 4}" text-anchor="end">${number(y, digits)}</text>`;
    });
    this.svg.innerHTML = `<clipPath id="${this.clip}"><rect ${frame}/></clipPath>
      ${columns.join("")}${rows.join("")}<rect class="frame" ${frame}/>
      <text x="${right}" y="${this.height - 6}" text-anchor="end">${say(this.xName)}</text>
      <text x="${left}" y="${top - 9}">${say(this.yName)}</text>
      <g clip-path="url(#${this.clip})">${marks.flat(2).join("")}</g>`;
  }

  points(points) {
    return points.map(([x, y]) => `${this.px(x).toFixed(1)} ${this.py(y).toFixed(1)}`).join(" ");
  }

  line(points, kind = "") {
    return `<polyline class="l ${kind}" points="${this.points(points)}"/>`;
  }

  area(points, kind = "") {
    return `<polygon class="a ${kind}" points="${this.points(points)}"/>`;
  }

  dot([x, y], kind = "", r = 4) {
    return `<circle class="d ${kind}" cx="${this.px(x).toFixed(1)}" cy="${this.py(y).toFixed(1)}"
      r="${r}"/>`;
  }

  /** A point that can be dragged. */
  handle([x, y], kind = "") {
    const at = `cx="${this.px(x).toFixed(1)}" cy="${this.py(y).toFixed(1)}"`;
    return `<circle class="d ring ${kind}" ${at} r="7"/><circle class="handle" ${at} r="20"/>`;
  }

  text([x, y], text, { anchor = "start", dx = 0, dy = 0, kind = "strong" } = {}) {
    return `<text class="${kind}" x="${(this.px(x) + dx).toFixed(1)}" text-anchor="${anchor}"
      y="${(this.py(y) + dy).toFixed(1)}">${text}</text>`;
  }

  /** The graph of a function. */
  graph(f, kind, n = 160) {
    const at = (i) => this.x[0] + ((this.x[1] - this.x[0]) * i) / n;
    return this.line(Array.from({ length: n + 1 }, (_, i) => [at(i), f(at(i))]), kind);
  }

  /** Colours the plane by values from -1 (orange) to 1 (blue), n by n cells. */
  paint(f, n = 64) {
    paint(this.canvas, n, (i, j) => f([
      this.x[0] + ((this.x[1] - this.x[0]) * (i + 0.5)) / n,
      this.y[1] - ((this.y[1] - this.y[0]) * (j + 0.5)) / n,
    ]));
  }

  /** Calls `moved` with the place to which a mouse or, from the handle on, a finger drags. */
  onDrag(moved) {
    let held = false;
    const place = (event) => {
      const box = this.svg.getBoundingClientRect();
      const clamp = (value, [low, high]) => Math.min(high, Math.max(low, value));
      const u = ((event.clientX - box.left) / box.width) * this.width - MARGIN.left;
      const v = ((event.clientY - box.top) / box.height) * this.height - MARGIN.top;
      const x = this.x[0] + (u / this.inner(0)) * (this.x[1] - this.x[0]);
      const y = this.y[1] - (v / this.inner(1)) * (this.y[1] - this.y[0]);
      moved(clamp(x, this.x), clamp(y, this.y));
    };
    this.svg.addEventListener("pointerdown", (event) => {
      held = event.pointerType === "mouse" || event.target.classList.contains("handle");
      if (!held) return;
      this.svg.setPointerCapture(event.pointerId);
      place(event);
    });
    this.svg.addEventListener("pointermove", (event) => held && place(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.svg.addEventListener(end, () => (held = false));
    }
  }
}

/** Colours a canvas of n by n cells; transparent at 0, so that it suits light and dark pages. */
function paint(canvas, n, value) {
  if (canvas.width !== n) canvas.width = canvas.height = n;
  const context = canvas.getContext("2d");
  const image = context.createImageData(n, n);
  for (let j = 0; j < n; j++) {
    for (let i = 0; i < n; i++) {
      const v = Math.max(-1, Math.min(1, value(i, j)));
      image.data.set(v > 0 ? [20, 125, 200] : [225, 110, 20], 4 * (j * n + i));
      image.data[4 * (j * n + i) + 3] = 170 * Math.abs(v);
    }
  }
  context.putImageData(image, 0, 0);
}
