/**
 * The graph's arithmetic: forward, backward and central differences over rows that Python wrote from its table.
 * @module
 */

/**
 * @typedef {object} Node
 * @property {string} name what it is called in sentences
 * @property {string} path its name with scopes, which no other node has
 * @property {string} kind input, parameter, constant, operation or root
 * @property {string} operation the primitive's name; "" for a leaf
 * @property {string} kernel the key of its rows
 * @property {number[]} operands places of what it is computed from
 * @property {number} value as it was recorded
 * @property {(number | null)[]} slopes partials as recorded; null along constants, -0 where a condition lets nothing through; only there where numbers can't be changed
 * @property {string[]} symbols the partials in names
 * @property {number} scope the place of its scope
 *
 * @typedef {object} Graph
 * @property {string} title
 * @property {Node[]} nodes operands first
 * @property {string[][]} scopes the names of the scopes around nodes, the outermost first
 * @property {any[][][]} sets mathematics, as Python has set it
 * @property {number} root the place of the node whose gradients are shown
 * @property {Record<string, {forward: Rows, partials: Rows}>} kernels
 * @property {string} frozen why numbers can't be changed; "" if they can
 * @property {number[]} trained places of the leaves that are trained at first
 * @property {number} step where to begin; -1 for the end
 * @property {boolean} quiz whether to begin with the gradients hidden
 * @property {number[][]} points numbers of the leaves, in their order, at which formulas by hand are judged
 * @property {import("./scene.js").View[]} views
 * @property {import("./scene.js").SceneData[]} scenes
 * @property {import("./scene.js").Layout[]} layouts
 * @property {(null | import("./scene.js").Typeset)[]} formula the whole formula, for each width
 * @property {Rule[]} rules for each node; made of the kernels
 *
 * @typedef {[number, (number | string | [string, ...number[]])[], number[]]} Rows how many numbers are given, the rows (a
 *   number, or an operation and the places of what it takes), and the places of the results, -1 for none
 * @typedef {Record<string, (...numbers: number[]) => number>} Operations
 * @typedef {(given: number[]) => number[]} Kernel
 * @typedef {{forward: Kernel, partials: Kernel}} Rule
 *
 * @typedef {object} Figures all numbers of a graph
 * @property {number[]} values
 * @property {(number | null)[][]} slopes for each node those along its operands
 * @property {number[]} gradients
 */

/**
 * Rows as a function.
 * @param {Rows} rows
 * @param {Operations} operations
 * @returns {Kernel}
 */
export function kernelOf([count, rows, ends], operations) {
  const steps = rows.map((row) => {
    if (!Array.isArray(row)) return { apply: null, number: Number(row), a: 0, b: 0, c: 0 };
    const [name, a, b = 0, c = 0] = row;
    return { apply: operations[name], number: 0, a, b, c };
  });
  const at = new Float64Array(count + rows.length);
  return (given) => {
    for (let k = 0; k < count; k++) at[k] = given[k];
    for (let k = 0; k < steps.length; k++) {
      const { apply, number, a, b, c } = steps[k];
      at[count + k] = apply ? apply(at[a], at[b], at[c]) : number;
    }
    return ends.map((end) => (end < 0 ? 1 : at[end]));
  };
}

/**
 * The graph that was written into the page.
 * @param {string} text JSON, with nan and infinity as texts
 * @param {Operations} operations
 * @returns {Graph}
 */
export function graphOf(text, operations) {
  const graph = JSON.parse(text);
  /** @type {Record<string, Rule>} */
  const rules = {};
  for (const [key, kernel] of Object.entries(/** @type {Graph["kernels"]} */ (graph.kernels)))
    rules[key] = { forward: kernelOf(kernel.forward, operations), partials: kernelOf(kernel.partials, operations) };
  graph.rules = graph.nodes.map((/** @type {Node} */ node) => rules[node.kernel]);
  graph.points = graph.points.map((/** @type {unknown[]} */ point) => point.map(Number));
  for (const node of graph.nodes) {
    node.value = Number(node.value);
    node.slopes = node.slopes?.map((/** @type {unknown} */ slope) => (slope === null ? null : Number(slope)));
  }
  return graph;
}

