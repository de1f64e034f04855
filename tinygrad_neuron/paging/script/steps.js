/**
 * Both passes one step at a time, in words and numbers.
 * @module
 */
import { isConstant, passedOn } from "./engine.js";
/** @import { Figures, Graph } from "./engine.js" */

/**
 * @typedef {object} Step
 * @property {"start" | "forward" | "seed" | "backward" | "end"} kind
 * @property {number} node the node it is about; backward, the one whose gradient flows
 * @property {number} place backward: which operand it flows to
 */

const SIGNS = /** @type {Record<string, string>} */ ({ add: " + ", sub: " − ", mul: " × ", div: " ÷ ", sum: " + " });

/**
 * All steps: the leaves, each operation, the seed, each edge back, the end.
 * @param {Graph} graph
 * @returns {Step[]}
 */
export function stepsOf(graph) {
  const last = graph.root;
  /** @type {Step[]} */
  const steps = [{ kind: "start", node: last, place: -1 }];
  graph.nodes.forEach((node, k) => {
    if (node.operation) steps.push({ kind: "forward", node: k, place: -1 });
  });
  const reached = new Set(isConstant(graph, last) ? [] : [last]);
  if (reached.size) steps.push({ kind: "seed", node: last, place: -1 });
  for (let k = last; k >= 0; k--) {
    if (!reached.has(k)) continue;
    graph.nodes[k].operands.forEach((operand, place) => {
      if (isConstant(graph, operand)) return;
      reached.add(operand);
      steps.push({ kind: "backward", node: k, place });
    });
  }
  steps.push({ kind: "end", node: last, place: -1 });
  return steps;
}

/**
 * The gradients as far as they are summed up after some steps; null where nothing has arrived.
 * @param {Graph} graph
 * @param {Step[]} steps those that were made
 * @param {Figures} figures
 * @returns {(number | null)[]}
 */
export function gradientsSoFar(graph, steps, figures) {
  const sums = /** @type {(number | null)[]} */ (graph.nodes.map(() => null));
  for (const { kind, node, place } of steps) {
    if (kind === "seed") sums[node] = 1;
    if (kind === "end") return figures.gradients.map((gradient, k) => (isConstant(graph, k) ? null : gradient));
    if (kind === "backward") {
      const operand = graph.nodes[node].operands[place];
      sums[operand] = (sums[operand] ?? -0) + passedOn(sums[node], figures.slopes[node][place]);
    }
  }
  return sums;
}

/**
 * A number with few significant digits, in powers of ten where it is very small or large; as in pictures.
 * @param {number} x
 * @param {number} [digits]
 * @param {boolean} [isSigned] whether a plus is written
 * @returns {string}
 */
export function short(x, digits = 4, isSigned = false) {
  if (x === 0 || Number.isNaN(x)) return x === 0 ? "0" : "nan";
  const sign = x < 0 ? "−" : isSigned ? "+" : "";
  const size = Math.abs(x);
  if (size === Infinity) return `${sign}∞`;
  const [mantissa, power] = size.toExponential(digits - 1).split("e");
  if (size >= 1e-4 && size < 1e5) return sign + Number(`${mantissa}e${power}`).toFixed(Math.max(0, digits - 1 - Number(power)));
  return `${sign}${mantissa}e${Number(power)}`.replace("-", "−");
}

/**
 * An operation written with the texts of its operands.
 * @param {string} operation
 * @param {string[]} texts
 * @returns {string}
 */
export function written(operation, texts) {
  const signed = texts.map((text, k) => (k && text.startsWith("−") ? `(${text})` : text));
  if (operation === "neg") return `−${texts[0].startsWith("−") ? `(${texts[0]})` : texts[0]}`;
  if (operation === "squared") return `${texts[0].startsWith("−") ? `(${texts[0]})` : texts[0]}²`;
  if (operation === "pow") return `${texts[0].startsWith("−") ? `(${texts[0]})` : texts[0]}^${signed[1]}`;
  if (operation === "identity") return texts[0];
  if (operation === "dot") {
    const half = texts.length / 2;
    return shortened(signed.slice(0, half).map((text, k) => `${text} × ${signed[half + k]}`)).join(" + ");
  }
  if (operation in SIGNS) return shortened(signed).join(SIGNS[operation]);
  return `${operation}(${shortened(texts).join(", ")})`;
}

