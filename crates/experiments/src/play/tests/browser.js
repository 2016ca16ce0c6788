// Steps through the page in headless Chromium, over its debugging pipe: no package is needed.
// Arguments: the program, and the path of the page. It prints each step, and `done` at the end.
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { mkdtempSync, rmSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { pathToFileURL } = require("node:url");

const [program, page] = process.argv.slice(2);
const address = pathToFileURL(page).href;
const profile = mkdtempSync(join(tmpdir(), "play-"));
const chromium = spawn(program, [
  "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage",
  "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync", "--lang=en-US", `--user-data-dir=${profile}`, "--remote-debugging-pipe",
], { stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"] });
let complaints = "";
chromium.stderr.on("data", (text) => (complaints += text));
chromium.on("exit", () => {
  if (!finished) fail(new Error(`Chromium has ended:\n${complaints}`));
});
// Far above what the steps take, also on a machine that does other things.
const deadline = setTimeout(() => fail(new Error("not finished after 10 minutes")), 600_000);
let finished = false;

function fail(error) {
  console.error(error);
  end(1);
}

function end(code) {
  finished = true;
  clearTimeout(deadline);
  chromium.once("exit", () => {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
    process.exit(code);
  });
  if (chromium.exitCode !== null || !chromium.kill()) process.exit(code);
}

// ---- The protocol: JSON messages that end with a zero byte ----

const [waiting, problems, requests] = [new Map(), [], []];
let [last, rest, session] = [0, "", undefined];
chromium.stdio[4].on("data", (bytes) => {
  const messages = (rest + bytes).split("\0");
  rest = messages.pop();
  for (const message of messages.map((text) => JSON.parse(text))) {
    const { id, method, params, result, error } = message;
    if (id) {
      const [resolve, reject] = waiting.get(id);
      if (error) reject(new Error(JSON.stringify(error)));
      else resolve(result);
    }
    if (method === "Runtime.exceptionThrown") problems.push(JSON.stringify(params));
    if (method === "Log.entryAdded" && params.entry.level !== "info") {
      problems.push(JSON.stringify(params.entry));
    }
    if (method === "Runtime.consoleAPICalled") problems.push(JSON.stringify(params.args));
    if (method === "Network.requestWillBeSent") requests.push(params.request.url);
  }
});

function send(method, params = {}) {
  last += 1;
  chromium.stdio[3].write(`${JSON.stringify({ id: last, method, params, sessionId: session })}\0`);
  return new Promise((resolve, reject) => waiting.set(last, [resolve, reject]));
}

/** Runs a function in the page, with arguments, and returns its result. */
async function inPage(f, ...values) {
  const expression = `(${f})(...${JSON.stringify(values)})`;
  const options = { expression, awaitPromise: true, returnByValue: true };
  const { result, exceptionDetails } = await send("Runtime.evaluate", options);
  if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
  return result.value;
}

async function press(key, code, modifiers = 0) {
  const event = { key, code: key, windowsVirtualKeyCode: code, modifiers };
  await send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...event });
  await send("Input.dispatchKeyEvent", { type: "keyUp", ...event });
}

async function drag(from, to) {
  const mouse = (type, [x, y]) => send("Input.dispatchMouseEvent",
    { type, x, y, button: "left", buttons: type === "mouseReleased" ? 0 : 1, clickCount: 1 });
  await mouse("mousePressed", from);
  await mouse("mouseMoved", to);
  await mouse("mouseReleased", to);
}

async function view({ width, scheme = "light", motion = "no-preference", media = "" }) {
  const size = { width, height: 900, deviceScaleFactor: 1, mobile: width < 600 };
  await send("Emulation.setDeviceMetricsOverride", size);
  await send("Emulation.setEmulatedMedia", { media, features: [
    { name: "prefers-color-scheme", value: scheme },
    { name: "prefers-reduced-motion", value: motion }] });
}

// ---- Functions that run in the page ----

const frames = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

/** The pictures of a part as text, after they have been drawn. */
async function pictures(id) {
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const all = [...document.querySelectorAll(`#${id} svg, #${id} canvas`)];
  return all.map((one) => (one instanceof HTMLCanvasElement ? one.toDataURL() : one.innerHTML))
    .join("\n");
}

/** Starts the network's training anew, for some epochs. */
function retrain() {
  const click = (name) => document.querySelector(`#learn [name=${name}]`).click();
  click("restart");
  for (let i = 0; i < 12; i++) click("epoch");
}

const controls = (id, kind) =>
  [...document.querySelectorAll(`#${id} ${kind}`)].map((control) => control.name);

function focus(id, name) {
  const input = document.querySelector(`#${id} [name=${name}]`);
  input.focus();
  return { value: input.value, top: input.value === input.max, text: input.ariaValueText,
    shown: input.parentElement.querySelector("output").textContent };
}

/** The contrast of each text colour on both backgrounds, as WCAG defines it. */
function contrasts() {
  const style = getComputedStyle(document.documentElement);
  const luminance = (name) => {
    const hex = style.getPropertyValue(name).trim().slice(1);
    const [r, g, b] = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return ["--text", "--quiet", "--accent", "--good", "--bad"].flatMap((front) =>
    ["--background", "--panel"].map((back) => {
      const [low, high] = [luminance(front), luminance(back)].sort((a, b) => a - b);
      return [`${front} on ${back}`, (high + 0.05) / (low + 0.05)];
    }));
}

/** Texts that are missing, and controls without a name. */
function gaps() {
  const texts = [...document.querySelectorAll("[data-t]")].filter((element) =>
    !element.textContent.trim() || !(element.dataset.t in WORDS));
  const labels = [...document.querySelectorAll("[role=img], nav, [data-label]")].filter((element) =>
    !element.ariaLabel || (element.dataset.label && !(element.dataset.label in WORDS)));
  const inputs = [...document.querySelectorAll("input, select")].filter((input) =>
    !input.labels[0]?.textContent.trim());
  return [...texts, ...labels, ...inputs].map((element) => element.outerHTML.slice(0, 200));
}

// ---- The steps ----

const step = (text) => console.log(text);
const PARTS = ["neuron", "learn", "valley", "scores", "threshold"];

async function sliders(id) {
  const before = async () => {
    if (id === "learn") await inPage(retrain);
    return inPage(pictures, id);
  };
  const names = await inPage(controls, id, "input[type=range]");
  assert.ok(names.length >= 3, `${id} has ${names.length} sliders`);
  assert.equal(await before(), await before(), `${id} is drawn differently without a change`);
  for (const name of names) {
    const first = await before();
    const old = await inPage(focus, id, name);
    const [there, back] = old.top ? ["ArrowLeft", "ArrowRight"] : ["ArrowRight", "ArrowLeft"];
    const code = (key) => (key === "ArrowLeft" ? 37 : 39);
    await press(there, code(there));
    const moved = await inPage(focus, id, name);
    assert.notEqual(moved.value, old.value, `${id}: ${name} does not follow the arrow keys`);
    assert.notEqual(moved.shown, old.shown, `${id}: the number beside ${name} stays`);
    assert.equal(moved.text, moved.shown, `${id}: ${name} tells screen readers another number`);
    assert.notEqual(await before(), first, `${id}: ${name} does not move the picture`);
    await press(back, code(back));
    assert.equal(await before(), first, `${id}: ${name} does not move the picture back`);
  }
  step(`${id}: ${names.length} sliders by keyboard: ${names.join(", ")}`);
}

async function choices(id) {
  for (const name of await inPage(controls, id, "select")) {
    const select = (index) => inPage((id, name, index) => {
      const select = document.querySelector(`#${id} [name=${name}]`);
      const old = select.selectedIndex;
      select.selectedIndex = index ?? old;
      select.dispatchEvent(new Event("change"));
      return [old, select.options.length];
    }, id, name, index);
    const [old, count] = await select(null);
    const seen = new Set();
    for (let index = 0; index < count; index++) {
      await select(index);
      if (id === "learn") await inPage(retrain);
      seen.add(await inPage(pictures, id));
    }
    assert.equal(seen.size, count, `${id}: choices of ${name} look the same`);
    await select(old);
    step(`${id}: ${count} choices of ${name}`);
  }
}

/** Clicks, then waits until the parts, which draw themselves in the next frame, have done so. */
async function click(selector) {
  await inPage((selector) => document.querySelector(selector).click(), selector);
  await inPage(frames);
}

const state = (id, name) => inPage((id, name) =>
  document.querySelector(`#${id} [name=${name}]`).value, id, name);

async function buttons() {
  const epochs = () => inPage(() => Number(document.querySelector("#learn .result b").textContent));
  await click("#learn [name=restart]");
  await click("#learn [name=start]");
  while ((await epochs()) < 5) await inPage(frames);
  await click("#learn [name=start]");
  await inPage(frames);
  const stopped = await epochs();
  await inPage(frames);
  assert.equal(await epochs(), stopped, "the training does not pause");
  for (const [id, name] of [["learn", "weights"], ["threshold", "sample"], ["valley", "roll"]]) {
    const first = await inPage(pictures, id);
    await click(`#${id} [name=${name}]`);
    assert.notEqual(await inPage(pictures, id), first, `${id}: ${name} changes nothing`);
  }
  while ((await state("valley", "steps")) < 5) await inPage(frames);
  const probabilities = () => inPage(() =>
    [...document.querySelectorAll("#scores td:nth-child(4)")].map((cell) => cell.textContent).join());
  const [first, score] = [await probabilities(), await state("scores", "cat")];
  await click("#scores [name=lower]");
  assert.notEqual(await state("scores", "cat"), score);
  assert.equal(await probabilities(), first, "scores moved together change the probabilities");
  step("buttons: start, pause, other weights, other sample, play, lower all");
}

async function dragging() {
  for (const [id, name] of [["neuron", "x1"], ["valley", "startX"], ["threshold", "threshold"]]) {
    const box = await inPage((id) => {
      const svg = document.querySelector(`#${id} svg`);
      svg.scrollIntoView({ block: "center", behavior: "instant" });
      const { left, top, width, height } = svg.getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    }, id);
    const first = [await state(id, name), await inPage(pictures, id)];
    await drag(box, [box[0] + 60, box[1] - 30]);
    assert.notEqual(await inPage(pictures, id), first[1], `${id}: the picture cannot be dragged`);
    assert.notEqual(await state(id, name), first[0], `${id}: ${name} does not follow the mouse`);
  }
  step("dragging: the neuron's input, the start of the descent, the threshold");
}

async function questions() {
  const counts = await inPage(() => [...document.querySelectorAll("fieldset")].map((fieldset) => {
    const answer = fieldset.querySelector(".answer");
    if (!answer.hidden) return "the explanation is shown before an answer";
    return [...fieldset.querySelectorAll("input")].filter((input) => {
      input.click();
      return !answer.hidden && answer.textContent.length > 60 && answer.classList.contains("right");
    }).length;
  }));
  assert.ok(counts.length >= 3 && counts.every((count) => count === 1), counts.join());
  step(`questions: ${counts.length}, each with one right answer and its explanation`);
}

async function keyboard() {
  await inPage(() => document.querySelector("[data-language]").focus());
  const seen = [];
  for (let i = 0; i < 12; i++) {
    await press("Tab", 9);
    seen.push(await inPage(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      return [document.activeElement.tagName, outlineStyle, parseFloat(outlineWidth)];
    }));
  }
  assert.ok(seen.every(([, style, width]) => style !== "none" && width >= 2), JSON.stringify(seen));
  assert.ok(seen.some(([tag]) => tag === "A") && seen.some(([tag]) => tag === "INPUT"));
  step("keyboard: twelve controls in turn, each with a visible focus");
}

async function languages() {
  const texts = [];
  for (const language of ["de", "en"]) {
    await click(`[data-language=${language}]`);
    assert.deepEqual(await inPage(gaps), [], `texts in ${language}`);
    assert.equal(await inPage(() => document.documentElement.lang), language);
    texts.push(await inPage(() => document.body.innerText));
  }
  assert.notEqual(texts[0], texts[1]);
  const same = texts[0].split("\n").filter((line) => line.length > 40 && texts[1].includes(line));
  assert.deepEqual(same, [], "sentences that are not translated");
  step("languages: German and English, every text in both");
}

async function views() {
  for (const width of [1280, 800, 390, 320]) {
    for (const scheme of ["light", "dark"]) {
      await view({ width, scheme });
      await inPage(frames);
      const wide = await inPage(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(wide[0] <= width && wide[1] <= width, `${wide} at ${width} px`);
      const low = (await inPage(contrasts)).filter(([, contrast]) => !(contrast >= 4.5));
      assert.deepEqual(low, [], scheme);
    }
  }
  await view({ width: 390, motion: "reduce" });
  await click("#valley [name=roll]");
  assert.equal(await state("valley", "steps"), "120", "an animation in spite of reduced motion");
  await view({ width: 1280, scheme: "dark", media: "print" });
  const [background, shown] = await inPage(() => [getComputedStyle(document.body).backgroundColor,
    getComputedStyle(document.querySelector("nav")).display]);
  assert.deepEqual([background, shown], ["rgb(255, 255, 255)", "none"], "print");
  const { data } = await send("Page.printToPDF", { printBackground: true });
  const pages = Buffer.from(data, "base64").toString("latin1").match(/\/Type\s*\/Page\b/g).length;
  assert.ok(pages >= 4 && pages <= 10, `${pages} printed pages`);
  step(`views: 1280 to 320 px without scrolling sideways, contrasts of 4.5 in light and dark, ` +
    `reduced motion, ${pages} printed pages`);
}

async function main() {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  session = (await send("Target.attachToTarget", { targetId, flatten: true })).sessionId;
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  const nothing = { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 };
  await send("Network.emulateNetworkConditions", nothing);
  await view({ width: 1280 });
  await send("Page.navigate", { url: address });
  while (!(await inPage(() => document.readyState === "complete"))) await inPage(frames);
  for (const id of PARTS) {
    await sliders(id);
    await choices(id);
  }
  await buttons();
  await dragging();
  await questions();
  await keyboard();
  await languages();
  await views();
  const large = await inPage(() => document.querySelectorAll("section").length);
  assert.equal(large, PARTS.length + 1);
  assert.deepEqual(problems, [], "the console");
  assert.deepEqual(requests.filter((url) => url !== address), [], "requests");
  step("console: no message, no request but for the page");
  console.log("done");
}

main().then(() => end(0), fail);
