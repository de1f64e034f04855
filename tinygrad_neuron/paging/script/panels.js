/**
 * The panels beside the diagram: numbers, the loss, a node's details, answers.
 * @module
 */
import { isConstant } from "./engine.js";
import { derivation, enclosed, figure } from "./steps.js";
import { found } from "./diagram.js";
/** @import { Session } from "./session.js" */

const MOST_LINES = 12;

/** A row made of a template. @param {string} template @returns {HTMLElement} */
function rowOf(template) {
  const row = found(template, HTMLTemplateElement).content.firstElementChild?.cloneNode(true);
  return /** @type {HTMLElement} */ (row);
}

/** @param {HTMLElement} list @param {string[]} lines */
function listed(list, lines) {
  while (list.children.length > lines.length) list.lastElementChild?.remove();
  while (list.children.length < lines.length) list.append(document.createElement("li"));
  lines.forEach((line, k) => {
    if (list.children[k].textContent !== line) list.children[k].textContent = line;
  });
}

/** A leaf's number: a field, a slider, and whether it is trained. */
export class NumberRow {
  /** @param {Session} session @param {number} place @param {() => void} changed */
  constructor(session, place, changed) {
    this.session = session;
    this.place = place;
    const row = rowOf("#number-row");
    this.field = found(".field", HTMLInputElement, row);
    this.range = found(".range", HTMLInputElement, row);
    this.reach = 2 * Math.max(1, Math.abs(session.recorded[place]) || 0);
    /** @type {number | null} */
    this.before = null; // the number that is shown
    this.label(row);
    const start = session.recorded[place];
    this.range.min = this.range.max = String(Number.isFinite(start) ? start : 0);
    this.widen(Number(this.range.min));
    this.field.addEventListener("input", () => this.typed(changed));
    this.field.addEventListener("blur", () => {
      this.field.setAttribute("aria-invalid", "false");
      this.before = null; // what was typed may be no number
      this.show();
    });
    this.range.addEventListener("input", () => {
      session.assign(place, Number(this.range.value));
      changed();
    });
    this.show();
    found("#numbers", HTMLElement).append(row);
  }

  /** @param {HTMLElement} row */
  label(row) {
    const { session, place } = this;
    const [name, tick] = [session.graph.nodes[place].path, found(".tick", HTMLInputElement, row)];
    found(".name", HTMLElement, row).textContent = session.graph.nodes[place].name;
    found(".name", HTMLElement, row).title = name;
    this.field.setAttribute("aria-label", `${name}, its number`);
    this.range.setAttribute("aria-label", `${name}, drag its number`);
    tick.setAttribute("aria-label", `train ${name}`);
    tick.checked = session.trained.has(place);
    tick.disabled = this.field.disabled = this.range.disabled = Boolean(session.graph.frozen);
    tick.addEventListener("change", () => (tick.checked ? session.trained.add(place) : session.trained.delete(place)));
  }

  /** @param {() => void} changed */
  typed(changed) {
    const text = this.field.value.trim().replace("−", "-");
    const number = text === "" ? NaN : Number(text);
    this.field.setAttribute("aria-invalid", String(Number.isNaN(number)));
    if (Number.isNaN(number)) return;
    this.session.assign(this.place, number);
    changed();
  }

  /** Let the slider reach a number. @param {number} number */
  widen(number) {
    if (!Number.isFinite(number)) return;
    this.range.min = String(Math.min(Number(this.range.min), number - this.reach));
    this.range.max = String(Math.max(Number(this.range.max), number + this.reach));
  }

  /** Show the session's number, unless it is being typed. */
  show() {
    const number = this.session.numbers[this.place];
    if (Object.is(number, this.before) && document.activeElement !== this.field) return;
    this.before = number;
    if (document.activeElement !== this.field) this.field.value = String(number);
    if (number < Number(this.range.min) || number > Number(this.range.max)) this.widen(number);
    this.range.value = String(number);
  }
}

