/**
 * A picture: what Python has laid out, with the figures of the moment in it. Nothing is laid out here.
 * @module
 */
import { passedOn } from "./engine.js";
import { short } from "./steps.js";
/** @import { Figures, Graph } from "./engine.js" */

/**
 * @typedef {object} View
 * @property {string} key its name in the address
 * @property {string} title
 * @property {string} name network, stages, operations, neuron or nearest
 * @property {string} note
 * @property {number[]} scenes the place of its scene for each width
 *
 * @typedef {[number[], string, string, ...any[][]]} BoxData its nodes, its kind, the view that it opens, and what is in it
 * @typedef {{layout: number, boxes: BoxData[]}} SceneData
 *
 * @typedef {object} Layout
 * @property {string} shape lying, standing or list
 * @property {[number, number]} size
 * @property {[number, number, number, number, number][]} boxes left, top, width, height and radius
 * @property {[number, number, string, number, number, boolean, number?, number?][]} edges the boxes at its ends, its way,
 *   its end, whether it has a slope, and where that stands
 * @property {[number, number, number, number, string][]} frames
 * @property {[number, string][]} headings
 * @property {boolean} many whether edges are faint
 *
 * @typedef {{size: [number, number], base: number, parts: any[][]}} Typeset
 *
 * @typedef {object} Shown what a picture is to show
 * @property {Figures} figures
 * @property {boolean[]} known whether each value is known
 * @property {(number | null)[]} sums gradients as far as they are summed up
 * @property {boolean[]} partial whether more flows into them
 * @property {boolean[]} hidden whether a gradient is the reader's to find
 * @property {boolean} slopes whether local derivatives are shown
 * @property {Set<number>} activeNodes
 * @property {{node: number, place: number, back: boolean}[]} activeEdges
 * @property {number} selected
 */

const [MARGIN, ROOM] = [12, 7]; // pixels, and characters of a figure
const SVG = "http://www.w3.org/2000/svg";

/**
 * An element of a picture.
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 * @param {...(Element | string)} inside
 * @returns {SVGElement}
 */
export function drawn(name, attributes, ...inside) {
  const element = document.createElementNS(SVG, name);
  for (const [key, each] of Object.entries(attributes)) element.setAttribute(key, String(each));
  element.append(...inside);
  return element;
}

/**
 * Mathematics that Python has set.
 * @param {any[][]} parts
 * @param {number} left
 * @param {number} base
 * @returns {SVGElement}
 */
export function typeset(parts, left, base) {
  const pieces = parts.map(([x, y, size, style, text, width]) => {
    if (text === undefined) return drawn("path", { d: `M${x},${y}h${size}`, class: "rule" });
    const place = { x, y, "font-size": size, textLength: width, lengthAdjust: "spacingAndGlyphs" };
    return drawn("text", style ? { ...place, "font-style": "italic" } : place, text.replaceAll(" ", "\u00a0"));
  });
  return drawn("g", { class: "set", transform: `translate(${left} ${base})` }, ...pieces);
}

/** @param {number | null} x @returns {string} the class of its color */
const signOf = (x) => (!x || Number.isNaN(x) ? "none" : x > 0 ? "plus" : "minus");

