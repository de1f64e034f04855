/**
 * The diagram: what Graphviz has laid out, with the numbers of the moment; pan, zoom, folded scopes.
 * @module
 */
/** @import { Graph } from "./engine.js" */

const MARGIN = 12;
const [LETTERS, LEGIBLE] = [12, 3]; // the height of the letters in the picture, and the least on the screen

/**
 * @typedef {object} Shown what the diagram is to show
 * @property {(string | null)[]} values
 * @property {(string | null)[]} gradients
 * @property {string[]} titles
 * @property {(string | null)[][]} slopes
 * @property {Set<number>} activeNodes
 * @property {{node: number, place: number, back: boolean}[]} activeEdges
 */

/** @template {Element} T @param {string} selector @param {new () => T} kind @param {ParentNode} [parent] @returns {T} */
export function found(selector, kind, parent = document) {
  const element = parent.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`the page has no ${selector}`);
  return element;
}

/** The diagram on the page. */
export class Diagram {
  /** @param {Graph} graph */
  constructor(graph) {
    this.graph = graph;
    this.svg = found("#diagram", SVGSVGElement);
    this.view = found("#view", SVGGElement);
    this.size = { width: this.svg.viewBox.baseVal.width, height: this.svg.viewBox.baseVal.height };
    this.boxes = graph.nodes.map((_, k) => found(`#n${k}`, SVGGElement));
    this.values = this.boxes.map((box) => found(".value", SVGTextElement, box));
    this.gradients = this.boxes.map((box) => box.querySelector(".gradient")); // a constant has none
    this.titles = this.boxes.map((box) => found("title", SVGTitleElement, box));
    /** @type {SVGGElement[][]} */
    this.edges = graph.nodes.map((node, k) => node.operands.map((_, place) => found(`#e${k}-${place}`, SVGGElement)));
    this.slopes = this.edges.map((edges) => edges.map((edge) => found("text", SVGTextElement, edge)));
    this.ways = this.edges.map((edges) => edges.map((edge) => found("path", SVGPathElement, edge).getAttribute("d") ?? ""));
    this.scopes = graph.scopes.map((_, k) => found(`#s${k}`, SVGGElement));
    /** @type {Set<number>} */
    this.closed = new Set(graph.closed);
    this.scale = 1;
    this.left = 0;
    this.top = 0;
    /** @type {Map<Element, string>} */
    this.texts = new Map();
    /** @type {Element[]} */
    this.lit = [];
    this.fit();
    this.fold();
  }

  /** @param {Shown} shown */
  show({ values, gradients, titles, slopes, activeNodes, activeEdges }) {
    this.boxes.forEach((box, k) => {
      this.write(this.values[k], values[k] ?? "·");
      const gradient = this.gradients[k];
      if (gradient) this.write(gradient, gradients[k] ?? "·");
      this.write(this.titles[k], titles[k]);
      box.classList.toggle("pending", values[k] === null);
    });
    this.slopes.forEach((texts, k) => texts.forEach((text, place) => this.write(text, slopes[k][place] ?? "")));
    for (const element of this.lit) element.classList.remove("active", "back");
    this.lit = [...activeNodes].map((k) => this.boxes[k]);
    for (const { node, place, back } of activeEdges) {
      this.edges[node][place].classList.toggle("back", back);
      this.lit.push(this.edges[node][place]);
    }
    for (const element of this.lit) element.classList.add("active");
  }

  /** @param {Element} element @param {string} text */
  write(element, text) {
    if (this.texts.get(element) === text) return;
    element.textContent = text;
    this.texts.set(element, text);
  }

  // ---------------------------------------------------------------- scopes
  /** @param {number} scope */
  toggle(scope) {
    if (!this.closed.delete(scope)) this.closed.add(scope);
    this.fold();
  }

