/**
 * The page: buttons, keys and hands change the session, and what it has become is shown.
 * @module
 */
import { graphOf, isConstant } from "./engine.js";
import { FormulaError } from "./grammar.js";
import { derivation, enclosed, short } from "./steps.js";
import { Quiz, numbersOf } from "./quiz.js";
import { Scene, drawn, typeset } from "./scene.js";
import { Session } from "./session.js";
import { showBoundary, showCurve, showLoss, showSurface } from "./plots.js";
import { NumberRow, answerRow, found, groupRows, made, revealed, showDetails, showNumerical, showVerdict } from "./panels.js";
/** @import { Graph } from "./engine.js" */
/** @import { Language, Link } from "./quiz.js" */

const WIDTHS = [366, 720, 1200]; // pixels, as Python has laid out
const PAUSE = 200; // milliseconds between drawings of landscapes
const MOST_ROWS = 40; // numbers that are listed though they aren't in the view
const KEYS = ["·", "/", "²", "√", "σ", "∂", "−", "(", ")"];

/** Bring all graphs of the page to life. @param {Language} language */
export function startAll(language) {
  document.querySelectorAll(".graph").forEach((root, k, all) => start(/** @type {HTMLElement} */ (root), language, all.length > 1 ? `${k + 1}.` : ""));
}

/**
 * Bring an element to life that holds a graph as JSON.
 * @param {HTMLElement} root
 * @param {Language} language
 * @param {string | null} [prefix] of its words in the address; null for a graph that has no part in the address
 * @param {HTMLTemplateElement} [template] its markup
 * @returns {App}
 */
export function start(root, language, prefix = "", template = found("#graph", HTMLTemplateElement, document)) {
  const graph = graphOf(found("script", HTMLScriptElement, root).textContent ?? "", language.operations);
  root.append(template.content.cloneNode(true));
  const app = new App(root, graph, language, prefix);
  Object.assign(root, { app }); // for scripts of the site that it stands on
  return app;
}

/** A graph in use. */
export class App {
  /** @param {HTMLElement} root @param {Graph} graph @param {Language} language @param {string | null} prefix */
  constructor(root, graph, language, prefix) {
    this.root = root;
    this.prefix = prefix;
    this.session = new Session(graph);
    this.quiz = new Quiz(this.session, language);
    this.timer = 0; // of play
    this.running = 0; // the frame of a descent
    this.writing = this.mapping = 0; // timers of the address, and of the landscapes
    this.mapped = -PAUSE; // when they were drawn
    this.view = graph.views[0];
    /** @type {Map<string, Scene>} */
    this.scenes = new Map();
    /** @type {Scene | null} */
    this.scene = null;
    /** @type {ReturnType<typeof answerRow>[]} */
    this.answers = [];
    this.slider = this.input("step");
    this.say = this.element("sentence");
    this.rows = this.session.leaves.map((place) => new NumberRow(this.session, place, () => this.changed()));
    this.groups = groupRows(this.element("numbers"), this.rows, this.session);
    this.begin();
    this.listenToButtons();
    this.listenToKeys();
    this.listenToHands();
  }

  /** @param {string} name @returns {HTMLElement} */
  element(name) {
    return found(`.${name}`, HTMLElement, this.root);
  }

  /** @param {string} name @returns {HTMLInputElement} */
  input(name) {
    return found(`input.${name}`, HTMLInputElement, this.root);
  }

  begin() {
    const { graph } = this.session;
    this.element("title").textContent = graph.title;
    this.element("frozen").textContent = graph.frozen;
    this.element("frozen").hidden = !graph.frozen;
    for (const name of ["one-step", "run", "reset"]) found(`button.${name}`, HTMLButtonElement, this.root).disabled = Boolean(graph.frozen);
    for (const sign of KEYS) this.element("keys").append(made("button", { type: "button", "data-sign": sign }, sign));
    const address = location.hash; // going to a step writes it anew
    this.open(this.view.key);
    this.showRate();
    this.derive(graph.quiz);
    if (graph.step >= 0) this.go(graph.step);
    this.follow(address);
  }

