/**
 * What a reader has done with the graph: numbers changed, steps made, gradients found. Nothing here is shown.
 * @module
 */
import { figuresOf, isConstant, leavesOf, numericalGradient } from "./engine.js";
import { gradientsSoFar, sentence, stepsOf } from "./steps.js";
/** @import { Graph } from "./engine.js" */

const MOST_LOSSES = 2000;

/** A reader's session with a graph. */
export class Session {
  /** @param {Graph} graph */
  constructor(graph) {
    this.graph = graph;
    this.last = graph.root;
    this.leaves = leavesOf(graph);
    this.steps = stepsOf(graph);
    this.recorded = graph.nodes.map((node) => node.value);
    this.at = this.steps.length - 1;
    this.selected = this.last;
    this.isQuiz = false;
    /** @type {Set<number>} gradients that were found by hand, or revealed */
    this.solved = new Set();
    this.trained = new Set(graph.trained);
    this.numbers = this.recorded.slice();
    this.figures = figuresOf(graph, this.numbers);
    this.losses = [this.figures.values[this.last]];
    this.path = [this.numbers.slice()]; // the numbers before each step of a descent, and now
  }

  // ---------------------------------------------------------------- steps
  /** The last step: in the quiz, that of the forward pass. */
  get end() {
    if (!this.isQuiz) return this.steps.length - 1;
    return this.steps.findLastIndex((step) => step.kind === "forward" || step.kind === "start");
  }

  get step() {
    return this.steps[this.at];
  }

  /** The node that the step is about; backward, the one that a gradient flows to. */
  get active() {
    const { kind, node, place } = this.step;
    return kind === "backward" ? this.graph.nodes[node].operands[place] : node;
  }

  get isAtRest() {
    return this.step.kind === "start" || this.step.kind === "end";
  }

  /** @param {number} step */
  go(step) {
    this.at = Math.min(this.end, Math.max(0, step));
    if (!this.isAtRest) this.selected = this.active;
  }

  /** Whether each node's value is known at this step. */
  get known() {
    const known = this.graph.nodes.map((node) => !node.operation);
    for (const { kind, node } of this.steps.slice(0, this.at + 1)) if (kind === "forward") known[node] = true;
    return known;
  }

  /** The gradients as far as they have been summed up; null where nothing has arrived, or what is to be found. */
  get sums() {
    if (!this.isQuiz) return gradientsSoFar(this.graph, this.steps.slice(0, this.at + 1), this.figures);
    return this.figures.gradients.map((gradient, k) => (this.isHidden(k) || isConstant(this.graph, k) ? null : gradient));
  }

  /** Whether more flows into each gradient at later steps. */
  get partial() {
    const partial = this.graph.nodes.map(() => false);
    if (!this.isQuiz) for (const { kind, node, place } of this.steps.slice(this.at + 1)) if (kind === "backward") partial[this.graph.nodes[node].operands[place]] = true;
    return partial;
  }

  /** Whether a gradient is the reader's to find. @param {number} k @returns {boolean} */
  isHidden(k) {
    return this.isQuiz && !this.solved.has(k) && k !== this.last;
  }

  get sentence() {
    if (this.isQuiz && this.at === this.end) return "Derive each gradient by hand, beginning at the result, and type it.";
    return sentence(this.graph, this.step, this.figures, gradientsSoFar(this.graph, this.steps.slice(0, this.at + 1), this.figures));
  }

  // ---------------------------------------------------------------- numbers
  /** @param {number} place @param {number} number */
  assign(place, number) {
    this.numbers[place] = number;
    this.recompute();
  }

  /** @param {number[]} numbers of all leaves that can be changed */
  assignAll(numbers) {
    this.leaves.forEach((place, k) => (this.numbers[place] = numbers[k]));
    this.recompute();
  }

  /** Back to what was recorded. */
  reset() {
    this.numbers = this.recorded.slice();
    this.recompute();
  }

  recompute() {
    this.figures = figuresOf(this.graph, this.numbers);
    this.losses = [this.figures.values[this.last]];
    this.path = [this.numbers.slice()];
  }

  /** A step of gradient descent. @param {number} rate the learning rate */
  descend(rate) {
    this.numbers = this.figures.values.slice();
    for (const place of this.trained) this.numbers[place] -= rate * this.figures.gradients[place];
    this.goOn();
  }

  /** Numbers that somebody else's step has led to. @param {number[]} numbers of all leaves that can be changed */
  follow(numbers) {
    this.leaves.forEach((place, k) => (this.numbers[place] = numbers[k]));
    this.goOn();
  }

  /** Compute a step's numbers, and remember the way. */
  goOn() {
    this.figures = figuresOf(this.graph, this.numbers);
    this.losses.push(this.figures.values[this.last]);
    this.path.push(this.numbers.slice());
    for (const each of [this.losses, this.path]) if (each.length > MOST_LOSSES) each.splice(1, 1);
  }

  /** The central difference at the selected node. @param {number} h @returns {number} */
  numericalGradient(h) {
    return numericalGradient(this.graph, this.figures.values, this.selected, h);
  }
}