/** @param {string[]} texts @returns {string[]} */
function shortened(texts) {
  return texts.length > 8 ? [...texts.slice(0, 6), "…", texts[texts.length - 1]] : texts;
}

/**
 * A name that is an expression, in parentheses.
 * @param {string} name
 * @returns {string}
 */
export function enclosed(name) {
  return /^[\p{L}\p{M}\p{N}_.' ⁽⁾]+$/u.test(name) ? name : `(${name})`;
}

/**
 * What a step does.
 * @param {Graph} graph
 * @param {Step} step
 * @param {Figures} figures
 * @param {(number | null)[]} sums the gradients after the step
 * @returns {string}
 */
export function sentence(graph, step, figures, sums) {
  const node = graph.nodes[step.node];
  if (step.kind === "start") return "Before the forward pass: the numbers of the leaves are given.";
  if (step.kind === "forward") {
    const operands = node.operands.map((each) => graph.nodes[each].name);
    const numbers = node.operands.map((each) => short(figures.values[each]));
    const [names, put] = [written(node.operation, operands), written(node.operation, numbers)];
    const called = plain(node.name) === plain(names) ? [names] : [node.name, names];
    const parts = [...called, ...(put === names ? [] : [put]), short(figures.values[step.node])];
    return `Forward: ${parts.join(" = ")}.`;
  }
  if (step.kind === "seed") return `Backward begins: ${enclosed(node.name)}.grad = 1, the derivative of it by itself.`;
  if (step.kind === "end") return "Done: every gradient is the sum of what flowed back into it.";
  return `Backward: ${flow(graph, step, figures)}; the sum so far is ${short(sums[node.operands[step.place]] ?? 0)}.`;
}

/** @param {string} text @returns {string} without spaces and with plain signs, to compare formulas */
function plain(text) {
  return text.replaceAll(" ", "").replaceAll("×", "*").replaceAll("−", "-").replaceAll("÷", "/").replaceAll("^", "**");
}

/**
 * What flows along an edge: `w.grad += net.grad × ∂net/∂w = -0.0201 × 0.4 = -0.00804`.
 * @param {Graph} graph
 * @param {Step} step
 * @param {Figures} figures
 * @returns {string}
 */
export function flow(graph, { node, place }, figures) {
  const operand = graph.nodes[graph.nodes[node].operands[place]].name;
  const name = graph.nodes[node].name;
  const [upstream, slope] = [figures.gradients[node], figures.slopes[node][place] ?? 0];
  const local = `∂${enclosed(name)}/∂${enclosed(operand)}`;
  const factors = [upstream, slope].map((each) => short(each));
  const product = `${factors[0]} × ${factors[1].startsWith("−") ? `(${factors[1]})` : factors[1]}`;
  return `${enclosed(operand)}.grad += ${enclosed(name)}.grad × ${local} = ${product} = ${short(passedOn(upstream, slope))}`;
}

/**
 * Where a node's gradient comes from, a line for each consumer.
 * @param {Graph} graph
 * @param {number} place
 * @param {Figures} figures
 * @returns {string[]}
 */
export function derivation(graph, place, figures) {
  const lines = /** @type {string[]} */ ([]);
  for (let k = graph.nodes.length - 1; k > place; k--) {
    graph.nodes[k].operands.forEach((operand, edge) => {
      if (operand !== place) return;
      const [name, symbol] = [graph.nodes[k].name, graph.nodes[k].symbols[edge]];
      const local = `∂${enclosed(name)}/∂${enclosed(graph.nodes[place].name)}${symbol ? ` = ${symbol}` : ""}`;
      const [upstream, slope] = [figures.gradients[k], figures.slopes[k][edge] ?? 0];
      const numbers = `${short(upstream)} × ${slope < 0 ? `(${short(slope)})` : short(slope)}`;
      lines.push(`${enclosed(name)}.grad × ${local} → ${numbers} = ${short(passedOn(upstream, slope))}`);
    });
  }
  return lines;
}