  // ---------------------------------------------------------------- views
  /** Open a view. @param {string} key */
  open(key) {
    this.view = this.session.graph.views.find((each) => each.key === key) ?? this.view;
    this.showViews();
    this.arrange();
    const end = this.scene?.boxes.find(([, kind]) => kind === "root");
    if (this.view.name === "neuron" && end) [this.session.selected] = end[0];
    this.listLinks();
  }

  /** The way to the view, and the others that there are. */
  showViews() {
    const { views } = this.session.graph;
    const links = views.filter(({ key, name }) => name !== "neuron" && !key.startsWith("part ")).map((each) => this.link(each.key, each.title));
    const k = views.indexOf(this.view);
    const isPart = this.view.key.startsWith("part ");
    const parts = views.filter(({ key }) => key.startsWith("part "));
    const beside = isPart ? [parts[parts.indexOf(this.view) - 1], parts[parts.indexOf(this.view) + 1]] : [];
    const crumbs = this.view.name === "neuron" || isPart ? [made("span", {}, "›"), made("b", { "aria-current": "page" }, this.view.title)] : [];
    const [before, after] = beside.map((each, n) => (each ? [this.link(each.key, n ? "next ›" : "‹ before")] : []));
    if (!isPart && parts.length) links.push(this.link(parts[0].key, `${parts.length} parts`));
    const note = [views[k].note, this.view.name === "network" ? "choose a neuron to open it" : ""].filter(Boolean).join("; ");
    this.element("views").replaceChildren(...links, ...crumbs, ...(before ?? []), ...(after ?? []), made("span", { class: "note" }, note));
  }

  /** @param {string} key @param {string} title */
  link(key, title) {
    const button = made("button", { "data-view": key, "aria-pressed": String(key === this.view.key) }, title);
    button.addEventListener("click", () => this.turnTo(key));
    return button;
  }

  /** Open a view and write it into the address. @param {string} key */
  turnTo(key) {
    this.open(key);
    this.show();
    this.put(true);
    this.element("stage").focus({ preventScroll: true }); // keys go on from there
    this.element("views").querySelector("[aria-pressed=true], b")?.scrollIntoView({ block: "nearest" });
  }

  /** Put in the view as it is laid out for the width that there is. */
  arrange() {
    const room = this.element("stage").clientWidth || WIDTHS[2];
    const width = Math.max(0, WIDTHS.findLastIndex((each) => each <= room));
    const key = `${this.view.key} ${width}`;
    const scene = this.scenes.get(key) ?? new Scene(this.session.graph, this.view, width, this.session.figures);
    this.scenes.set(key, scene);
    const formula = this.session.graph.formula[width];
    if (scene === this.scene) return;
    this.scene = scene;
    this.element("stage").replaceChildren(scene.svg);
    const size = formula && { viewBox: `0 0 ${formula.size.join(" ")}`, width: formula.size[0], height: formula.size[1], role: "img", "aria-label": "the whole formula" };
    this.element("formula").replaceChildren(...(formula && size ? [drawn("svg", size, typeset(formula.parts, 0, formula.base))] : []));
    for (const { row, place } of this.rows) row.hidden = this.rows.length > MOST_ROWS && scene.owner[place] < 0;
    for (const [group, places] of this.groups) group.open = places.some((k) => scene.owner[k] >= 0) && (this.view.name !== "network" || places.some((k) => !this.session.graph.scopes[this.session.graph.nodes[k].scope].length));
  }

  // ---------------------------------------------------------------- showing
  /** Show all that a change of numbers has changed. */
  changed() {
    this.rows.forEach((row) => row.show());
    this.show();
    this.root.dispatchEvent(new Event("numbers")); // for scripts of the site that it stands on
  }