/**
 * The values of all nodes.
 * @param {Graph} graph
 * @param {number[]} leaves a number for each node; those of computed nodes aren't read
 * @param {number} [held] a node that keeps the number it is given, though it is computed
 * @param {number} [last] the last node that is wanted
 * @returns {number[]}
 */
export function forward(graph, leaves, held = -1, last = graph.root) {
  if (graph.frozen) return graph.nodes.map((node) => node.value);
  const values = leaves.slice();
  for (let k = 0; k < (last === graph.root ? graph.nodes.length : last + 1); k++) {
    const { operation, operands } = graph.nodes[k];
    if (operation && k !== held) [values[k]] = graph.rules[k].forward(operands.map((each) => values[each]));
  }
  return values;
}

/**
 * The partials along all edges; null along constants, -0 where a condition lets nothing through.
 * @param {Graph} graph
 * @param {number[]} values
 * @returns {(number | null)[][]}
 */
export function slopesOf(graph, values) {
  if (graph.frozen) return graph.nodes.map((node) => node.slopes);
  return graph.nodes.map((node, k) => {
    if (!node.operation) return [];
    const found = graph.rules[k].partials([values[k], ...node.operands.map((each) => values[each])]);
    return node.operands.map((operand, place) =>
      isConstant(graph, operand) ? null : found[2 * place] !== 0 ? found[2 * place + 1] + 0 : -0,
    );
  });
}

/**
 * The gradients of all nodes: the chain rule, consumers first; -0 where nothing flows.
 * @param {Graph} graph
 * @param {(number | null)[][]} slopes
 * @param {number} [from] the node that is differentiated
 * @param {Map<number, number>} [given] gradients that are taken as they are
 * @returns {number[]}
 */
export function backward(graph, slopes, from = graph.root, given = new Map()) {
  const gradients = graph.nodes.map(() => -0);
  gradients[from] = 1;
  for (let k = graph.nodes.length - 1; k >= 0; k--) {
    const own = given.get(k);
    if (own !== undefined) gradients[k] = own;
    graph.nodes[k].operands.forEach((operand, place) => {
      gradients[operand] += passedOn(gradients[k], slopes[k][place]);
    });
  }
  return gradients;
}

/**
 * What an edge passes on: upstream times local. -0 is nothing: what is added to it, or multiplied, stays what it was.
 * @param {number | null} upstream
 * @param {number | null} slope
 * @returns {number}
 */
export function passedOn(upstream, slope) {
  const isNothing = upstream === null || slope === null || Object.is(upstream, -0) || Object.is(slope, -0);
  return isNothing ? -0 : upstream * slope + 0;
}

/**
 * One step: values, partials and gradients, from the numbers of the leaves.
 * @param {Graph} graph
 * @param {number[]} leaves
 * @returns {Figures}
 */
export function figuresOf(graph, leaves) {
  const values = forward(graph, leaves);
  const slopes = slopesOf(graph, values);
  return { values, slopes, gradients: backward(graph, slopes) };
}

/**
 * The central difference (L(x + h) - L(x - h)) / 2h of the root by any node.
 * @param {Graph} graph
 * @param {number[]} values
 * @param {number} place the node that is moved
 * @param {number} h by how much
 * @returns {number}
 */
export function numericalGradient(graph, values, place, h) {
  const [above, below] = [h, -h].map((side) => {
    const moved = values.slice();
    moved[place] += side;
    return forward(graph, moved, place)[graph.root];
  });
  return (above - below) / (2 * h);
}

/**
 * Whether a node has no gradient.
 * @param {Graph} graph
 * @param {number} place
 * @returns {boolean}
 */
export function isConstant(graph, place) {
  return graph.nodes[place].kind === "constant";
}

/**
 * The places of the leaves that have a gradient: those whose numbers can be changed.
 * @param {Graph} graph
 * @returns {number[]}
 */
export function leavesOf(graph) {
  return graph.nodes.flatMap((node, k) => (node.operation || node.kind === "constant" ? [] : [k]));
}
