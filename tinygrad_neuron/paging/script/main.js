/**
 * The page: buttons, keys and hands change the session, and what it has become is shown.
 * @module
 */
import { isConstant } from "./engine.js";
import { figure } from "./steps.js";
import { Diagram, found } from "./diagram.js";
import { Session } from "./session.js";
import { NumberRow, answerRow, showDetails, showNumerical, showLoss } from "./panels.js";
/** @import { Graph, Rules } from "./engine.js" */
/** @import { Calculator } from "./quiz.js" */
/** @typedef {Record<string, () => void>} Presses */

/**
 * Bring the page to life.
 * @param {Graph} graph
 * @param {Rules} rules
 * @param {Calculator} calculator
 */
export function start(graph, rules, calculator) {
  new App(new Session(graph, rules, calculator));
}

/** The page in use. */
class App {
  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.diagram = new Diagram(session.graph);
    this.timer = 0; // of play
    this.running = 0; // the frame of a descent
    this.slider = found("#step", HTMLInputElement);
    this.say = found("#sentence", HTMLElement);
    this.rows = session.leaves.map((place) => new NumberRow(session, place, () => this.changed()));
    session.graph.nodes.forEach((_, k) => {
      if (k !== session.last && !isConstant(session.graph, k)) answerRow(session, k, () => this.show());
    });
    this.listenToButtons();
    this.listenToKeys();
    this.listenToHands();
    this.begin();
  }

  begin() {
    const { graph } = this.session;
    found("#frozen", HTMLElement).textContent = graph.frozen;
    found("#frozen", HTMLElement).hidden = !graph.frozen;
    for (const id of ["one-step", "run", "reset"]) found(`#${id}`, HTMLButtonElement).disabled = Boolean(graph.frozen);
    this.showRate();
    const address = location.hash; // going to a step writes it anew
    this.derive(graph.quiz);
    if (graph.step >= 0) this.go(graph.step);
    this.follow(address);
  }

  // ---------------------------------------------------------------- showing
  /** Show all that a change of numbers has changed. */
  changed() {
    this.rows.forEach((row) => row.show());
    this.show();
  }

  show() {
    const { session, diagram } = this;
    const { graph, figures, isQuiz, gradients, known } = session;
    diagram.show({
      values: figures.values.map((value, k) => (known[k] ? figure(value) : null)),
      gradients: gradients.map((gradient, k) => (session.isHidden(k) ? "?" : gradient === null ? null : figure(gradient))),
      titles: graph.nodes.map(({ name }, k) => {
        const value = known[k] ? ` = ${figures.values[k]}` : "";
        return `${name}${value}${gradients[k] === null ? "" : `; gradient ${gradients[k]}`}`;
      }),
      slopes: figures.slopes.map((each, k) =>
        each.map((slope) => (slope === null || isQuiz || !known[k] ? null : figure(slope))),
      ),
      activeNodes: new Set(session.isAtRest ? [] : [session.active]),
      activeEdges: this.activeEdges(),
    });
    this.slider.max = String(session.end);
    this.slider.value = String(session.at);
    this.slider.setAttribute("aria-valuetext", `step ${session.at} of ${session.end}`);
    found("#counter", HTMLElement).textContent = `${session.at} / ${session.end}`;
    this.say.textContent = session.sentence;
    this.showSelected();
    showLoss(session);
  }

  activeEdges() {
    const { kind, node, place } = this.session.step;
    if (kind === "backward") return [{ node, place, back: true }];
    if (kind !== "forward") return [];
    return this.session.graph.nodes[node].operands.map((_, each) => ({ node, place: each, back: false }));
  }

  showSelected() {
    showDetails(this.session);
    this.diagram.boxes.forEach((box, k) => box.classList.toggle("selected", k === this.session.selected));
    this.diagram.svg.setAttribute("aria-activedescendant", `n${this.session.selected}`);
  }

  // ---------------------------------------------------------------- steps
  /** @param {number} step */
  go(step) {
    this.session.go(step);
    if (!this.session.isAtRest) this.diagram.reveal(this.session.active);
    try {
      history.replaceState(null, "", `#step=${this.session.at}`);
    } catch {
      // a page inside of another, as in a notebook, has no address of its own
    }
    this.show();
  }

  /** @param {string} address */
  follow(address) {
    const step = /(?:^#|&)step=(\d+)/.exec(address);
    if (step) this.go(Number(step[1]));
  }

  playOrPause() {
    if (this.timer) return this.pause();
    const { session } = this;
    if (session.at >= session.end) this.go(0);
    const pace = 1000 / Number(found("#speed", HTMLInputElement).value);
    this.timer = window.setInterval(() => (session.at < session.end ? this.go(session.at + 1) : this.pause()), pace);
    pressed("#play", "⏸ Pause", true);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    pressed("#play", "▶ Play", false);
  }

  // ---------------------------------------------------------------- descent
  get rate() {
    return 10 ** Number(found("#rate", HTMLInputElement).value);
  }

  showRate() {
    found("#rate-value", HTMLElement).textContent = figure(this.rate, 2);
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
    pressed("#run", "Stop", true);
    const frame = () => {
      this.running = requestAnimationFrame(frame);
      this.descend();
    };
    this.running = requestAnimationFrame(frame);
  }

  halt() {
    cancelAnimationFrame(this.running);
    this.running = 0;
    pressed("#run", "Run", false);
  }

  reset() {
    this.halt();
    this.session.reset();
    this.changed();
  }

  /** Hide the gradients, to be derived by hand, or show them again. @param {boolean} isQuiz */
  derive(isQuiz) {
    this.pause();
    this.halt();
    this.session.isQuiz = isQuiz;
    found("#explore", HTMLElement).hidden = isQuiz;
    found("#by-hand", HTMLElement).hidden = !isQuiz;
    found("#mode", HTMLButtonElement).setAttribute("aria-pressed", String(isQuiz));
    this.go(this.session.end);
  }

  // ---------------------------------------------------------------- buttons and keys
  /** @type {Presses} */
  presses = {
    first: () => this.go(0),
    previous: () => this.go(this.session.at - 1),
    play: () => this.playOrPause(),
    next: () => this.go(this.session.at + 1),
    last: () => this.go(this.session.end),
    "zoom-in": () => this.diagram.zoom(1.25),
    "zoom-out": () => this.diagram.zoom(0.8),
    fit: () => this.diagram.fit(),
    "one-step": () => this.descend(),
    run: () => this.runOrHalt(),
    reset: () => this.reset(),
    mode: () => this.derive(!this.session.isQuiz),
    theme: turnTheme,
  };

  listenToButtons() {
    for (const [id, press] of Object.entries(this.presses)) found(`#${id}`, HTMLButtonElement).addEventListener("click", press);
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    found("#speed", HTMLInputElement).addEventListener("input", () => {
      if (!this.timer) return;
      this.pause();
      this.playOrPause();
    });
    found("#rate", HTMLInputElement).addEventListener("input", () => this.showRate());
    found("#h", HTMLInputElement).addEventListener("input", () => showNumerical(this.session));
    addEventListener("resize", () => this.diagram.place());
    addEventListener("hashchange", () => this.follow(location.hash));
  }

  listenToKeys() {
    const { presses, diagram } = this;
    /** @type {Presses} */
    const everywhere = {
      ArrowRight: presses.next, ArrowLeft: presses.previous, Home: presses.first, End: presses.last, " ": presses.play,
      "+": presses["zoom-in"], "-": presses["zoom-out"], "0": presses.fit,
    };
    /** @type {Presses} */
    const inDiagram = {
      ArrowDown: () => this.select(this.neighbour(1)),
      ArrowUp: () => this.select(this.neighbour(-1)),
      Enter: () => this.edit(this.session.selected),
    };
    /** @type {Presses} */
    const withShift = {
      ArrowRight: () => diagram.pan(-40, 0), ArrowLeft: () => diagram.pan(40, 0),
      ArrowDown: () => diagram.pan(0, -40), ArrowUp: () => diagram.pan(0, 40),
    };
    addEventListener("keydown", (event) => {
      const target = /** @type {Element} */ (event.target);
      if (target.closest("input, button, textarea, .fold") || event.ctrlKey || event.metaKey || event.altKey) return;
      const here = target === diagram.svg ? { ...everywhere, ...inDiagram } : everywhere;
      const press = (event.shiftKey && withShift[event.key]) || here[event.key];
      if (!press) return;
      event.preventDefault();
      press();
    });
  }

  // ---------------------------------------------------------------- hands
  /** @param {number} place */
  select(place) {
    this.session.selected = place;
    this.showSelected();
  }

  /** @param {number} place */
  edit(place) {
    this.rows.find((row) => row.place === place)?.field.focus();
  }

  /** The next node in sight. @param {number} by @returns {number} */
  neighbour(by) {
    const { graph, selected } = this.session;
    const last = graph.nodes.length - 1;
    let place = selected;
    do place = Math.min(last, Math.max(0, place + by));
    while (place > 0 && place < last && this.diagram.boxes[place].classList.contains("hidden"));
    return place;
  }

  listenToHands() {
    const { diagram, session } = this;
    const zoom = (/** @type {WheelEvent} */ event) => {
      event.preventDefault();
      const { x, y } = diagram.pointOf(event);
      diagram.zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1, x, y);
    };
    diagram.svg.addEventListener("wheel", zoom, { passive: false });
    diagram.svg.addEventListener("pointerdown", (event) => this.drag(event));
    diagram.boxes.forEach((box, k) => {
      box.addEventListener("pointerenter", (event) => event.buttons === 0 && this.select(k));
      box.addEventListener("dblclick", () => this.edit(k));
      box.classList.toggle("leaf", session.leaves.includes(k) && !session.graph.frozen);
    });
    diagram.scopes.forEach((scope, k) => {
      const fold = found(".fold", SVGGElement, scope);
      fold.addEventListener("click", () => diagram.toggle(k));
      found("rect", SVGRectElement, scope).addEventListener("click", () => diagram.closed.has(k) && diagram.toggle(k));
      fold.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        diagram.toggle(k);
      });
    });
  }

  /** Drag a leaf's number, or the picture. @param {PointerEvent} event */
  drag(event) {
    const { diagram, session } = this;
    const target = /** @type {Element} */ (event.target);
    if (target.closest(".fold, .scope.closed")) return;
    const place = diagram.boxes.findIndex((box) => box.contains(target));
    if (place >= 0) this.select(place);
    const isNumber = session.leaves.includes(place) && !session.graph.frozen && !session.isQuiz;
    const begin = diagram.pointOf(event);
    const [number, left, top] = [session.numbers[place], diagram.left, diagram.top];
    const move = (/** @type {PointerEvent} */ moved) => {
      const { x, y } = diagram.pointOf(moved);
      if (isNumber) {
        session.assign(place, Number((number + ((x - begin.x) * Math.max(1, Math.abs(number))) / 200).toPrecision(6)));
        this.changed();
      } else if (place < 0) diagram.pan(left + x - begin.x - diagram.left, top + y - begin.y - diagram.top);
    };
    const release = new AbortController();
    diagram.svg.setPointerCapture(event.pointerId);
    diagram.svg.addEventListener("pointermove", move, release);
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => release.abort(), release);
  }
}

/** @param {string} button @param {string} text @param {boolean} isPressed */
function pressed(button, text, isPressed) {
  const element = found(button, HTMLButtonElement);
  element.textContent = text;
  element.setAttribute("aria-pressed", String(isPressed));
}

/** From light to dark, or back. */
function turnTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
}
