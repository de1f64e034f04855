/**
 * The panels beside the picture: numbers, a node's details, answers.
 * @module
 */
import { isConstant } from "./engine.js";
import { derivation, enclosed, short } from "./steps.js";
/** @import { Session } from "./session.js" */
/** @import { Link, Quiz, Verdict } from "./quiz.js" */

const MOST_LINES = 12;

/** @template {Element} T @param {string} selector @param {new () => T} kind @param {ParentNode} parent @returns {T} */
export function found(selector, kind, parent) {
  const element = parent.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`the page has no ${selector}`);
  return element;
}

/**
 * An element with a text and what is in it.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} name
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} inside
 * @returns {HTMLElementTagNameMap[K]}
 */
export function made(name, attributes, ...inside) {
  const element = document.createElement(name);
  for (const [key, each] of Object.entries(attributes)) element.setAttribute(key, each);
  element.append(...inside);
  return element;
}

/** A typed number, with a decimal comma or point; nan for what is none. @param {string} text @returns {number} */
export function typedNumber(text) {
  const plain = text.trim().replace("−", "-").replace(",", ".");
  return /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
}

/** How far a slider goes: to 1, 2 or 5 times a power of ten, twice the number at least. @param {number} number */
function reachOf(number) {
  const size = 2 * Math.max(1, Number.isFinite(number) ? Math.abs(number) : 1);
  const ten = 10 ** Math.floor(Math.log10(size));
  return ten * ([1, 2, 5, 10].find((each) => each * ten >= size) ?? 10);
}

/** A leaf's number: a field, a slider, and whether it is trained. */
export class NumberRow {
  /** @param {Session} session @param {number} place @param {() => void} changed */
  constructor(session, place, changed) {
    this.session = session;
    this.place = place;
    const { name, path, kind } = session.graph.nodes[place];
    const isOff = Boolean(session.graph.frozen);
    this.field = made("input", { class: "field", inputmode: "decimal", autocomplete: "off", "aria-label": `${path}, its number` });
    this.range = made("input", { class: "range", type: "range", step: "any", "aria-label": `${path}, drag its number` });
    const tick = made("input", { type: "checkbox", "aria-label": `train ${path}` });
    [tick.checked, tick.disabled, this.field.disabled, this.range.disabled] = [session.trained.has(place), isOff, isOff, isOff];
    this.row = made("div", { class: `number ${kind}` }, tick, made("span", { class: "name", title: path }, name), this.field, this.range);
    const reach = reachOf(session.recorded[place]);
    [this.range.min, this.range.max] = [String(-reach), String(reach)];
    tick.addEventListener("change", () => {
      if (tick.checked) session.trained.add(place);
      else session.trained.delete(place);
      changed();
    });
    this.field.addEventListener("input", () => {
      const number = typedNumber(this.field.value);
      this.field.setAttribute("aria-invalid", String(Number.isNaN(number)));
      if (!Number.isNaN(number)) this.assign(number, changed);
    });
    this.field.addEventListener("blur", () => {
      this.field.setAttribute("aria-invalid", "false");
      this.field.value = String(session.numbers[place]); // what was typed may be no number
    });
    this.range.addEventListener("input", () => this.assign(Number(this.range.value), changed));
    this.show();
  }

  /** @param {number} number @param {() => void} changed */
  assign(number, changed) {
    this.session.assign(this.place, number);
    changed();
  }

  /** Show the session's number, unless it is being typed. */
  show() {
    const number = this.session.numbers[this.place];
    if (!this.field.matches(":focus")) this.field.value = String(Number(number.toPrecision(6)));
    if (Number.isFinite(number) && Math.abs(number) > Number(this.range.max)) {
      this.range.max = String(reachOf(number));
      this.range.min = `-${this.range.max}`;
    }
    this.range.value = String(number);
  }
}