  show() {
    const { session, scene } = this;
    const { graph, figures, isQuiz, known, sums, partial } = session;
    const { kind, node, place } = session.step;
    const edges = kind === "backward" ? [place] : kind === "forward" ? graph.nodes[node].operands.map((_, each) => each) : [];
    scene?.show({
      figures, known, sums, partial,
      hidden: graph.nodes.map((_, k) => session.isHidden(k) && !isConstant(graph, k)),
      slopes: !isQuiz,
      activeNodes: new Set(session.isAtRest ? [] : [session.active]),
      activeEdges: edges.map((each) => ({ node, place: each, back: kind === "backward" })),
      selected: session.selected,
    });
    this.slider.max = String(session.end);
    this.slider.value = String(session.at);
    this.slider.setAttribute("aria-valuetext", `step ${session.at} of ${session.end}`);
    this.element("counter").textContent = `${session.at} / ${session.end}`;
    this.say.replaceChildren(session.sentence, ...(session.isAtRest || !scene || scene.owner[session.active] >= 0 ? [] : [" ", this.finder()]));
    this.element("legend").replaceChildren(made("span", { class: "plus" }, "━ +"), made("span", { class: "minus" }, "━ −"), this.legend);
    showDetails(this.root, session);
    this.element("activation").hidden = isQuiz;
    if (!isQuiz) {
      showCurve(this.element("activation"), session);
      showLoss(this.element("loss"), session);
      this.showMaps();
    }
  }

  /** Landscapes take long: they are drawn a few times a second, and once more at the end. */
  showMaps() {
    clearTimeout(this.mapping);
    const wait = this.mapped + PAUSE - performance.now();
    if (wait > 0) this.mapping = window.setTimeout(() => this.showMaps(), wait);
    else {
      showSurface(this.element("surface"), this.session);
      showBoundary(this.element("boundary"), this.session);
      this.mapped = performance.now();
    }
  }

  get legend() {
    const slopes = this.scene?.signs.some(Boolean) ? "; figures on edges: local derivatives" : "";
    const partial = this.session.partial.some(Boolean) ? "; … more flows in" : "";
    return ` gradient of ${this.session.graph.nodes[this.session.last].name}, beside the value; thick: much flows back${slopes}${partial}`;
  }

  // ---------------------------------------------------------------- steps
  /** @param {number} step */
  go(step) {
    const { session } = this;
    session.go(step);
    if (this.view.key.startsWith("part ") && !session.isAtRest && this.scene && this.scene.owner[session.active] < 0) this.open(this.viewOf(session.active));
    this.write();
    this.show();
  }

  /** The view that a node is in: a part, a neuron, or that of the whole. @param {number} place */
  viewOf(place) {
    const { views, scenes, nodes } = this.session.graph;
    const inner = views.filter((view) => view.name === "neuron" || view.key.startsWith("part "));
    for (let k = place; k >= 0; k = nodes.findIndex(({ operands }) => operands.includes(k))) {
      const holds = inner.find((view) => scenes[view.scenes[0]].boxes.some(([own, kind]) => own.includes(k) && kind !== "input"));
      if (holds) return holds.key; // of a hidden node: where its user is
    }
    return "";
  }

  /** A button that leads to what the step is about. */
  finder() {
    const button = made("button", { class: "finder" }, "show it");
    button.addEventListener("click", () => this.turnTo(this.viewOf(this.session.active)));
    return button;
  }

  /** Keep the view, the node and the step in the address; soon, as browsers limit how often that may be. */
  write() {
    clearTimeout(this.writing);
    this.writing = window.setTimeout(() => this.put(false), 150);
  }

  /** @param {boolean} isTurn whether the reader can go back to where it was */
  put(isTurn) {
    const { session, prefix } = this;
    if (prefix === null) return;
    clearTimeout(this.writing);
    const words = new URLSearchParams(location.hash.slice(1));
    const own = { view: this.view.key, node: session.selected === session.last ? "" : session.graph.nodes[session.selected].path, step: String(session.at) };
    for (const [key, each] of Object.entries(own)) {
      words.delete(prefix + key);
      if (each) words.set(prefix + key, each);
    }
    try {
      history[isTurn ? "pushState" : "replaceState"](null, "", `#${words}`);
    } catch {
      // a page inside of another, as in a notebook, has no address of its own
    }
  }

  /** Go to where an address leads. @param {string} address */
  follow(address) {
    if (this.prefix === null) return;
    const words = new URLSearchParams(address.slice(1));
    const [view, node, step] = ["view", "node", "step"].map((key) => words.get(this.prefix + key));
    if (step === null && view === null && node === null) return;
    if ((view ?? "") !== this.view.key) this.open(view ?? "");
    this.session.go(step === null ? this.session.at : Math.floor(Number(step)) || 0);
    const place = this.session.graph.nodes.findIndex(({ path }) => path === node);
    if (place >= 0) this.session.selected = place;
    this.write();
    this.show();
  }

