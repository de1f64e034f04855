/**
 * The playground: a derivation that is judged, and programs. The page's own script shows graphs; Python is in a worker.
 * @module
 */
import { language, start } from "./page.js";

const $ = (id) => document.getElementById(id);
const EXAMPLES = {
  "One neuron": 'from tinygrad_neuron import parse\n\nloss = parse("net = w*x + b; y = tanh(net); loss = (y - t)^2/2", {"x": 0.4, "w": 0.5, "b": 0.6, "t": 0.7})\nloss.backward()\nloss\n',
  "A derivation, judged": 'from tinygrad_neuron import check, parse\n\nloss = parse("net = w*x + b; y = tanh(net); loss = (y - t)^2/2", {"x": 0.4, "w": 0.5, "b": 0.6, "t": 0.7})\ncheck(loss, {"y": "y - t", "net": "(y - t)(1 - y)", "w": "(y - t)(1 - y)x"})\n',
  "A network": 'from tinygrad_neuron import Value, draw\nfrom tinygrad_neuron.nn import MLP\n\nx = [Value(0.9, label="x1"), Value(-0.4, label="x2")]\n(y,) = MLP([2, 4, 1], seed=1)(x)\nloss = (y - 1.0) ** 2\nloss.label = "loss"\nloss.backward()\ndraw(loss, width=360)\n',
  "The chain rule, step by step": 'from tinygrad_neuron import derive, variables\n\nx, w = variables(x=3.0, w=2.0)\ny = (x * w).tanh()\ny.label = "y"\nderive(y, w)\n',
};
let worker, ready = false, count = 0, view, app, given, chosen, hasRun = false;
const CARDS = `.cards thead { display: none; } .cards, .cards tbody, .cards tr { display: block; } .cards tr { padding: 6px 0; border-bottom: 1px solid #8886; }
.cards td { display: grid; grid-template-columns: 10rem 1fr; text-align: left !important; padding: 0 !important; overflow-wrap: anywhere; } .cards td:empty { display: none; }
.cards td::before { content: attr(data-heading); opacity: 0.7; }`;
const waiting = new Map();
const BASE = new URL(".", location.href).href;
const EXACT = { wheel: "EXACT_WHEEL", size: "EXACT_SIZE" };

// ---------------------------------------------------------------- Python
/** A worker from a blob: such a one has this page's policy, one from an address has none. */
function load() {
  try {
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)); // an empty one
  } catch {
    return say("This browser, or its settings, refuse WebAssembly, so Python can't run here. The page below judges by itself.");
  }
  worker = made();
  worker.onmessage = ({ data }) => hear(data);
  worker.onerror = () => say("Python can't be started here: this browser, or its settings, refuse WebAssembly.");
  worker.postMessage({ base: BASE });
}

function made() {
  const address = new URL("worker.js", location.href).href;
  return new Worker(URL.createObjectURL(new Blob([`import ${JSON.stringify(address)}`], { type: "text/javascript" })), { type: "module" });
}

/** Keep Python's memory for the next visit, in a worker that no program of a visitor runs in. */
function keep() {
  const keeper = made();
  keeper.onmessage = () => {
    document.body.dataset.kept = "yes";
    keeper.terminate();
  };
  keeper.postMessage({ base: BASE, isKeeping: true });
}

function hear({ id, kind, text, memory }) {
  if (kind === "ready") {
    ready = true;
    document.body.dataset.ready = text;
    navigator.serviceWorker?.controller?.postMessage("keep");
    if (text === "new") setTimeout(keep, 1500);
    say("Python is ready.");
    if ($("exact").checked) exactly();
    for (const { message } of waiting.values()) worker.postMessage(message);
  } else if (kind === "refused") say(`Python can't be started here (${text}). The page below judges by itself.`);
  else if (kind === "done" || kind === "dead") {
    if (memory) $("memory").textContent = `Python uses ${Math.round(memory / 2 ** 20)} MB`;
    waiting.get(id)?.end(kind === "dead" ? { dead: text } : { text });
    waiting.delete(id);
    if (kind === "dead") restart(`Python has stopped: ${text}. It is started again.`);
  } else put(kind, text);
}

function ask(kind, text) {
  const theme = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const message = { id: ++count, kind, text, theme, width: Math.floor($("output").clientWidth) || 366 };
  if (ready) worker.postMessage(message);
  return new Promise((end) => waiting.set(message.id, { message, end }));
}

function restart(words) {
  worker?.terminate();
  hasRun = false;
  delete document.body.dataset.exact;
  ready = false;
  for (const { end } of waiting.values()) end({ dead: words });
  waiting.clear();
  say(words);
  load();
}

/** Load the library of the exact checker, as the visitor asked; what is answered is judged again. */
async function exactly() {
  if (!ready) return;
  say(`The exact checker is loading, ${EXACT.size} …`);
  const { text, dead } = await ask("exact", EXACT.wheel);
  document.body.dataset.exact = dead ? "" : text;
  if (dead) return;
  say("Python is ready, and its verdicts are exact.");
  judge();
}