/** A view at a width. */
export class Scene {
  /** @param {Graph} graph @param {View} view @param {number} width @param {Figures} start */
  constructor(graph, view, width, start) {
    const data = graph.scenes[view.scenes[width]];
    this.graph = graph;
    this.view = view;
    this.boxes = data.boxes;
    this.layout = graph.layouts[data.layout];
    /** @type {{element: SVGElement, nodes: number[], what: string, digits: number}[]} */
    this.slots = [];
    /** @type {{element: SVGElement, nodes: number[], left: number, right: number, y: number, isRow: boolean}[]} */
    this.bars = [];
    this.owner = this.owners();
    this.ways = this.layout.edges.map((_, n) => this.slotsOf(n));
    this.inner = new Map(this.boxes.flatMap(([nodes, kind]) => (isGiven(kind) ? [] : nodes.map((node) => [node, this.within(node)]))));
    this.biggest = Math.max(...this.flows(start).map(({ flow }) => finite(Math.abs(flow))), 1e-300);
    const top = this.layout.headings.length ? MARGIN + 14 : 4;
    const [w, h] = this.layout.size;
    const headings = this.layout.headings.map(([x, text]) => drawn("text", { x, y: -10, class: "soft middle", "font-size": 11.5 }, text));
    const frames = this.layout.frames.map(([x, y, wide, high, name]) =>
      drawn("g", { class: "frame" }, drawn("rect", { x, y, width: wide, height: high, rx: 8 }), drawn("text", { x: x + 9, y: y + 15, class: "soft", "font-size": 11.5 }, name)),
    );
    this.lines = this.layout.edges.map((edge) => this.line(edge));
    this.signs = this.layout.edges.map(([, , , , , , x, y]) => (x === undefined || y === undefined ? null : sign(x, y)));
    this.groups = this.boxes.map((box, k) => this.box(box, k));
    const sizeOf = (/** @type {boolean} */ rows) => this.bars.map(({ nodes, isRow }) => (isRow === rows && !nodes.includes(graph.root) ? finite(Math.abs(total(start.gradients, nodes))) : 0));
    this.scale = Math.max(...sizeOf(false), 0) || 1; // fixed: bars don't jump while a number is dragged
    this.rowScale = Math.max(...sizeOf(true), 0) || 1;
    const all = drawn("g", { transform: `translate(${MARGIN} ${top})` }, ...frames, ...headings, ...this.lines.map(({ group }) => group));
    all.append(...this.signs.flatMap((each) => (each ? [each.group] : [])), ...this.groups);
    const [whole, height] = [w + 2 * MARGIN, h + top + MARGIN].map(Math.ceil);
    const size = { viewBox: `0 0 ${whole} ${height}`, width: whole, height };
    this.svg = drawn("svg", { class: `picture ${this.layout.shape}${this.layout.many ? " many" : ""}`, role: "group", ...size }, all);
  }

  /** For each node the box that it is in; -1 for none. */
  owners() {
    const owner = this.graph.nodes.map(() => -1);
    this.boxes.forEach(([nodes, , , ...pieces], b) => {
      for (const [, , , , , own] of pieces) if (Array.isArray(own)) for (const node of own) owner[node] = b;
      for (const node of nodes) owner[node] = b;
    });
    this.boxes.forEach(([nodes], b) => nodes.forEach((node) => (owner[node] = b)));
    const open = this.graph.nodes.map(() => false);
    for (const [nodes, kind] of this.boxes) if (!isGiven(kind)) for (const node of nodes) open[node] = true;
    for (let k = owner.length - 1; k >= 0; k--) {
      if (!open[k]) continue;
      for (const operand of this.graph.nodes[k].operands) {
        if (owner[operand] >= 0) continue;
        owner[operand] = owner[k];
        open[operand] = true;
      }
    }
    return owner;
  }

  /** The edges of the graph that lead from the node of a box to that of another, without others between. @param {number} n */
  waysOf(n) {
    const [[below], [above]] = this.layout.edges[n].slice(0, 2).map((place) => this.boxes[/** @type {number} */ (place)][0]);
    return this.within(above).flatMap((node) => this.graph.nodes[node].operands.flatMap((operand, place) => (operand === below ? [[node, place]] : [])));
  }

  /** A node and the hidden ones that it is computed from, the last first. @param {number} start @returns {number[]} */
  within(start) {
    const shown = new Set(this.boxes.flatMap(([nodes]) => nodes));
    const found = new Set([start]);
    for (const k of found) for (const each of this.graph.nodes[k].operands) if (!shown.has(each)) found.add(each);
    return [...found].sort((a, b) => b - a);
  }

  /** Of several edges between two boxes, each a plain operand, which operand it is; null else. @param {number} n */
  slotsOf(n) {
    const ends = (/** @type {any[]} */ [tail, head]) => [this.boxes[tail][0], this.boxes[head][0]];
    const [tails, heads] = ends(this.layout.edges[n]);
    if (tails.length !== 1 || heads.length !== 1) return null;
    const places = this.graph.nodes[heads[0]].operands.flatMap((each, place) => (each === tails[0] ? [place] : []));
    const alike = this.layout.edges.slice(0, n).filter((edge) => ends(edge).every((nodes, k) => nodes[0] === [tails, heads][k][0]));
    return places.length > 1 ? (places[alike.length] ?? null) : null;
  }