  playOrPause() {
    if (this.timer) return this.pause();
    const { session } = this;
    if (session.at >= session.end) this.go(0);
    const pace = 1000 / Number(this.input("speed").value);
    this.timer = window.setInterval(() => (session.at < session.end ? this.go(session.at + 1) : this.pause()), pace);
    this.pressed("play", "Pause", true);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.pressed("play", "Play", false);
  }

  /** @param {string} name @param {string} text @param {boolean} isPressed */
  pressed(name, text, isPressed) {
    this.element(name).textContent = text;
    this.element(name).setAttribute("aria-pressed", String(isPressed));
  }

  // ---------------------------------------------------------------- descent
  get rate() {
    return 10 ** Number(this.input("rate").value);
  }

  showRate() {
    this.element("rate-value").textContent = short(this.rate, 2);
  }

  descend() {
    const { session } = this;
    if (!session.trained.size) {
      this.halt();
      this.say.textContent = "Choose what is trained: tick a box beside a number.";
      return;
    }
    session.descend(this.rate);
    this.changed();
    if (Number.isFinite(session.figures.values[session.last])) return;
    this.halt();
    this.say.textContent = "The loss is not finite any more: take a smaller learning rate, and reset.";
  }

  runOrHalt() {
    if (this.running) return this.halt();
    this.pressed("run", "Stop", true);
    const frame = () => {
      this.running = requestAnimationFrame(frame);
      this.descend();
    };
    this.running = requestAnimationFrame(frame);
  }

  halt() {
    cancelAnimationFrame(this.running);
    this.running = 0;
    this.pressed("run", "Run", false);
  }

  reset() {
    this.halt();
    this.session.reset();
    this.changed();
  }

  // ---------------------------------------------------------------- derived by hand
  /** Hide the gradients, to be derived by hand, or show them again. @param {boolean} isQuiz */
  derive(isQuiz) {
    this.pause();
    this.halt();
    this.session.isQuiz = isQuiz;
    for (const each of this.root.querySelectorAll(".explore")) /** @type {HTMLElement} */ (each).hidden = isQuiz;
    this.element("by-hand").hidden = !isQuiz;
    this.element("transport").classList.toggle("still", isQuiz);
    this.pressed("mode", "Derive by hand", isQuiz);
    this.listLinks();
    this.go(this.session.end);
  }

  /** What is asked for: the gradients of the boxes in sight, the nearest to the result first, with the local ones before. */
  listLinks() {
    const { session, scene, quiz } = this;
    if (!session.isQuiz || !scene) return;
    const nodes = [...new Set(scene.slots.flatMap(({ nodes: own, what }) => (what === "g" && own.length === 1 ? own : [])))];
    const links = /** @type {Link[]} */ ([]);
    for (const below of nodes.filter((k) => k !== session.last).sort((a, b) => b - a)) {
      const name = quiz.nameOf(below);
      const isAsked = (/** @type {number} */ n) => this.input("locals").checked && scene.boxes[scene.layout.edges[n][0]][0][0] === below && scene.waysOf(n).length;
      const heads = new Map(scene.layout.edges.flatMap(([, head], n) => (isAsked(n) && scene.boxes[head][0][0] !== session.last ? [[scene.boxes[head][0][0], scene.waysOf(n)]] : [])));
      for (const [above, ways] of heads) links.push({ name: `∂${enclosed(quiz.nameOf(above))}/∂${enclosed(name)}`, above, below, ways });
      links.push({ name, above: session.last, below, ways: [] });
    }
    quiz.links = links;
    this.answers = links.map((link) => answerRow(link, quiz, (text) => this.answer(link, text), () => this.reveal(link)));
    this.element("answers").replaceChildren(...this.answers.map(({ row }) => row));
    this.showAnswers();
  }

