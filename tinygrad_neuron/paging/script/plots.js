/**
 * Plots: the loss step by step, its landscape, a function with its operating point, the boundary of a decision.
 * @module
 */
import { forward } from "./engine.js";
import { drawn } from "./scene.js";
import { short } from "./steps.js";
/** @import { Graph } from "./engine.js" */
/** @import { Session } from "./session.js" */

const [WIDE, HIGH, LEFT, BOTTOM] = [300, 170, 44, 18];
const WORK = 200000; // nodes that are computed for a landscape
const BANDS = 14;
const ENDS = ["tanh", "sigmoid", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "share", "sin", "exp", "dot", "add", "sum"];

/** @typedef {[number, number]} Range */

/**
 * A frame with its axes.
 * @param {HTMLElement} figure
 * @param {Range} xs @param {Range} ys
 * @param {string} caption
 */
function framed(figure, xs, ys, caption) {
  const at = (/** @type {number} */ value, /** @type {Range} */ [low, high], /** @type {number} */ size) => Math.min(2, Math.max(-1, (value - low) / (high - low || 1))) * size;
  const x = (/** @type {number} */ value) => Number((LEFT + at(value, xs, WIDE - LEFT - 6)).toFixed(1));
  const y = (/** @type {number} */ value) => Number((HIGH - BOTTOM - at(value, ys, HIGH - BOTTOM - 8)).toFixed(1));
  const label = (/** @type {number} */ a, /** @type {number} */ b, /** @type {string} */ style, /** @type {number} */ value) =>
    drawn("text", { x: a, y: b, class: `soft ${style}`, "font-size": 11 }, short(value, 2));
  const axes = drawn("path", { class: "axis", d: `M${LEFT},8V${HIGH - BOTTOM}H${WIDE - 6}` });
  const svg = drawn("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": caption, class: "plot" }, axes);
  svg.append(label(LEFT, HIGH - 5, "", xs[0]), label(WIDE - 6, HIGH - 5, "end", xs[1]), label(LEFT - 4, HIGH - BOTTOM, "end", ys[0]), label(LEFT - 4, 16, "end", ys[1]));
  const words = document.createElement("figcaption");
  words.textContent = caption;
  figure.hidden = false;
  return {
    x, y, svg,
    /** @param {Range[]} points @param {string} style */
    line: (points, style) => svg.append(drawn("polyline", { class: style, points: points.filter((each) => each.every(Number.isFinite)).map(([a, b]) => `${x(a)},${y(b)}`).join(" ") })),
    /** @param {number} a @param {number} b */
    dot: (a, b) => Number.isFinite(a + b) && svg.append(drawn("circle", { cx: x(a), cy: y(b), r: 5, class: "dot" })),
    done: (/** @type {Element[]} */ ...before) => figure.replaceChildren(...before, svg, words),
  };
}

/** The least and the largest number. @param {number[]} numbers @returns {Range} */
function rangeOf(numbers) {
  const finite = numbers.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  return finite.length && low < high ? [low, high] : [(low || 0) - 0.5, (low || 0) + 0.5];
}

/** @param {Range} range @param {number} count @returns {number[]} */
function spread([low, high], count) {
  return Array.from({ length: count }, (_, k) => low + ((high - low) * k) / (count - 1));
}

/** @param {HTMLElement} figure @param {Session} session */
export function showLoss(figure, { losses, graph, last }) {
  figure.hidden = losses.length < 2;
  if (figure.hidden) return;
  const [first, now] = [losses[0], losses[losses.length - 1]].map((loss) => short(loss));
  const caption = `${graph.nodes[last].name}: ${first} → ${now} after ${losses.length - 1} steps`;
  const { line, done } = framed(figure, [0, Math.max(1, losses.length - 1)], rangeOf(losses), caption);
  line(losses.map((loss, k) => [k, loss]), "curve");
  done();
}

/** A function of one number around its operating point, with the tangent whose slope is the local derivative. @param {HTMLElement} figure @param {Session} session */
export function showCurve(figure, { graph, figures, selected }) {
  const node = graph.nodes[selected];
  const [x, y] = [figures.values[node.operands[0]], figures.values[selected]];
  figure.hidden = node.operands.length !== 1 || Boolean(graph.frozen) || !Number.isFinite(y) || !Number.isFinite(x);
  if (figure.hidden) return;
  const reach = Math.max(3, 1.5 * Math.abs(x));
  const points = /** @type {Range[]} */ (spread([-reach, reach], 81).map((each) => [each, graph.rules[selected].forward([each])[0]]));
  const slope = figures.slopes[selected][0] ?? 0;
  const operand = graph.nodes[node.operands[0]].name;
  const frame = framed(figure, [-reach, reach], rangeOf([...points.map(([, each]) => each), y]), `${node.operation} at ${operand} = ${short(x)}: value ${short(y)}, slope ${short(slope)}`);
  frame.line(points, "curve");
  frame.line([[x - reach / 3, y - (slope * reach) / 3], [x + reach / 3, y + (slope * reach) / 3]], "tangent");
  frame.dot(x, y);
  frame.done();
}

/** The numbers that a range must show, with room around. @param {number[]} numbers @param {number} start @returns {Range} */
function around(numbers, start) {
  const reach = 2 * Math.max(1, Math.abs(start));
  const [low, high] = [Math.min(...numbers, start - reach), Math.max(...numbers, start + reach)];
  return [low, high];
}