const say = (words) => { $("state").textContent = words; };

// ---------------------------------------------------------------- derive
const numbersOf = (text) => Object.fromEntries([...text.matchAll(/([^\s=,;]+)\s*=\s*([-−+]?[\d.]+(?:e[-+]?\d+)?)/giu)].map(([, name, number]) => [name, Number(number.replace("−", "-"))]));

/** The exercise as the form has it. */
function request() {
  const [title, digits] = [$("title").value.trim(), $("digits").valueAsNumber];
  return { text: $("expression").value, numbers: numbersOf($("numbers").value), ...(title && { title }), ...(digits > 0 && { digits }) };
}

async function derive(answers = {}) {
  given = request();
  $("complaint").textContent = ready ? "" : "Python is still loading: a moment …";
  const { text, dead } = await ask("make", JSON.stringify({ title: "Derive this", ...given }));
  const found = dead ? { error: dead } : JSON.parse(text);
  $("complaint").textContent = found.error ?? "";
  if (found.error) return;
  const [root, data] = [document.createElement("div"), document.createElement("script")];
  [root.className, data.type, data.textContent] = ["graph", "application/json", JSON.stringify(found.graph)];
  root.append(data);
  $("place").replaceChildren(root);
  live(root, answers);
}

/** Bring a graph to life: what is answered is judged at once by the page, and then by Python, which knows more mistakes. */
function live(root, answers = {}) {
  app = start(root, language, null);
  root.addEventListener("answers", judge);
  for (const row of app.answers) if (answers[row.link.name]) { row.field.value = answers[row.link.name]; app.answer(row.link, row.field.value); }
}

async function judge() {
  const { quiz } = app;
  const answers = Object.fromEntries([...quiz.answers].map(([name, { text }]) => [name, text]));
  const numbers = Object.fromEntries(app.session.leaves.map((place) => [quiz.nameOf(place), app.session.numbers[place]]));
  mark();
  delete quiz.hint; // until Python has judged, the page's own hints
  if (!Object.keys(answers).length) return;
  const asked = app;
  const { text, dead } = await ask("judge", JSON.stringify({ ...given, numbers: { ...given.numbers, ...numbers }, answers }));
  const found = dead ? {} : JSON.parse(text);
  if (asked !== app || !found.links || Object.keys(answers).some((name) => quiz.answers.get(name)?.text !== answers[name])) return;
  for (const { name, verdict, words } of found.links) {
    const before = quiz.verdicts.get(name);
    if (before) quiz.verdicts.set(name, { ...before, kind: verdict, words });
  }
  quiz.hint = () => found.hints[quiz.level];
  app.showAnswers();
  mark();
  document.body.dataset.judged = String(Number(document.body.dataset.judged ?? 0) + 1);
}

/** Mark in the picture what is wrong. */
function mark() {
  const { quiz, scene } = app;
  const wrong = new Set(quiz.links.filter(({ name, ways }) => !ways.length && quiz.verdicts.get(name)?.kind === "wrong").map(({ below }) => below));
  scene.groups.forEach((group, b) => group.classList.toggle("wrong", scene.boxes[b][0].some((place) => wrong.has(place))));
}

// ---------------------------------------------------------------- programs
/** What a program made is text for us: scripts, handlers and addresses are dropped, styles are set by the object model. */
function put(kind, text) {
  const place = document.createElement("div");
  place.className = kind;
  if (kind === "text" || kind === "error") place.append(...text.split("\n\n").map(paragraph));
  else if (kind === "page") place.append(Object.assign(document.createElement("iframe"), { sandbox: "allow-scripts", srcdoc: text, title: "interactive graph" }));
  else if (kind === "png") place.append(Object.assign(new Image(), { src: `data:image/png;base64,${text}`, alt: "picture" }));
  else fill(place, text);
  $("output").append(place);
  if (kind === "html" && place.scrollWidth > place.clientWidth) place.shadowRoot.querySelectorAll("table").forEach(stack);
}

/** What is printed: tables scroll, all else is wrapped. */
const paragraph = (text) => Object.assign(document.createElement("pre"), { textContent: text, className: text.includes("──") ? "table" : "" });

/** A table that is too wide: each row becomes a card, each cell bears its heading. */
function stack(table) {
  const headings = [...table.querySelectorAll("thead th")].map((each) => each.textContent);
  table.classList.add("cards");
  for (const row of table.tBodies[0]?.rows ?? []) [...row.cells].forEach((cell, k) => cell.dataset.heading = headings[k] ?? "");
}