  /** @param {Link} link @param {string} text */
  answer(link, text) {
    const { quiz, answers } = this;
    try {
      quiz.answers.delete(link.name);
      quiz.level = 0;
      this.element("hints").textContent = "";
      if (text.trim()) quiz.answers.set(link.name, quiz.read(text, link));
      quiz.judge();
      this.showAnswers();
    } catch (error) {
      if (!(error instanceof FormulaError)) throw error;
      quiz.answers.delete(link.name);
      quiz.judge();
      this.showAnswers();
      const row = answers.find((each) => each.link === link);
      if (row) showVerdict(row.verdict, { kind: "wrong", words: error.message, hint: "" }, []);
    }
    this.show();
    this.root.dispatchEvent(new Event("answers")); // as "numbers"
  }

  /** @param {Link} link */
  reveal(link) {
    const { session, answers } = this;
    if (!link.ways.length) session.solved.add(link.below);
    const row = answers.find((each) => each.link === link);
    if (row) row.verdict.textContent = revealed(this.quiz.exact(link, session.figures, []));
    this.show();
  }

  showAnswers() {
    const { quiz } = this;
    for (const { link, verdict } of this.answers) showVerdict(verdict, quiz.verdicts.get(link.name), quiz.answers.get(link.name)?.remarks ?? []);
    this.element("marks").textContent = quiz.marks;
    this.input("result").value = quiz.result;
  }

  hint() {
    const { quiz, session } = this;
    this.element("hints").textContent = quiz.hint(({ below }) => derivation(session.graph, below, session.figures)).join("\n");
    quiz.level = Math.min(4, quiz.level + 1);
  }

  /** Other numbers, to be derived anew. */
  seed() {
    const { session, quiz } = this;
    quiz.seed = this.input("seed").value;
    if (quiz.seed === "") session.reset();
    else session.assignAll(numbersOf(session.leaves.map((place) => session.recorded[place]), Number(quiz.seed)));
    session.solved.clear();
    quiz.answers.clear();
    quiz.judge();
    this.listLinks();
    this.changed();
  }

  // ---------------------------------------------------------------- buttons and keys
  /** @type {Record<string, () => void>} */
  presses = {
    first: () => this.go(0),
    previous: () => this.go(this.session.at - 1),
    play: () => this.playOrPause(),
    next: () => this.go(this.session.at + 1),
    last: () => this.go(this.session.end),
    "one-step": () => this.descend(),
    run: () => this.runOrHalt(),
    reset: () => this.reset(),
    mode: () => this.derive(!this.session.isQuiz),
    hint: () => this.hint(),
    theme: turnTheme,
  };

  listenToButtons() {
    for (const [name, press] of Object.entries(this.presses)) found(`button.${name}`, HTMLButtonElement, this.root).addEventListener("click", press);
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    this.input("speed").addEventListener("input", () => {
      if (!this.timer) return;
      this.pause();
      this.playOrPause();
    });
    this.input("rate").addEventListener("input", () => this.showRate());
    this.input("h").addEventListener("input", () => showNumerical(this.root, this.session));
    this.input("locals").addEventListener("change", () => this.listLinks());
    this.input("seed").addEventListener("change", () => this.seed());
    this.element("keys").addEventListener("pointerdown", (event) => {
      const key = /** @type {Element} */ (event.target).closest("[data-sign]");
      if (!key) return;
      event.preventDefault(); // the field keeps the focus
      this.type(/** @type {HTMLElement} */ (key).dataset.sign ?? "");
    });
    this.element("keys").addEventListener("click", (event) => event.detail === 0 && this.type(/** @type {HTMLElement} */ (event.target).dataset.sign ?? ""));
    this.root.addEventListener("focusin", (event) => {
      if (event.target instanceof HTMLInputElement && event.target.closest(".answer")) this.field = event.target;
    });
    new ResizeObserver(() => {
      this.arrange();
      this.show();
    }).observe(this.element("stage"));
    addEventListener("popstate", () => this.follow(location.hash || "#step="));
    addEventListener("hashchange", () => this.follow(location.hash));
  }

  /** Put a sign into the field that was typed into last. @param {string} sign */
  type(sign) {
    const field = this.field?.isConnected ? this.field : this.root.querySelector(".answer .field");
    if (!(field instanceof HTMLInputElement)) return;
    field.setRangeText(sign, field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length, "end");
    field.focus();
  }