  /**
   * What is between the boxes: the slope of all that lies between, and what flows back.
   * @param {Figures} figures
   * @returns {{slope: number | null, flow: number}[]}
   */
  flows({ slopes, gradients }) {
    /** @type {Map<number, Map<number, number>>} */
    const reached = new Map();
    for (const [head, inner] of this.inner) {
      const reach = new Map([[head, 1]]);
      for (const k of inner)
        this.graph.nodes[k].operands.forEach((operand, place) => {
          reach.set(operand, (reach.get(operand) ?? -0) + passedOn(reach.get(k) ?? -0, slopes[k][place]));
        });
      reached.set(head, reach);
    }
    return this.layout.edges.map(([tail, head, , , , hasSlope], n) => {
      const [tails, heads] = [this.boxes[tail][0], this.boxes[head][0]];
      const own = this.ways[n];
      let [slope, flow] = [0, 0];
      for (const up of heads)
        for (const down of tails) {
          const local = own === null ? (reached.get(up)?.get(down) ?? -0) : (slopes[up][own] ?? -0);
          slope += local;
          flow += passedOn(gradients[up], local);
        }
      return { slope: hasSlope && heads.length === 1 && tails.length === 1 ? slope : null, flow };
    });
  }

  // ---------------------------------------------------------------- drawing
  /** @param {Layout["edges"][number]} edge */
  line([tail, head, way, x, y]) {
    const path = drawn("path", { d: way, class: "way" });
    const tip = this.layout.shape === "standing" ? `M${x},${y}l-4.5,-8h9z` : `M${x},${y}l-8,-4.5v9z`;
    const arrow = drawn("path", { d: tip, class: "arrow" });
    const title = drawn("title", {});
    return { path, title, group: drawn("g", { class: "edge", "data-ends": `${tail} ${head}` }, title, path, ...(this.layout.many ? [] : [arrow])) };
  }

  /** @param {BoxData} box @param {number} place */
  box([nodes, kind, opens, ...pieces], place) {
    const [x, y, width, height, rx] = this.layout.boxes[place];
    const group = drawn("g", { class: `node ${kind}`, transform: `translate(${x} ${y})`, "data-nodes": nodes.join(" "), "data-box": place, tabindex: kind === "more" ? -1 : 0 });
    group.append(drawn("title", {}), drawn("rect", { width, height, rx }), ...pieces.map((piece) => this.piece(piece, nodes)));
    group.setAttribute("role", "button");
    if (opens) group.dataset.opens = opens;
    return group;
  }

  /** @param {any[]} piece @param {number[]} own the nodes of its box */
  piece([kind, ...rest], own) {
    if (kind === "f") return typeset(this.graph.sets[rest[2]], rest[0], rest[1]);
    if (kind === "b") {
      const [left, right, y, nodes] = rest;
      const element = drawn("path", { class: "bar" });
      this.bars.push({ element, nodes, left, right, y, isRow: String(nodes) !== String(own) });
      const middle = (left + right) / 2;
      const track = drawn("path", { class: "track", d: `M${left},${y}H${right}` });
      return right - left < 8 ? drawn("g", {}) : drawn("g", {}, track, element, drawn("path", { class: "zero", d: `M${middle},${y - 4}v8` }));
    }
    const [x, y, size, style, nodes, digits] = rest;
    const element = drawn("text", { x, y, "font-size": size, class: style });
    if (kind === "t") element.textContent = nodes;
    else this.slots.push({ element, nodes, what: kind, digits });
    return element;
  }

  // ---------------------------------------------------------------- figures of the moment
  /** @param {Shown} shown */
  show(shown) {
    const { figures, known, sums, partial, hidden } = shown;
    const gradientOf = (/** @type {number[]} */ nodes) => (nodes.some((k) => sums[k] === null || hidden[k]) ? null : total(/** @type {number[]} */ (sums), nodes));
    for (const { element, nodes, what, digits } of this.slots) {
      if (what === "v") writeFigure(element, nodes.every((k) => known[k]) ? short(total(figures.values, nodes) / nodes.length, digits) : "·");
      else {
        const gradient = gradientOf(nodes);
        const text = nodes.some((k) => hidden[k]) ? "?" : gradient === null ? "·" : short(gradient, digits, true);
        writeFigure(element, text + (gradient !== null && nodes.some((k) => partial[k]) ? "…" : ""));
        for (const style of ["plus", "minus"]) element.classList.toggle(style, signOf(gradient) === style);
      }
    }
    for (const { element, nodes, left, right, y, isRow } of this.bars) {
      const gradient = gradientOf(nodes) ?? 0;
      const part = Math.sqrt(Math.min(1, Math.abs(gradient) / (isRow ? this.rowScale : this.scale))) || 0;
      const middle = (left + right) / 2;
      const end = middle + ((Math.sign(gradient) || 0) * part * (right - left)) / 2;
      element.setAttribute("d", `M${middle},${y}H${end.toFixed(1)}`);
      element.setAttribute("class", `bar ${signOf(gradient)}`);
    }
    this.showEdges(shown);
    this.groups.forEach((group, b) => this.showBox(group, b, shown));
  }

