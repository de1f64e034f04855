/**
 * What a reader has done with the graph: numbers changed, steps made, gradients found. Nothing here is shown.
 * @module
 */
import { descended, numericalGradient, figuresOf, isConstant } from "./engine.js";
import { gradientsSoFar, sentence, stepsOf } from "./steps.js";
import { FormulaError, factorsOf, halfAUnit, judged, parsed } from "./quiz.js";
/** @import { Figures, Graph, Rules } from "./engine.js" */
/** @import { Calculator, Formula, Verdict } from "./quiz.js" */

const MOST_LOSSES = 2000;
const PROBES = 3; // other numbers that a formula has to be right at

/** A reader's session with a graph. */
export class Session {
  /** @param {Graph} graph @param {Rules} rules @param {Calculator} calculator */
  constructor(graph, rules, calculator) {
    this.graph = graph;
    this.rules = rules;
    this.calculator = calculator;
    this.last = graph.root;
    this.steps = stepsOf(graph);
    this.recorded = graph.nodes.map((node) => node.value);
    this.at = this.steps.length - 1;
    this.selected = this.last;
    this.isQuiz = false;
    /** @type {Set<number>} */
    this.solved = new Set();
    this.trained = new Set(graph.trained);
    this.numbers = this.recorded.slice();
    this.figures = figuresOf(graph, rules, this.numbers);
    this.losses = [this.figures.values[this.last]];
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

  /** The gradients as far as they have been summed up; null where nothing has arrived. */
  get sums() {
    return gradientsSoFar(this.graph, this.steps.slice(0, this.at + 1), this.figures);
  }

  /** The gradients to be shown; null where nothing has arrived, or where it is the reader's to find. */
  get gradients() {
    return this.sums.map((sum, k) => (this.isHidden(k) ? null : this.isQuiz && !isConstant(this.graph, k) ? this.figures.gradients[k] : sum));
  }

  get sentence() {
    if (this.isQuiz && this.at === this.end) return "Derive each gradient by hand, and type it.";
    return sentence(this.graph, this.step, this.figures, this.sums);
  }

  // ---------------------------------------------------------------- numbers
  /** The leaves whose numbers can be changed. */
  get leaves() {
    return this.graph.nodes.flatMap((node, k) => (node.operation || node.kind === "constant" ? [] : [k]));
  }

  /** @param {number} place @param {number} number */
  assign(place, number) {
    this.numbers[place] = number;
    this.recompute();
  }

  /** Back to what was recorded. */
  reset() {
    this.numbers = this.recorded.slice();
    this.recompute();
  }

  recompute() {
    this.figures = figuresOf(this.graph, this.rules, this.numbers);
    this.losses = [this.figures.values[this.last]];
  }

  /** A step of gradient descent. @param {number} rate the learning rate */
  descend(rate) {
    this.numbers = descended(this.figures.values, this.figures.gradients, this.trained, rate);
    this.figures = figuresOf(this.graph, this.rules, this.numbers);
    this.losses.push(this.figures.values[this.last]);
    if (this.losses.length > MOST_LOSSES) this.losses.splice(1, 1);
  }

  /** The central difference at the selected node. @param {number} h @returns {number} */
  numericalGradient(h) {
    return numericalGradient(this.graph, this.rules, this.figures.values, this.selected, h);
  }

  // ---------------------------------------------------------------- names
  /** What a name in a formula stands for. @param {string} name @param {Figures} there @returns {number} */
  numberNamed(name, there) {
    const [plain, isGradient] = name.endsWith(".grad") ? [name.slice(0, -5), true] : [name, false];
    const wanted = plain.normalize("NFKC"); // θ₁ is θ1, as in Python
    const nodes = this.graph.nodes.map((node) => [node.name, node.path].map((each) => each.normalize("NFKC")));
    const whole = nodes.findIndex((names) => names.includes(wanted));
    const ends = nodes.flatMap(([, path], k) => (path.endsWith(`.${wanted}`) ? [k] : []));
    const places = whole < 0 ? ends : [whole];
    if (!places.length) throw new FormulaError(`there is no “${plain}” in the graph`);
    if (places.length > 1) {
      const paths = places.map((k) => this.graph.nodes[k].path).join(", ");
      throw new FormulaError(`“${plain}” can mean ${places.length} nodes: give one of ${paths}`);
    }
    const [place] = places;
    if (isGradient && this.isHidden(place)) throw new FormulaError(`${name} isn't found yet`);
    return isGradient ? there.gradients[place] : there.values[place];
  }

  // ---------------------------------------------------------------- derived by hand
  /** Whether a gradient is the reader's to find. @param {number} k @returns {boolean} */
  isHidden(k) {
    return this.isQuiz && !this.solved.has(k) && k !== this.last;
  }

  /** What there is to say of an answer. @param {number} place @param {string} text @returns {Verdict} */
  judge(place, text) {
    try {
      const formula = parsed(text, this.calculator);
      const answer = formula((name) => this.numberNamed(name, this.figures));
      const unit = halfAUnit(text);
      const verdict = judged(answer, this.figures.gradients[place], unit, factorsOf(this.graph, place, this.figures));
      const isFormula = unit === 0 && !this.graph.frozen;
      if (verdict.right && isFormula && !this.holdsElsewhere(place, formula))
        return { right: false, words: "right at these numbers, but not at others" };
      return verdict;
    } catch (error) {
      if (error instanceof FormulaError) return { right: false, words: error.message };
      throw error;
    }
  }

  /** Whether a formula is the gradient at other numbers too. @param {number} place @param {Formula} formula */
  holdsElsewhere(place, formula) {
    for (let probe = 1; probe <= PROBES; probe++) {
      const moved = this.numbers.map((number, k) =>
        isConstant(this.graph, k) ? number : number * (1 + 0.07 * Math.sin(probe * 12.9898 + k * 78.233)) + 0.01 * probe,
      );
      const there = figuresOf(this.graph, this.rules, moved);
      const [answer, gradient] = [formula((name) => this.numberNamed(name, there)), there.gradients[place]];
      const isNear = Math.abs(answer - gradient) <= 1e-6 * Math.max(Math.abs(gradient), 1e-9);
      if (Number.isFinite(gradient) && !isNear) return false;
    }
    return true;
  }
}