function fill(place, text) {
  const renamed = text.replace(/(\s)style=(?=["'])/g, "$1data-style=").replace(/<(\/?)style\b/gi, "<$1x-style").replace(/<(base|meta)\b/gi, "<x-$1").replace(/([\s/"'])on(?=\w+\s*=)/gi, "$1data-on");
  const parsed = new DOMParser().parseFromString(renamed, "text/html");
  const root = place.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:host { display: block; overflow-x: auto; } svg { max-width: 100%; height: auto; } td, th { white-space: normal; }\n${CARDS}\n${[...parsed.querySelectorAll("x-style")].map((each) => each.textContent).join("\n")}`);
  root.adoptedStyleSheets = [sheet];
  parsed.querySelectorAll("script, x-style, iframe, object, embed, link, x-meta, x-base, form, foreignObject, animate, set").forEach((each) => each.remove());
  for (const each of parsed.body.querySelectorAll("*")) {
    const style = each.getAttribute("data-style");
    for (const { name } of [...each.attributes]) if (/^data-(style|on)/i.test(name)) each.removeAttribute(name);
    for (const { name, value } of [...each.attributes]) if (/^(on|style|src|srcdoc|action|formaction)/i.test(name) || (/href$/i.test(name) && !value.startsWith("#"))) each.removeAttribute(name);
    if (style && !/url\s*\(/i.test(style)) each.style.cssText = style;
  }
  root.append(...[...parsed.body.childNodes].map((node) => document.adoptNode(node)));
}

async function run() {
  $("output").replaceChildren();
  $("stop").disabled = false;
  delete document.body.dataset.done;
  if (!ready) say("Python is loading: the program runs when it is there.");
  hasRun = true;
  const { dead } = await ask("run", view.state.doc.toString());
  if (dead) put("error", dead);
  $("stop").disabled = true;
  document.body.dataset.done = "yes";
}

// ---------------------------------------------------------------- links
const through = (bytes, stream) => new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer();

async function packed(text) {
  const bytes = new Uint8Array(await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw")));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
  return new TextDecoder().decode(await through(bytes, new DecompressionStream("deflate-raw")));
}

async function copyLink(kind, text) {
  history.replaceState(null, "", `#${kind}=${await packed(text)}`);
  await navigator.clipboard?.writeText(location.href).catch(() => {});
  say(`The link is in the address, ${location.href.length} characters, and copied if the browser allows it.`);
}

// ---------------------------------------------------------------- the page
function turn(isPython) {
  [$("derive").hidden, $("python").hidden] = [isPython, !isPython];
  $("to-derive").setAttribute("aria-pressed", String(!isPython));
  $("to-python").setAttribute("aria-pressed", String(isPython));
  if (isPython && !view) open(Object.values(EXAMPLES)[0]);
  if (!isPython && hasRun) restart("Python is started again: no program judges a derivation.");
}

async function open(program) {
  chosen = program;
  const { editorIn } = await import("./editor.js");
  if (chosen !== program) return; // another one was chosen meanwhile
  view ??= editorIn($("editor"), program, run);
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: program } });
}

/** What a link brings is put in its place; nothing of it runs before a tap. */
async function follow() {
  const [, kind, text] = /^#(derive|code)=([\w-]+)$/.exec(location.hash) ?? [];
  if (!kind) return;
  try {
    const found = await unpacked(text);
    if (kind === "code") {
      turn(true);
      await open(found);
      return say("A program came in the link: read it, and run it if you like.");
    }
    const { text: expression, numbers, title = "", digits = "" } = JSON.parse(found);
    [$("expression").value, $("title").value, $("digits").value] = [String(expression), String(title), Number(digits) || ""];
    $("numbers").value = Object.entries(numbers).map(([name, number]) => `${name} = ${Number(number)}`).join(", ");
    $("own").open = true;
    say(`${title ? `“${title}”` : "An exercise"} came in the link: tap “Derive this” to begin.`);
  } catch {
    say("The link can't be read: it may have been cut off.");
  }
}

$("to-derive").onclick = () => turn(false);
$("to-python").onclick = () => turn(true);
$("expression-form").onsubmit = (event) => {
  event.preventDefault();
  derive();
};
$("link").onclick = () => copyLink("derive", JSON.stringify(request()));
$("link-code").onclick = () => copyLink("code", view.state.doc.toString());
$("page").onclick = async () => {
  const { text, dead } = await ask("page", JSON.stringify(request()));
  if (dead) return say(dead);
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([text], { type: "text/html" })), download: "neuron.html" });
  link.click();
};
$("run").onclick = run;
$("stop").onclick = () => restart("Stopped. Python is started again.");
$("exact").checked = localStorage.exact === "yes";
$("exact-size").textContent = EXACT.size;
$("exact").onchange = () => {
  localStorage.exact = $("exact").checked ? "yes" : "";
  if ($("exact").checked) exactly();
  else if (document.body.dataset.exact) restart("Python is started again, without the exact checker.");
};
for (const name of Object.keys(EXAMPLES)) $("examples").append(new Option(name));
$("examples").onchange = ({ target }) => open(EXAMPLES[target.value]);
given = request();
live(document.querySelector("#place .graph"));
follow();
addEventListener("hashchange", follow);
// the large files shall go through the service worker, which keeps them: wait for it a moment
const kept = navigator.serviceWorker?.register("sw.js").then(() => navigator.serviceWorker.ready).catch(() => {});
await Promise.race([kept, new Promise((end) => setTimeout(end, 1500))]);
load();