  /** @param {SVGElement} group @param {number} b @param {Shown} shown */
  showBox(group, b, { figures, known, sums, hidden, activeNodes, selected }) {
    const [nodes] = this.boxes[b];
    const isActive = [...activeNodes].some((k) => this.owner[k] === b);
    group.classList.toggle("active", isActive);
    group.classList.toggle("pending", nodes.some((k) => !known[k]));
    group.classList.toggle("selected", nodes.includes(selected));
    const said = nodes.slice(0, 4).map((k) => {
      const value = known[k] ? ` = ${figures.values[k]}` : "";
      return `${this.graph.nodes[k].path}${value}${sums[k] === null || hidden[k] ? "" : `; gradient ${sums[k]}`}`;
    });
    write(/** @type {Element} */ (group.firstElementChild), said.join("\n") || "left out");
  }

  /** @param {Shown} shown */
  showEdges({ figures, known, sums, hidden, slopes, activeEdges }) {
    const flows = this.flows(figures);
    const lit = new Map(activeEdges.map(({ node, place, back }) => [`${this.owner[this.graph.nodes[node].operands[place]]} ${this.owner[node]}`, back]));
    this.layout.edges.forEach(([tail, head], n) => {
      const [tails, heads] = [this.boxes[tail][0], this.boxes[head][0]];
      const isKnown = [...tails, ...heads].every((k) => known[k]);
      const isDone = tails.every((k) => sums[k] !== null && !hidden[k]) && heads.every((k) => sums[k] !== null);
      const { slope, flow } = flows[n];
      const part = isDone ? Math.sqrt(Math.min(1, Math.abs(flow) / this.biggest)) || 0 : 0;
      const { path, title, group } = this.lines[n];
      const back = lit.get(`${tail} ${head}`);
      const wide = this.view.name === "network" ? 5 : this.layout.shape === "list" ? 2.6 : 3.4;
      path.setAttribute("stroke-width", (0.9 + wide * part).toFixed(2));
      path.setAttribute("stroke-opacity", this.layout.many ? (0.25 + 0.75 * part).toFixed(2) : "1");
      group.setAttribute("class", `edge ${isDone ? signOf(flow) : "none"}${back === undefined ? "" : back ? " active back" : " active"}`);
      const text = slopes && isKnown && slope !== null ? short(slope, 3, true) : "";
      const names = [tails, heads].map((nodes) => this.graph.nodes[nodes[0]]?.name ?? "…");
      write(title, text ? `∂${names[1]}/∂${names[0]} = ${slope}${isDone ? `; flows back: ${flow}` : ""}` : `${names[0]} → ${names[1]}`);
      this.signs[n]?.write(text, back !== undefined);
    });
  }
}

/** @param {number} x @returns {number} 0 for what has no end or isn't a number */
const finite = (x) => (Number.isFinite(x) ? x : 0);

/** Whether a box shows what is given, and not how it is computed. @param {string} kind */
function isGiven(kind) {
  return kind === "input" || kind === "parameter" || kind === "constant" || kind === "more";
}

/** @param {number[]} numbers @param {number[]} places */
function total(numbers, places) {
  return places.reduce((sum, k) => sum + numbers[k], 0);
}

/** The figure on an edge, with the ground behind it. @param {number} x @param {number} y */
function sign(x, y) {
  const [ground, text] = [drawn("rect", { class: "halo", y: y - 7, height: 14 }), drawn("text", { x, y: y + 4, class: "soft middle", "font-size": 11.5 })];
  return {
    group: drawn("g", { class: "slope" }, ground, text),
    /** @param {string} said @param {boolean} isActive */
    write(said, isActive) {
      writeFigure(text, said);
      text.classList.toggle("bold", isActive);
      const width = 6.6 * Math.min(ROOM, said.length) + 2;
      ground.setAttribute("x", String(x - width / 2));
      ground.setAttribute("width", String(said ? width : 0));
    },
  };
}

/** @param {Element} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A figure, squeezed if it is longer than the room that there is for it. @param {SVGElement} element @param {string} text */
function writeFigure(element, text) {
  write(element, text);
  const size = Number(element.getAttribute("font-size"));
  if (text.length > ROOM) element.setAttribute("textLength", String(0.6 * ROOM * size));
  else element.removeAttribute("textLength");
  element.setAttribute("lengthAdjust", "spacingAndGlyphs");
}
