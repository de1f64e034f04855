/**
 * The graph's arithmetic: forward, backward and central differences over the functions that Python wrote.
 * @module
 */

/**
 * @typedef {object} Node
 * @property {string} name what it is called in sentences
 * @property {string} path its name with scopes, which no other node has
 * @property {string} kind input, parameter, constant, operation or root
 * @property {string} operation the primitive's name; "" for a leaf
 * @property {string} rule the key of its functions
 * @property {number[]} operands places of what it is computed from
 * @property {number} value as it was recorded
 * @property {(number | null)[]} slopes partials as they were recorded; null along constants, -0 where a
 *   condition lets nothing through
 * @property {string[]} symbols the partials in names
 * @property {number} scope the place of the scope it is in; -1 for none
 *
 * @typedef {object} Scope
 * @property {string} name
 * @property {number} parent the place of the scope around it; -1 for none
 *
 * @typedef {object} Graph
 * @property {string} title
 * @property {Node[]} nodes operands first
 * @property {number} root the place of the node whose gradients are shown
 * @property {Scope[]} scopes outer ones first
 * @property {number[]} closed places of the scopes that are folded at first
 * @property {number[]} trained places of the leaves that are trained at first
 * @property {string} frozen why numbers can't be changed; "" if they can
 * @property {number} step where to begin; -1 for the end
 * @property {boolean} quiz whether to begin with the gradients hidden
 *
 * @typedef {object} Rule
 * @property {(operands: number[]) => number} forward
 * @property {(output: number, operands: number[]) => number[]} partials
 *
 * @typedef {Record<string, Rule>} Rules
 *
 * @typedef {object} Figures all numbers of a graph
 * @property {number[]} values
 * @property {(number | null)[][]} slopes for each node those along its operands
 * @property {number[]} gradients
 */

/**
 * The graph that was written into the page.
 * @param {string} text JSON, with nan and infinity as texts
 * @returns {Graph}
 */
export function graphOf(text) {
  const graph = JSON.parse(text);
  for (const node of graph.nodes) {
    node.value = Number(node.value);
    node.slopes = node.slopes.map((/** @type {unknown} */ slope) => (slope === null ? null : Number(slope)));
  }
  return graph;
}

/**
 * The values of all nodes.
 * @param {Graph} graph
 * @param {Rules} rules
 * @param {number[]} leaves a number for each node; those of computed nodes aren't read
 * @param {number} [held] a node that keeps the number it is given, though it is computed
 * @returns {number[]}
 */
export function forward(graph, rules, leaves, held = -1) {
  const values = leaves.slice();
  if (graph.frozen) return graph.nodes.map((node) => node.value);
  graph.nodes.forEach((node, k) => {
    if (node.operation && k !== held) values[k] = rules[node.rule].forward(node.operands.map((each) => values[each]));
  });
  return values;
}

/**
 * The partials along all edges; null along constants.
 * @param {Graph} graph
 * @param {Rules} rules
 * @param {number[]} values
 * @returns {(number | null)[][]}
 */
export function slopesOf(graph, rules, values) {
  if (graph.frozen) return graph.nodes.map((node) => node.slopes);
  return graph.nodes.map((node, k) => {
    if (!node.operation) return [];
    const all = rules[node.rule].partials(values[k], node.operands.map((each) => values[each]));
    return all.map((slope, place) => (isConstant(graph, node.operands[place]) ? null : slope));
  });
}

/**
 * The gradients of all nodes: the chain rule, consumers first; -0 where nothing flows.
 * @param {Graph} graph
 * @param {(number | null)[][]} slopes
 * @returns {number[]}
 */
export function backward(graph, slopes) {
  const gradients = graph.nodes.map(() => -0);
  gradients[graph.root] = 1;
  for (let k = graph.nodes.length - 1; k >= 0; k--) {
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
  const isNothing = [upstream, slope].some((each) => each === null || Object.is(each, -0));
  return isNothing ? -0 : /** @type {number} */ (upstream) * /** @type {number} */ (slope) + 0;
}

/**
 * All numbers, from those of the leaves.
 * @param {Graph} graph
 * @param {Rules} rules
 * @param {number[]} leaves
 * @returns {Figures}
 */
export function figuresOf(graph, rules, leaves) {
  const values = forward(graph, rules, leaves);
  const slopes = slopesOf(graph, rules, values);
  return { values, slopes, gradients: backward(graph, slopes) };
}

/**
 * The central difference (L(x + h) - L(x - h)) / 2h of the root by any node.
 * @param {Graph} graph
 * @param {Rules} rules
 * @param {number[]} values
 * @param {number} place the node that is moved
 * @param {number} h by how much
 * @returns {number}
 */
export function numericalGradient(graph, rules, values, place, h) {
  const [above, below] = [h, -h].map((side) => {
    const moved = values.slice();
    moved[place] += side;
    return forward(graph, rules, moved, place)[graph.root];
  });
  return (above - below) / (2 * h);
}

/**
 * The numbers after a step of gradient descent on some leaves.
 * @param {number[]} values
 * @param {number[]} gradients
 * @param {Iterable<number>} trained
 * @param {number} rate the learning rate
 * @returns {number[]}
 */
export function descended(values, gradients, trained, rate) {
  const moved = values.slice();
  for (const place of trained) moved[place] -= rate * gradients[place];
  return moved;
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