/** The rows of numbers by the scopes that they are in. @param {HTMLElement} list @param {NumberRow[]} rows @param {Session} session @returns {Map<HTMLDetailsElement, number[]>} */
export function groupRows(list, rows, { graph }) {
  /** @type {Map<string, NumberRow[]>} */
  const groups = new Map();
  for (const row of rows) {
    const scope = graph.scopes[graph.nodes[row.place].scope].join(" › ");
    groups.set(scope, [...(groups.get(scope) ?? []), row]);
  }
  const places = new Map();
  for (const [scope, members] of [...groups].sort(([a], [b]) => a.localeCompare(b, "en", { numeric: true }))) {
    const group = made("details", {}, made("summary", {}, scope || "inputs and others"), ...members.map(({ row }) => row));
    if (groups.size === 1) list.append(...members.map(({ row }) => row));
    else list.append(group);
    places.set(group, members.map(({ place }) => place));
  }
  return places;
}

/** The selected node: its numbers, and where its gradient comes from. @param {HTMLElement} root @param {Session} session */
export function showDetails(root, session) {
  const { graph, figures, selected, last } = session;
  const lines = [`value ${figures.values[selected]}`];
  found(".details-name", HTMLElement, root).textContent = graph.nodes[selected].path;
  if (isConstant(graph, selected)) lines.push("a constant: no gradient flows to it");
  else if (session.isHidden(selected)) lines.push("its gradient is yours to find");
  else {
    const flowing = derivation(graph, selected, figures);
    lines.push(`gradient ${figures.gradients[selected]}`);
    if (selected === last) lines.push("this is the result: its gradient is 1");
    lines.push(...flowing.slice(0, MOST_LINES));
    if (flowing.length > MOST_LINES) lines.push(`… and ${flowing.length - MOST_LINES} more`);
  }
  found(".details", HTMLElement, root).replaceChildren(...lines.map((line) => made("li", {}, line)));
  showNumerical(root, session);
}

/** The numerical gradient beside the real one. @param {HTMLElement} root @param {Session} session */
export function showNumerical(root, session) {
  const { graph, selected, figures } = session;
  const h = 10 ** -Number(found(".h", HTMLInputElement, root).value);
  found(".h-value", HTMLElement, root).textContent = h.toExponential(1);
  const output = found(".numerical", HTMLElement, root);
  if (graph.frozen) output.textContent = graph.frozen;
  else if (isConstant(graph, selected)) output.textContent = "none";
  else if (session.isHidden(selected)) output.textContent = "hidden while you derive by hand";
  else {
    const [numerical, real] = [session.numericalGradient(h), figures.gradients[selected]];
    const off = real === numerical ? 0 : Math.abs(numerical - real) / Math.max(Math.abs(real), Math.abs(numerical));
    output.textContent = `numerical ${numerical} · exact ${real} · relative difference ${off.toExponential(1)}`;
  }
}

/**
 * A row to type an answer into.
 * @param {Link} link
 * @param {Quiz} quiz
 * @param {(text: string) => void} answered
 * @param {() => void} reveal
 */
export function answerRow(link, quiz, answered, reveal) {
  const { graph } = quiz;
  const name = link.ways.length ? link.name : `∂${enclosed(graph.nodes[graph.root].path)}/∂${enclosed(link.name)}`;
  const field = made("input", { class: "field", autocomplete: "off", spellcheck: "false", "aria-label": `the derivative ${name}: a number or a formula` });
  const form = made("form", {}, field, made("button", {}, "Check"), made("button", { type: "button", class: "reveal", "aria-label": `reveal ${name}` }, "Reveal"));
  const verdict = made("p", { class: "verdict", role: "status" });
  field.value = quiz.answers.get(link.name)?.text ?? "";
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    answered(field.value);
  });
  found(".reveal", HTMLButtonElement, form).addEventListener("click", reveal);
  return { link, field, verdict, row: made("div", { class: "answer" }, made("label", { class: "name" }, name), form, verdict) };
}

/** @param {HTMLElement} element @param {Verdict | undefined} verdict @param {string[]} remarks */
export function showVerdict(element, verdict, remarks) {
  const isRight = verdict && ["right", "follows"].includes(verdict.kind);
  element.textContent = verdict ? [`${isRight ? "✓" : "✗"} ${verdict.words}`, ...remarks].join("; ") : "";
  element.className = `verdict ${verdict ? (isRight ? "right" : "wrong") : ""}`;
}

/** The figure of a gradient that was revealed. @param {number} number */
export function revealed(number) {
  return `it is ${number}, about ${short(number)}`;
}
