/**
 * The page: what was recorded, what was changed, what is shown.
 * @module
 */
import { descended, fauxGradient, figuresOf, isConstant } from "./engine.js";
import { derivation, enclosed, figure, gradientsSoFar, sentence, stepsOf } from "./steps.js";
import { FormulaError, factorsOf, halfAUnit, judged, parsed } from "./quiz.js";
import { Diagram, found } from "./diagram.js";
/** @import { Figures, Graph, Rules } from "./engine.js" */
/** @import { Calculator } from "./quiz.js" */

const MOST_LINES = 12;
const MOST_LOSSES = 2000;
const PROBES = 3;

/**
 * Bring the page to life.
 * @param {Graph} graph
 * @param {Rules} rules
 * @param {Calculator} calculator
 */
export function start(graph, rules, calculator) {
  const diagram = new Diagram(graph);
  const steps = stepsOf(graph);
  const last = graph.nodes.length - 1;
  const forwardEnd = steps.findLastIndex((step) => step.kind === "forward" || step.kind === "start");
  const recorded = graph.nodes.map((node) => node.value);
  const leaves = graph.nodes.flatMap((node, k) => (node.operation || node.kind === "constant" ? [] : [k]));
  const differentiated = graph.nodes.flatMap((_, k) => (isConstant(graph, k) ? [] : [k]));

  let numbers = recorded.slice();
  /** @type {Figures} */
  let figures = figuresOf(graph, rules, numbers);
  let at = steps.length - 1;
  let selected = last;
  let isQuiz = false;
  /** @type {Set<number>} */
  const solved = new Set();
  /** @type {Set<number>} */
  const trained = new Set(graph.trained);
  let losses = [figures.values[last]];
  let timer = 0;
  let running = 0;

  const [slider, speed] = [found("#step", HTMLInputElement), found("#speed", HTMLInputElement)];
  const [rate, h] = [found("#rate", HTMLInputElement), found("#h", HTMLInputElement)];
  const say = found("#sentence", HTMLElement);
  const play = found("#play", HTMLButtonElement);
  const run = found("#run", HTMLButtonElement);
  slider.max = String(steps.length - 1);

  // ---------------------------------------------------------------- showing
  /** @param {number} k @returns {boolean} */
  const isHidden = (k) => isQuiz && !solved.has(k) && k !== last;

  function show() {
    const made = steps.slice(0, at + 1);
    const { values, slopes } = figures;
    const known = new Set(made.flatMap((step) => (step.kind === "forward" ? [step.node] : [])));
    const sums = gradientsSoFar(graph, made, figures);
    const step = steps[at];
    /** @param {number} k */
    const isKnown = (k) => !graph.nodes[k].operation || known.has(k);
    const activeEdges =
      step.kind === "forward"
        ? graph.nodes[step.node].operands.map((_, place) => ({ node: step.node, place, back: false }))
        : step.kind === "backward"
          ? [{ node: step.node, place: step.place, back: true }]
          : [];
    /** @param {number} k */
    const gradientOf = (k) => (isHidden(k) ? null : isQuiz ? figures.gradients[k] : sums[k]);
    /** @param {number} k in full precision */
    const titled = (k) => {
      const gradient = gradientOf(k);
      return `${graph.nodes[k].name}${isKnown(k) ? ` = ${values[k]}` : ""}${gradient === null ? "" : `; gradient ${gradient}`}`;
    };
    const active = step.kind === "backward" ? graph.nodes[step.node].operands[step.place] : step.node;
    diagram.show({
      values: graph.nodes.map((_, k) => (isKnown(k) ? figure(values[k]) : null)),
      gradients: sums.map((_, k) => {
        const gradient = gradientOf(k);
        return gradient === null ? (isHidden(k) ? "?" : null) : figure(gradient);
      }),
      titles: graph.nodes.map((_, k) => titled(k)),
      slopes: slopes.map((each, k) => each.map((slope) => (slope === null || isQuiz || !isKnown(k) ? null : figure(slope)))),
      activeNodes: new Set(step.kind === "start" || step.kind === "end" ? [] : [active]),
      activeEdges,
    });
    slider.value = String(at);
    slider.max = String(isQuiz ? forwardEnd : steps.length - 1);
    slider.setAttribute("aria-valuetext", `step ${at} of ${slider.max}`);
    found("#counter", HTMLElement).textContent = `${at} / ${slider.max}`;
    say.textContent = isQuiz && at === forwardEnd ? "Derive each gradient by hand, and type it." : sentence(graph, step, figures, sums);
    showDetails();
    showLoss();
  }

  function showDetails() {
    const node = graph.nodes[selected];
    const lines = [`value ${figures.values[selected]}`];
    found("#details-name", HTMLElement).textContent = node.name;
    if (isConstant(graph, selected)) lines.push("a constant: no gradient flows to it");
    else if (isHidden(selected)) lines.push("its gradient is yours to find");
    else {
      const flowing = derivation(graph, selected, figures);
      lines.push(`gradient ${figures.gradients[selected]}`);
      if (selected === last) lines.push("its derivative by itself is 1");
      lines.push(...flowing.slice(0, MOST_LINES));
      if (flowing.length > MOST_LINES) lines.push(`… and ${flowing.length - MOST_LINES} more`);
    }
    listed(found("#details", HTMLElement), lines);
    showFaux();
    diagram.boxes.forEach((box, k) => box.classList.toggle("selected", k === selected));
    diagram.svg.setAttribute("aria-activedescendant", `n${selected}`);
  }

  function showFaux() {
    const width = 10 ** -Number(h.value);
    found("#h-value", HTMLElement).textContent = width.toExponential(1);
    const output = found("#faux", HTMLElement);
    if (graph.frozen || isConstant(graph, selected) || isHidden(selected)) {
      output.textContent = graph.frozen ? graph.frozen : isHidden(selected) ? "hidden while you derive by hand" : "none";
      return;
    }
    const faux = fauxGradient(graph, rules, figures.values, selected, width);
    const real = figures.gradients[selected];
    const off = real === faux ? 0 : Math.abs(faux - real) / Math.max(Math.abs(real), Math.abs(faux));
    output.textContent = `faux ${faux} · real ${real} · they differ by ${off.toExponential(1)} of it`;
  }

  function showLoss() {
    const shownLosses = losses.filter(Number.isFinite);
    const [low, high] = [Math.min(...shownLosses), Math.max(...shownLosses)];
    const points = losses.flatMap((loss, k) => {
      if (!Number.isFinite(loss)) return [];
      const x = 4 + (312 * k) / Math.max(1, losses.length - 1);
      return [`${x.toFixed(1)},${(high === low ? 50 : 96 - (92 * (loss - low)) / (high - low)).toFixed(1)}`];
    });
    found("#curve", SVGPolylineElement).setAttribute("points", points.join(" "));
    found("#curve-text", HTMLElement).textContent =
      `${graph.nodes[last].name}: ${figure(losses[0])} → ${figure(losses[losses.length - 1])} after ${losses.length - 1} steps`;
  }

  /** @param {HTMLElement} list @param {string[]} lines */
  function listed(list, lines) {
    while (list.children.length > lines.length) list.lastElementChild?.remove();
    while (list.children.length < lines.length) list.append(document.createElement("li"));
    lines.forEach((line, k) => {
      if (list.children[k].textContent !== line) list.children[k].textContent = line;
    });
  }

  // ---------------------------------------------------------------- steps
  /** @param {number} step */
  function go(step) {
    at = Math.min(Number(isQuiz ? forwardEnd : steps.length - 1), Math.max(0, step));
    const active = steps[at].kind === "backward" ? graph.nodes[steps[at].node].operands[steps[at].place] : steps[at].node;
    if (steps[at].kind !== "start" && steps[at].kind !== "end") {
      selected = active;
      diagram.reveal(active);
    }
    try {
      history.replaceState(null, "", `#step=${at}`);
    } catch {
      // a page inside of another, as in a notebook, has no address of its own
    }
    show();
  }

  function stop() {
    clearInterval(timer);
    timer = 0;
    play.textContent = "▶ Play";
    play.setAttribute("aria-pressed", "false");
  }

  function playOrPause() {
    if (timer) return stop();
    if (at >= Number(slider.max)) go(0);
    timer = window.setInterval(() => (at < Number(slider.max) ? go(at + 1) : stop()), 1000 / Number(speed.value));
    play.textContent = "⏸ Pause";
    play.setAttribute("aria-pressed", "true");
  }

  /** @param {string} address */
  function follow(address) {
    const step = /(?:^#|&)step=(\d+)/.exec(address);
    if (step) go(Number(step[1]));
  }

  // ---------------------------------------------------------------- numbers
  /** @param {number} place @param {number} number */
  function assign(place, number) {
    numbers[place] = number;
    changed();
  }

  function changed() {
    figures = figuresOf(graph, rules, numbers);
    losses = [figures.values[last]];
    rows.forEach((row) => row.show());
    show();
  }

  function descend() {
    if (!trained.size) {
      say.textContent = "Choose what is trained: tick a box beside a number.";
      return halt();
    }
    numbers = descended(figures.values, figures.gradients, trained, Number(rateOf()));
    figures = figuresOf(graph, rules, numbers);
    losses.push(figures.values[last]);
    if (losses.length > MOST_LOSSES) losses.splice(1, 1);
    rows.forEach((row) => row.show());
    show();
    if (!Number.isFinite(figures.values[last])) {
      say.textContent = "The loss is not finite any more: take a smaller learning rate, and reset.";
      halt();
    }
  }

  function halt() {
    cancelAnimationFrame(running);
    running = 0;
    run.textContent = "Run";
    run.setAttribute("aria-pressed", "false");
  }

  function runOrHalt() {
    if (running) return halt();
    run.textContent = "Stop";
    run.setAttribute("aria-pressed", "true");
    const frame = () => {
      running = requestAnimationFrame(frame);
      descend();
    };
    running = requestAnimationFrame(frame);
  }

  const rateOf = () => 10 ** Number(rate.value);
  const showRate = () => (found("#rate-value", HTMLElement).textContent = figure(rateOf(), 2));

  /** A node's name, with its scopes where others have the same. @param {number} place @returns {string} */
  function distinct(place) {
    const { name, scope } = graph.nodes[place];
    if (graph.nodes.filter((node) => node.name === name).length < 2) return name;
    const path = [name];
    for (let k = scope; k >= 0; k = graph.scopes[k].parent) path.unshift(graph.scopes[k].name);
    return path.join(" › ");
  }

  /** @param {number} place */
  function numberRow(place) {
    const row = /** @type {HTMLElement} */ (found("#number-row", HTMLTemplateElement).content.firstElementChild?.cloneNode(true));
    const [field, range] = [found(".field", HTMLInputElement, row), found(".range", HTMLInputElement, row)];
    const tick = found(".tick", HTMLInputElement, row);
    const name = distinct(place);
    found(".name", HTMLElement, row).textContent = graph.nodes[place].name;
    found(".name", HTMLElement, row).title = name;
    field.setAttribute("aria-label", `${name}, its number`);
    range.setAttribute("aria-label", `${name}, drag its number`);
    tick.setAttribute("aria-label", `train ${name}`);
    tick.checked = trained.has(place);
    tick.disabled = field.disabled = range.disabled = Boolean(graph.frozen);
    const reach = 2 * Math.max(1, Math.abs(recorded[place]) || 0);
    /** @param {number} number */
    const widen = (number) => {
      if (!Number.isFinite(number)) return;
      range.min = String(Math.min(Number(range.min), number - reach));
      range.max = String(Math.max(Number(range.max), number + reach));
    };
    range.min = range.max = String(Number.isFinite(recorded[place]) ? recorded[place] : 0);
    widen(Number(range.min));
    field.addEventListener("input", () => {
      const number = field.value.trim() === "" ? NaN : Number(field.value.replace("−", "-"));
      field.setAttribute("aria-invalid", String(Number.isNaN(number)));
      if (Number.isNaN(number)) return;
      if (number < Number(range.min) || number > Number(range.max)) widen(number);
      assign(place, number);
    });
    field.addEventListener("blur", () => {
      field.setAttribute("aria-invalid", "false");
      before = null; // what was typed may be no number
      shown();
    });
    range.addEventListener("input", () => assign(place, Number(range.value)));
    tick.addEventListener("change", () => (tick.checked ? trained.add(place) : trained.delete(place)));
    let before = /** @type {number | null} */ (null);
    const shown = () => {
      if (Object.is(numbers[place], before) && document.activeElement !== field) return;
      before = numbers[place];
      if (document.activeElement !== field) field.value = String(numbers[place]);
      if (document.activeElement !== range) widen(numbers[place]);
      range.value = String(numbers[place]);
    };
    shown();
    found("#numbers", HTMLElement).append(row);
    return { show: shown, field, place };
  }

  const rows = leaves.map(numberRow);

  // ---------------------------------------------------------------- derived by hand
  /** @param {number} place */
  function answerRow(place) {
    const row = /** @type {HTMLElement} */ (found("#answer-row", HTMLTemplateElement).content.firstElementChild?.cloneNode(true));
    const [field, verdict] = [found(".field", HTMLInputElement, row), found(".verdict", HTMLElement, row)];
    const name = distinct(place);
    const quotient = found(".name", HTMLElement, row);
    quotient.textContent = `∂${enclosed(graph.nodes[last].name)}/∂${enclosed(graph.nodes[place].name)}`;
    quotient.title = name;
    field.setAttribute("aria-label", `the gradient of ${name}: a number or a formula`);
    const reveal = found(".reveal", HTMLButtonElement, row);
    reveal.setAttribute("aria-label", `reveal the gradient of ${name}`);
    const check = () => {
      if (!field.value.trim()) return;
      const { right, words } = judge(place, field.value);
      verdict.textContent = `${right ? "✓" : "✗"} ${words}`;
      verdict.className = `verdict ${right ? "right" : "wrong"}`;
      if (right) solved.add(place);
      show();
    };
    found("form", HTMLFormElement, row).addEventListener("submit", (event) => {
      event.preventDefault();
      check();
    });
    reveal.addEventListener("click", () => {
      solved.add(place);
      verdict.textContent = `it is ${figures.gradients[place]}`;
      verdict.className = "verdict";
      show();
    });
    found("#answers", HTMLElement).append(row);
  }

  /** @param {number} place @param {string} text */
  function judge(place, text) {
    const gradient = figures.gradients[place];
    try {
      const formula = parsed(text, calculator);
      const answer = formula((name) => numberNamed(name, figures));
      const verdict = judged(answer, gradient, halfAUnit(text), factorsOf(graph, place, figures));
      if (verdict.right && !halfAUnit(text) && !graph.frozen && !holdsElsewhere(place, formula))
        return { right: false, words: "right at these numbers, but not at others" };
      return verdict;
    } catch (error) {
      if (error instanceof FormulaError) return { right: false, words: error.message };
      throw error;
    }
  }

  /** @param {string} name @param {Figures} there @returns {number} */
  function numberNamed(name, there) {
    const [plain, isGradient] = name.endsWith(".grad") ? [name.slice(0, -5), true] : [name, false];
    const places = graph.nodes.flatMap((node, k) => (node.name === plain ? [k] : []));
    if (!places.length) throw new FormulaError(`there is no “${plain}” in the graph`);
    if (places.length > 1) throw new FormulaError(`${places.length} nodes are called “${plain}”: give its number`);
    const [place] = places;
    if (isGradient && isHidden(place)) throw new FormulaError(`${name} isn't found yet`);
    return isGradient ? there.gradients[place] : there.values[place];
  }

  /** Whether a formula is the gradient at other numbers too. @param {number} place @param {import("./quiz.js").Formula} formula */
  function holdsElsewhere(place, formula) {
    for (let probe = 1; probe <= PROBES; probe++) {
      const moved = numbers.map((number, k) => number * (1 + 0.07 * Math.sin(probe * 12.9898 + k * 78.233)) + 0.01 * probe);
      const there = figuresOf(graph, rules, graph.nodes.map((node, k) => (node.kind === "constant" ? numbers[k] : moved[k])));
      const [answer, gradient] = [formula((name) => numberNamed(name, there)), there.gradients[place]];
      if (Number.isFinite(gradient) && !(Math.abs(answer - gradient) <= 1e-6 * Math.max(Math.abs(gradient), 1e-9))) return false;
    }
    return true;
  }

  /** @param {boolean} on */
  function derive(on) {
    stop();
    halt();
    isQuiz = on;
    found("#explore", HTMLElement).hidden = on;
    found("#by-hand", HTMLElement).hidden = !on;
    found("#mode", HTMLButtonElement).setAttribute("aria-pressed", String(on));
    go(on ? forwardEnd : steps.length - 1);
  }

  // ---------------------------------------------------------------- hands
  /** @param {number} place */
  function select(place) {
    selected = place;
    showDetails();
  }

  /** @param {number} place */
  function edit(place) {
    rows.find((row) => row.place === place)?.field.focus();
  }

  /** @param {number} by @returns {number} the next node in sight */
  function neighbour(by) {
    let place = selected;
    do place = Math.min(last, Math.max(0, place + by));
    while (place > 0 && place < last && diagram.boxes[place].classList.contains("hidden"));
    return place;
  }

  function reset() {
    halt();
    numbers = recorded.slice();
    changed();
  }

  const buttons = /** @type {Record<string, () => void>} */ ({
    first: () => go(0), previous: () => go(at - 1), play: playOrPause, next: () => go(at + 1), last: () => go(steps.length),
    "zoom-in": () => diagram.zoom(1.25), "zoom-out": () => diagram.zoom(0.8), fit: () => diagram.fit(),
    "one-step": descend, run: runOrHalt, reset, mode: () => derive(!isQuiz), theme: turnTheme,
  });
  for (const [id, press] of Object.entries(buttons)) found(`#${id}`, HTMLButtonElement).addEventListener("click", press);
  for (const id of ["one-step", "run", "reset"]) found(`#${id}`, HTMLButtonElement).disabled = Boolean(graph.frozen);
  slider.addEventListener("input", () => go(Number(slider.value)));
  speed.addEventListener("input", () => timer && (stop(), playOrPause()));
  rate.addEventListener("input", showRate);
  h.addEventListener("input", showFaux);
  addEventListener("resize", () => diagram.place());
  addEventListener("hashchange", () => follow(location.hash));

  const keys = /** @type {Record<string, () => void>} */ ({
    ArrowRight: buttons.next, ArrowLeft: buttons.previous, Home: buttons.first, End: buttons.last, " ": playOrPause,
    "+": buttons["zoom-in"], "-": buttons["zoom-out"], "0": buttons.fit,
  });
  const diagramKeys = /** @type {Record<string, () => void>} */ ({
    ArrowDown: () => select(neighbour(1)), ArrowUp: () => select(neighbour(-1)), Enter: () => edit(selected),
  });
  const panKeys = /** @type {Record<string, [number, number]>} */ ({
    ArrowRight: [-40, 0], ArrowLeft: [40, 0], ArrowDown: [0, -40], ArrowUp: [0, 40],
  });
  addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("input, button, textarea, .fold") || event.ctrlKey || event.metaKey || event.altKey) return;
    const press =
      event.shiftKey && event.key in panKeys
        ? () => diagram.pan(...panKeys[event.key])
        : target === diagram.svg && event.key in diagramKeys
          ? diagramKeys[event.key]
          : keys[event.key];
    if (!press) return;
    event.preventDefault();
    press();
  });

  diagram.svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { x, y } = diagram.pointOf(event);
    diagram.zoom(event.deltaY < 0 ? 1.1 : 1 / 1.1, x, y);
  }, { passive: false });
  diagram.svg.addEventListener("pointerdown", (event) => {
    if (/** @type {Element} */ (event.target).closest(".fold, .scope.closed")) return;
    const box = /** @type {Element} */ (event.target).closest(".node");
    const place = box ? diagram.boxes.indexOf(/** @type {SVGGElement} */ (box)) : -1;
    const row = graph.frozen || isQuiz ? undefined : rows.find((each) => each.place === place);
    if (place >= 0) select(place);
    const begin = diagram.pointOf(event);
    const [number, left, top] = [numbers[place] ?? 0, diagram.left, diagram.top];
    diagram.svg.setPointerCapture(event.pointerId);
    /** @param {PointerEvent} moved */
    const move = (moved) => {
      const { x, y } = diagram.pointOf(moved);
      if (row) {
        assign(place, Number((number + ((x - begin.x) * Math.max(1, Math.abs(number))) / 200).toPrecision(6)));
      } else if (place < 0) diagram.pan(left + x - begin.x - diagram.left, top + y - begin.y - diagram.top);
    };
    const end = () => {
      diagram.svg.removeEventListener("pointermove", move);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
    };
    diagram.svg.addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  });
  diagram.boxes.forEach((box, k) => {
    box.addEventListener("pointerenter", (event) => event.buttons === 0 && select(k));
    box.addEventListener("dblclick", () => edit(k));
    box.classList.toggle("leaf", leaves.includes(k) && !graph.frozen);
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

  function turnTheme() {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  }

  found("#frozen", HTMLElement).textContent = graph.frozen;
  found("#frozen", HTMLElement).hidden = !graph.frozen;
  differentiated.filter((k) => k !== last).forEach(answerRow);
  showRate();
  const address = location.hash; // going to a step writes it anew
  derive(graph.quiz);
  if (graph.step >= 0) go(graph.step);
  follow(address);
}