  listenToKeys() {
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowRight: this.presses.next, ArrowLeft: this.presses.previous, Home: this.presses.first, End: this.presses.last,
      " ": this.presses.play, Escape: () => this.view.key && this.turnTo(""),
      ArrowDown: () => this.neighbour(1), ArrowUp: () => this.neighbour(-1),
    };
    const listen = (/** @type {KeyboardEvent} */ event) => {
      const target = /** @type {Element} */ (event.target);
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const node = target.closest(".node");
      if (node && event.key === "Enter") {
        event.preventDefault();
        return this.press(node);
      }
      if (target.closest("input, textarea, select") && event.key !== "Escape") return;
      if (target.closest("button, summary") && (event.key === " " || event.key === "Enter")) return;
      if (!keys[event.key] || (/^Arrow(Up|Down)$/.test(event.key) && !node)) return;
      event.preventDefault();
      keys[event.key]();
    };
    this.root.addEventListener("keydown", listen);
    if (this.prefix === "") document.addEventListener("keydown", (event) => event.target === document.body && listen(event));
  }

  /** The next box. @param {number} by */
  neighbour(by) {
    const groups = this.scene?.groups.filter((group) => group.tabIndex === 0) ?? [];
    const k = groups.findIndex((group) => group === document.activeElement);
    groups[Math.min(groups.length - 1, Math.max(0, k + by))]?.focus();
  }

  // ---------------------------------------------------------------- hands
  /** @param {number} place */
  select(place) {
    this.session.selected = place;
    this.write();
    this.show();
  }

  /** Open the neuron of a box, or edit the number of a leaf. @param {Element} node */
  press(node) {
    const [place] = placesOf(node);
    const opens = node instanceof SVGElement && node.dataset.opens;
    if (opens) return this.turnTo(opens);
    if (this.session.isQuiz) return this.answers.find(({ link }) => link.below === place && !link.ways.length)?.field.focus();
    const row = this.session.isQuiz ? undefined : this.rows.find((each) => each.place === place);
    const group = row?.row.closest("details");
    if (group) group.open = true;
    row?.field.focus();
  }

  listenToHands() {
    const stage = this.element("stage");
    stage.addEventListener("focusin", (event) => {
      const [place] = placesOf(/** @type {Element} */ (event.target).closest(".node"));
      if (place !== undefined) this.select(place);
    });
    stage.addEventListener("click", (event) => {
      const node = /** @type {Element} */ (event.target).closest(this.session.isQuiz ? ".node" : "[data-opens]");
      if (node) this.press(node);
    });
    stage.addEventListener("dblclick", (event) => {
      const node = /** @type {Element} */ (event.target).closest(".node");
      if (node) this.press(node);
    });
    stage.addEventListener("pointerdown", (event) => this.drag(event));
  }

  /** Drag a leaf's number. @param {PointerEvent} event */
  drag(event) {
    const { session, rows } = this;
    const node = /** @type {Element} */ (event.target).closest(".node");
    const [place, more] = placesOf(node);
    if (!node || more !== undefined || event.button !== 0 || !rows.some((row) => row.place === place) || session.graph.frozen || session.isQuiz) return;
    const [from, number] = [event.clientX, session.numbers[place]];
    let isDragged = false; // a finger that scrolls, or a click that shakes, changes nothing
    const move = (/** @type {PointerEvent} */ moved) => {
      isDragged ||= Math.abs(moved.clientX - from) > Math.max(6, Math.abs(moved.clientY - event.clientY));
      if (!isDragged) return;
      session.assign(place, Number((number + ((moved.clientX - from) * Math.max(1, Math.abs(number))) / 150).toPrecision(4)));
      this.changed();
    };
    const release = new AbortController();
    node.setPointerCapture(event.pointerId);
    node.addEventListener("pointermove", /** @type {EventListener} */ (move), release);
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => release.abort(), release);
  }
}

/** The nodes of a box. @param {Element | null} node @returns {number[]} */
function placesOf(node) {
  const words = node instanceof SVGElement ? (node.dataset.nodes ?? "") : "";
  return words ? words.split(" ").map(Number) : [];
}

/** From light to dark, or back. */
function turnTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
}