/** A gradient to be derived by hand. @param {Session} session @param {number} place @param {() => void} changed */
export function answerRow(session, place, changed) {
  const [row, name] = [rowOf("#answer-row"), session.graph.nodes[place].path];
  const [field, verdict] = [found(".field", HTMLInputElement, row), found(".verdict", HTMLElement, row)];
  const [quotient, reveal] = [found(".name", HTMLElement, row), found(".reveal", HTMLButtonElement, row)];
  const [root, node] = [session.graph.nodes[session.last], session.graph.nodes[place]];
  quotient.textContent = `∂${enclosed(root.name)}/∂${enclosed(node.name)}`;
  quotient.title = name;
  field.setAttribute("aria-label", `the gradient of ${name}: a number or a formula`);
  reveal.setAttribute("aria-label", `reveal the gradient of ${name}`);
  found("form", HTMLFormElement, row).addEventListener("submit", (event) => {
    event.preventDefault();
    if (!field.value.trim()) return;
    const { right, words } = session.judge(place, field.value);
    verdict.textContent = `${right ? "✓" : "✗"} ${words}`;
    verdict.className = `verdict ${right ? "right" : "wrong"}`;
    if (right) session.solved.add(place);
    changed();
  });
  reveal.addEventListener("click", () => {
    session.solved.add(place);
    verdict.textContent = `it is ${session.figures.gradients[place]}`;
    verdict.className = "verdict";
    changed();
  });
  found("#answers", HTMLElement).append(row);
}

/** The selected node: its numbers, and where its gradient comes from. @param {Session} session */
export function showDetails(session) {
  const { graph, figures, selected, last } = session;
  const lines = [`value ${figures.values[selected]}`];
  found("#details-name", HTMLElement).textContent = graph.nodes[selected].name;
  if (isConstant(graph, selected)) lines.push("a constant: no gradient flows to it");
  else if (session.isHidden(selected)) lines.push("its gradient is yours to find");
  else {
    const flowing = derivation(graph, selected, figures);
    lines.push(`gradient ${figures.gradients[selected]}`);
    if (selected === last) lines.push("its derivative by itself is 1");
    lines.push(...flowing.slice(0, MOST_LINES));
    if (flowing.length > MOST_LINES) lines.push(`… and ${flowing.length - MOST_LINES} more`);
  }
  listed(found("#details", HTMLElement), lines);
  showNumerical(session);
}

/** The numerical gradient beside the real one. @param {Session} session */
export function showNumerical(session) {
  const { graph, selected, figures } = session;
  const h = 10 ** -Number(found("#h", HTMLInputElement).value);
  found("#h-value", HTMLElement).textContent = h.toExponential(1);
  const output = found("#numerical", HTMLElement);
  if (graph.frozen) output.textContent = graph.frozen;
  else if (isConstant(graph, selected)) output.textContent = "none";
  else if (session.isHidden(selected)) output.textContent = "hidden while you derive by hand";
  else {
    const [numerical, real] = [session.numericalGradient(h), figures.gradients[selected]];
    const off = real === numerical ? 0 : Math.abs(numerical - real) / Math.max(Math.abs(real), Math.abs(numerical));
    output.textContent = `numerical ${numerical} · real ${real} · they differ by ${off.toExponential(1)} of it`;
  }
}

/** The loss, step by step. @param {Session} session */
export function showLoss({ losses, graph, last }) {
  const finite = losses.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const points = losses.flatMap((loss, k) => {
    if (!Number.isFinite(loss)) return [];
    const x = 4 + (312 * k) / Math.max(1, losses.length - 1);
    return [`${x.toFixed(1)},${(high === low ? 50 : 96 - (92 * (loss - low)) / (high - low)).toFixed(1)}`];
  });
  found("#curve", SVGPolylineElement).setAttribute("points", points.join(" "));
  const [first, now] = [losses[0], losses[losses.length - 1]].map((loss) => figure(loss));
  found("#curve-text", HTMLElement).textContent = `${graph.nodes[last].name}: ${first} → ${now} after ${losses.length - 1} steps`;
}