  /** Hide what is in closed scopes, and lead the edges from and to it to their boxes. */
  fold() {
    const hiding = this.graph.nodes.map((node) => this.closedAround(node.scope));
    this.boxes.forEach((box, k) => box.classList.toggle("hidden", hiding[k] >= 0));
    this.scopes.forEach((scope, k) => {
      const isClosed = this.closed.has(k);
      scope.classList.toggle("closed", isClosed);
      scope.classList.toggle("hidden", this.closedAround(this.graph.scopes[k].parent) >= 0);
      found(".fold", SVGGElement, scope).setAttribute("aria-expanded", String(!isClosed));
      found(".sign", SVGTSpanElement, scope).textContent = isClosed ? "▸" : "▾";
    });
    this.graph.nodes.forEach((node, k) =>
      node.operands.forEach((operand, place) => {
        const [tail, head] = [hiding[operand], hiding[k]];
        const edge = this.edges[k][place];
        edge.classList.toggle("hidden", tail >= 0 && tail === head);
        edge.classList.toggle("led", tail !== head);
        const way = tail < 0 && head < 0 ? this.ways[k][place] : this.wayBetween(tail, operand, head, k);
        found("path", SVGPathElement, edge).setAttribute("d", way);
      }),
    );
  }

  /** The outermost closed scope at or around a scope; -1 for none. @param {number} scope @returns {number} */
  closedAround(scope) {
    let outermost = -1;
    for (let k = scope; k >= 0; k = this.graph.scopes[k].parent) if (this.closed.has(k)) outermost = k;
    return outermost;
  }

  /** @param {number} tailScope @param {number} tail @param {number} headScope @param {number} head @returns {string} */
  wayBetween(tailScope, tail, headScope, head) {
    const from = this.area(tailScope < 0 ? this.boxes[tail] : this.scopes[tailScope]);
    const to = this.area(headScope < 0 ? this.boxes[head] : this.scopes[headScope]);
    const [x1, y1] = [from.x + from.width, from.y + from.height / 2];
    const [x2, y2] = [to.x, to.y + to.height / 2];
    if (x1 > x2) {
      // above or below each other: straight across the gap
      const x = Math.max(to.x, Math.min(to.x + to.width, from.x + from.width / 2));
      const isBelow = from.y > to.y;
      return `M${from.x + from.width / 2},${isBelow ? from.y : from.y + from.height}L${x},${isBelow ? to.y + to.height : to.y}`;
    }
    const bend = Math.max(20, Math.abs(x2 - x1) / 2);
    return `M${x1},${y1}C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`;
  }

  /** @param {SVGGElement} group @returns {{x: number, y: number, width: number, height: number}} */
  area(group) {
    const { x, y, width, height } = found("rect", SVGRectElement, group);
    return { x: x.baseVal.value, y: y.baseVal.value, width: width.baseVal.value, height: height.baseVal.value };
  }

  // ---------------------------------------------------------------- pan and zoom
  /** Show the whole picture. */
  fit() {
    this.scale = 1;
    this.left = this.top = 0;
    this.place();
  }

  /** @param {number} factor @param {number} [x] @param {number} [y] the point that stays, in the picture's units */
  zoom(factor, x = this.size.width / 2, y = this.size.height / 2) {
    const scale = Math.min(20, Math.max(0.2, this.scale * factor));
    this.left = x - ((x - this.left) * scale) / this.scale;
    this.top = y - ((y - this.top) * scale) / this.scale;
    this.scale = scale;
    this.place();
  }

  /** @param {number} right @param {number} down in the picture's units */
  pan(right, down) {
    this.left += right;
    this.top += down;
    this.place();
  }

  place() {
    this.view.setAttribute("transform", `translate(${this.left} ${this.top}) scale(${this.scale})`);
    const { width, height } = this.svg.getBoundingClientRect();
    const pixels = this.scale * Math.min(width / this.size.width, height / this.size.height);
    this.svg.classList.toggle("far", LETTERS * pixels < LEGIBLE);
  }

  /** A place on the screen in the picture's units. @param {MouseEvent} event @returns {DOMPoint} */
  pointOf(event) {
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM()?.inverse());
  }

  /** Move a node into sight. @param {number} place */
  reveal(place) {
    if (this.scale <= 1) return;
    const area = this.area(this.boxes[place]);
    const [x, y] = [area.x * this.scale + this.left, area.y * this.scale + this.top];
    const [width, height] = [area.width * this.scale, area.height * this.scale];
    const right = x < 0 ? MARGIN - x : Math.min(0, this.size.width - MARGIN - x - width);
    const down = y < 0 ? MARGIN - y : Math.min(0, this.size.height - MARGIN - y - height);
    if (right || down) this.pan(right, down);
  }
}