/** The loss over the one or two parameters that are trained, and the way of the descent. @param {HTMLElement} figure @param {Session} session */
export function showSurface(figure, session) {
  const { graph, trained, path, numbers, last } = session;
  const chosen = [...trained].sort((a, b) => a - b);
  figure.hidden = Boolean(graph.frozen) || chosen.length < 1 || chosen.length > 2;
  if (figure.hidden) return;
  const [a, b] = chosen;
  const [xs, ys] = chosen.map((place) => around(path.map((each) => each[place]).filter((each) => Math.abs(each) < 1e6), path[0][place]));
  const loss = (/** @type {number} */ x, /** @type {number} */ y) => {
    const moved = numbers.slice();
    moved[a] = x;
    if (b !== undefined) moved[b] = y;
    return forward(graph, moved)[last];
  };
  const names = chosen.map((place) => graph.nodes[place].name);
  if (b === undefined) {
    const points = /** @type {Range[]} */ (spread(xs, 61).map((x) => [x, loss(x, 0)]));
    const frame = framed(figure, xs, rangeOf(points.map(([, y]) => y)), `${graph.nodes[last].name} over ${names[0]}`);
    frame.line(points, "curve");
    frame.line(path.map((each, k) => [each[a], session.losses[k]]), "way");
    frame.dot(numbers[a], session.figures.values[last]);
    return frame.done();
  }
  const frame = framed(figure, xs, ys, `${graph.nodes[last].name} over ${names[0]} (across) and ${names[1]} (up): shaded where low`);
  const key = JSON.stringify([xs, ys, chosen, numbers.filter((_, k) => !trained.has(k))]);
  const cells = Math.round(Math.min(48, Math.max(12, Math.sqrt(WORK / graph.nodes.length))));
  const ground = painted(figure, key, cells, () => banded(spread([ys[1], ys[0]], cells).flatMap((y) => spread(xs, cells).map((x) => loss(x, y)))));
  frame.line(path.map((each) => [each[a], each[b]]), "way");
  frame.dot(numbers[a], numbers[b]);
  frame.done(ground);
}

/** Numbers as levels from 0 to 1, in bands as on a map. @param {number[]} numbers @returns {number[]} */
function banded(numbers) {
  const sorted = numbers.filter(Number.isFinite).sort((a, b) => a - b);
  const [low, high] = [sorted[0], sorted[sorted.length - 1]];
  return numbers.map((each) => (Number.isFinite(each) ? Math.round(BANDS * Math.sqrt((each - low) / (high - low || 1))) / BANDS : 1));
}

/** A map as an image under the plot; painted anew only where something else than the way has changed. @param {HTMLElement} figure @param {string} key @param {number} cells @param {() => number[]} levels */
function painted(figure, key, cells, levels) {
  const before = figure.querySelector("canvas");
  if (before && figure.dataset.key === key) return before;
  figure.dataset.key = key;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = cells;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(cells, cells);
  levels().forEach((level, k) => image.data.set([90, 100, 112, Math.round(190 * (1 - level))], 4 * k));
  context.putImageData(image, 0, 0);
  return canvas;
}

/** @type {WeakMap<Graph, {output: number, inputs: number[]} | null>} */
const predictions = new WeakMap();

/** What is predicted, and the two inputs that it depends on; null if there is no such node. @param {Graph} graph */
function predictionOf(graph) {
  const known = predictions.get(graph);
  if (known !== undefined) return known;
  const inputs = /** @type {Set<number>[]} */ ([]);
  const trains = /** @type {boolean[]} */ ([]);
  graph.nodes.forEach(({ kind, operands }, k) => {
    inputs[k] = new Set(kind === "input" ? [k] : operands.flatMap((each) => [...inputs[each]].slice(0, 3)));
    trains[k] = kind === "parameter" || operands.some((each) => trains[each]);
  });
  const fits = (/** @type {number} */ k) => inputs[k].size === 2 && trains[k] && k !== graph.root;
  const output = graph.nodes.findLastIndex(({ operation }, k) => ENDS.includes(operation) && fits(k));
  predictions.set(graph, output < 0 ? null : { output, inputs: [...inputs[output]] });
  return predictions.get(graph);
}

/** Where a network of two inputs decides one way, and where the other. @param {HTMLElement} figure @param {Session} session */
export function showBoundary(figure, session) {
  const { graph, numbers } = session;
  const found = graph.frozen ? null : predictionOf(graph);
  figure.hidden = !found;
  if (!found) return;
  const { output, inputs: [a, b] } = found;
  const [xs, ys] = [a, b].map((place) => around([numbers[place]], session.recorded[place]));
  const edge = graph.nodes[output].operation === "sigmoid" ? 0.5 : 0;
  const frame = framed(figure, xs, ys, `${graph.nodes[output].name} over ${graph.nodes[a].name} (across) and ${graph.nodes[b].name} (up): shaded where above ${edge}`);
  const cells = Math.round(Math.min(48, Math.max(12, Math.sqrt(WORK / graph.nodes.length))));
  const key = JSON.stringify([xs, ys, numbers.filter((_, k) => k !== a && k !== b)]);
  const ground = painted(figure, key, cells, () =>
    spread([ys[1], ys[0]], cells).flatMap((y) =>
      spread(xs, cells).map((x) => {
        const moved = numbers.slice();
        [moved[a], moved[b]] = [x, y];
        return forward(graph, moved, -1, output)[output] > edge ? 0.25 : 0.85;
      }),
    ),
  );
  frame.dot(numbers[a], numbers[b]);
  frame.done(ground);
}
