/**
 * The tutor: links of a derivation by hand, judged as Python's check() judges them, at the points that it has drawn.
 * @module
 */
import { backward, figuresOf, isConstant, kernelOf } from "./engine.js";
import { FormulaError, formsOf, parsed } from "./grammar.js";
import { enclosed, short } from "./steps.js";
/** @import { Figures, Operations } from "./engine.js" */
/** @import { Formula, Tables } from "./grammar.js" */
/** @import { Session } from "./session.js" */

/**
 * @typedef {{variadic: boolean, parameters: string[], defaults: number[], kernels?: Record<number, import("./engine.js").Rows>}} FunctionData
 * @typedef {{operations: Operations, functions: Record<string, FunctionData>, tables: Tables}} Language what every page knows
 *
 * @typedef {object} Link a derivative that is asked for
 * @property {string} name the node, or ∂y/∂net for a local derivative
 * @property {number} above what is differentiated
 * @property {number} below by what
 * @property {number[][]} ways of a local derivative the edges (node and operand) that lead from one to the other; else none
 *
 * @typedef {object} Verdict
 * @property {"right" | "follows" | "contradicts" | "wrong" | "unclear"} kind
 * @property {string} words
 * @property {string} hint which rule to look at
 *
 * @typedef {{text: string, formula: Formula, inputs: string[], unit: number, remarks: string[]}} Answer
 */

const NEAR = 1e-8;
const LOST = 1e-13; // how well a formula must agree, relative, and to the largest part of the sum
const FRIENDLY = [0, 0.5, 1, 2]; // numbers that a text often holds for other reasons than that a leaf has them
const FACTORS = /** @type {[number, string][]} */ ([
  [-1, "the sign is wrong"], [0.5, "a factor of 2 is missing"], [2, "there is an extra factor of 2"],
  [-0.5, "the sign is wrong, and a factor of 2 is missing"], [-2, "the sign is wrong, and there is an extra factor of 2"],
]);
const SHARES = { right: 1, follows: 1, contradicts: 0, wrong: 0, unclear: 0 };

/**
 * A function of the table at some numbers; a sum or an extreme of many as that of two, again and again.
 * @param {Language} language
 * @param {string} name
 * @param {number[]} numbers
 * @returns {number}
 */
export function applied(language, name, numbers) {
  const { parameters, defaults, variadic, kernels } = language.functions[name];
  if (["sum", "maximum", "minimum"].includes(name) && numbers.length > 2) return numbers.reduce((a, b) => applied(language, name, [a, b]));
  const given = variadic ? numbers : [...numbers, ...defaults.slice(defaults.length - parameters.length + numbers.length)];
  if (!kernels) return language.operations[name](...given);
  if (!kernels[given.length]) throw new FormulaError(`${name} of ${numbers.length} numbers isn't computed here: ask Python`, 0);
  return kernelOf(kernels[given.length], language.operations)(given)[0];
}

/** A reader's derivation. */
export class Quiz {
  /** @param {Session} session @param {Language} language */
  constructor(session, language) {
    this.session = session;
    this.graph = session.graph;
    this.language = language;
    /** @type {Map<string, Answer>} */
    this.answers = new Map();
    /** @type {Map<string, Verdict>} */
    this.verdicts = new Map();
    /** @type {Link[]} */
    this.links = [];
    this.seed = "";
    this.level = 0; // of hints
    this.known = /** @type {Set<string>} */ (new Set());
    /** @type {Map<string, Set<number>>} the places that each form of a name may mean */
    this.places = new Map();
    this.graph.nodes.forEach(({ name, path }, k) => {
      const ends = path.split(".").map((_, n, all) => all.slice(n).join("."));
      for (const each of [name, ...ends]) this.known.add(each);
      for (const form of [name, ...ends].flatMap((each) => formsOf(each, language.tables)))
        this.places.set(form, (this.places.get(form) ?? new Set()).add(k));
    });
  }

  // ---------------------------------------------------------------- reading
  /** @param {string} text @param {Link} link what it answers @returns {Answer} */
  read(text, link) {
    const { formula, inputs, remarks, isNumber } = parsed(text, this.known, this.language.tables, (name, numbers) => applied(this.language, name, numbers));
    for (const name of inputs) {
      const { above, below, isDerivative } = this.meaning(name);
      if (isDerivative && above === link.above && below === link.below) throw new FormulaError(`${name} is what is asked for`, 0);
    }
    return { text, formula, inputs, remarks, unit: isNumber ? halfAUnit(text) : 0 };
  }

  /** The place that a name means. @param {string} name @returns {number} */
  find(name) {
    const whole = this.graph.nodes.findIndex((node) => node.path === name || node.name === name);
    if (whole >= 0) return whole;
    const places = [...(formsOf(name, this.language.tables).map((form) => this.places.get(form)).find((each) => each) ?? [])];
    if (!places.length) throw new FormulaError(`there is no ${name} in the graph`, 0);
    if (places.length > 1) throw new FormulaError(`${name} can mean ${places.length} nodes: give one of ${places.map((k) => this.graph.nodes[k].path).join(", ")}`, 0);
    return places[0];
  }

  /** What a name in a formula means: a value, or a derivative. @param {string} name */
  meaning(name) {
    const derivative = /^∂(.+)\/∂(.+)$/u.exec(name);
    const isGradient = !derivative && name.endsWith(".grad") && !this.known.has(name);
    const above = derivative ? this.find(derivative[1]) : this.graph.root;
    const below = this.find(derivative ? derivative[2] : isGradient ? name.slice(0, -5) : name);
    const isDerivative = Boolean(derivative) || isGradient;
    if (isDerivative && above === this.graph.root && this.session.isHidden(below) && !this.answers.has(this.nameOf(below)))
      throw new FormulaError(`${name} isn't found yet`, 0);
    return { above, below, isDerivative };
  }

  /** @param {number} place */
  nameOf(place) {
    return this.graph.nodes[place].path;
  }

  // ---------------------------------------------------------------- points
  /** The given point, and the others that Python has drawn, with some leaves held. @param {number[]} [held] @returns {Figures[]} */
  points(held = []) {
    const { leaves, figures, numbers } = this.session;
    if (this.graph.frozen) return [figures];
    const moved = this.graph.points.map((point) => {
      const there = numbers.slice();
      leaves.forEach((place, k) => {
        if (!held.includes(place)) there[place] = point[k];
      });
      return figuresOf(this.graph, there);
    });
    return [figures, ...moved];
  }

  /** What an answer gives at a point. @param {Answer} answer @param {Figures} there @param {Answer[]} [chain] those that named it @returns {number} */
  numberOf(answer, there, chain = []) {
    return answer.formula((name) => {
      const { above, below, isDerivative } = this.meaning(name);
      if (!isDerivative) return there.values[below];
      const own = above === this.graph.root ? this.answers.get(this.nameOf(below)) : undefined;
      if (own && own !== answer && !chain.includes(own)) return this.numberOf(own, there, [...chain, answer]);
      return backward(this.graph, there.slopes, above)[below] + 0;
    });
  }

  // ---------------------------------------------------------------- judging
  /** Judge all links that were answered, the nearest to the result first. @returns {Map<string, Verdict>} */
  judge() {
    this.verdicts = new Map();
    const earlier = /** @type {Link[]} */ ([]);
    for (const link of this.links) {
      const answer = this.answers.get(link.name);
      if (!answer) continue;
      const verdict = this.verdict(link, answer, earlier);
      this.verdicts.set(link.name, verdict);
      earlier.push(link);
      if (verdict.kind === "right" && !link.ways.length) this.session.solved.add(link.below);
    }
    return this.verdicts;
  }

  /** @param {Link} link @param {Answer} answer @param {Link[]} earlier those above that were answered @returns {Verdict} */
  verdict(link, answer, earlier) {
    const points = answer.unit ? this.points().slice(0, 1) : this.points();
    const exact = points.map((there) => this.exact(link, there, []));
    const isRight = this.agrees(answer, points, exact) || this.holds(link, answer);
    const above = link.ways.length ? [] : this.wrongAbove(link, earlier);
    const theirs = above.map(({ name }) => name).join(" and ");
    const follows = above.length > 0 && this.agrees(answer, points, points.map((there) => this.exact(link, there, earlier)));
    const name = `your ${link.name}`;
    if (answer.unit && answer.unit > Math.abs(exact[0]) && exact[0] !== 0 && answer.unit < 1e300 && Math.abs(this.numberOf(answer, points[0])) <= 2 * answer.unit)
      return { kind: "wrong", words: "give more digits", hint: "give more digits" };
    if (isRight && above.length && !follows) return { kind: "contradicts", words: `${name} is right, but it doesn't follow from your ${theirs}`, hint: "" };
    if (isRight) {
      const isHere = !answer.unit && points.length === 1;
      return isHere
        ? { kind: "unclear", words: `${name} is right at these numbers; for others ask Python: ${this.question(link, answer)}`, hint: "" }
        : { kind: "right", words: `${name} is right`, hint: "" };
    }
    if (follows) return { kind: "follows", words: `${name} is not right, but it follows rightly from your ${theirs}`, hint: "" };
    if (points.length > 1 && this.agrees(answer, points.slice(0, 1), exact)) return this.wrong(link, "right at these numbers, but not at others", "look once more at which names it needs");
    const isRough = answer.unit > 0 || !answer.inputs.length; // a figure, or an arithmetic of figures
    if (isRough && Math.abs(this.numberOf(answer, points[0]) - exact[0]) <= 0.02 * Math.abs(exact[0]))
      return { kind: "unclear", words: `${name} is near; if you rounded on the way, ask Python: ${this.question(link, answer)}`, hint: "give more digits" };
    const [words, hint] = this.mistake(link, answer, points, exact);
    return this.wrong(link, words || `no mistake that this page knows gives it; ask Python: ${this.question(link, answer)}`, hint);
  }

  /** @param {Link} link @param {string} words @param {string} hint @returns {Verdict} */
  wrong(link, words, hint) {
    return { kind: "wrong", words: `your ${link.name} is wrong: ${words}`, hint: hint || "derive it once more" };
  }

  /** The derivative at a point, given some links above as they were handed in. @param {Link} link @param {Figures} there @param {Link[]} above */
  exact({ above: from, below }, there, above) {
    const seeds = new Map(above.filter((each) => !each.ways.length && each.below !== below).map((each) => [each.below, this.numberOf(/** @type {Answer} */ (this.answers.get(each.name)), there)]));
    let slopes = there.slopes;
    for (const local of above.filter(({ ways }) => ways.length)) {
      const ratio = this.numberOf(/** @type {Answer} */ (this.answers.get(local.name)), there) / backward(this.graph, there.slopes, local.above)[local.below];
      slopes = slopes.map((row, k) => row.map((slope, place) => (slope !== null && local.ways.some(([node, way]) => node === k && way === place) ? slope * ratio : slope)));
    }
    return backward(this.graph, slopes, from, seeds)[below] + 0;
  }

  /** The wrong ones of the links above that one depends on: the ways up end at what was answered. @param {Link} link @param {Link[]} earlier */
  wrongAbove(link, earlier) {
    const ends = new Set(earlier.filter(({ ways, below }) => !ways.length && below !== link.below).map(({ below }) => below));
    const reached = new Set([link.below]);
    this.graph.nodes.forEach(({ operands }, k) => {
      if (operands.some((each) => reached.has(each) && !ends.has(each))) reached.add(k);
    });
    return earlier.filter(({ name, ways, above, below }) => {
      const isWrong = ["wrong", "follows"].includes(this.verdicts.get(name)?.kind ?? "");
      return isWrong && reached.has(below) && (!ways.length || (!ends.has(below) && reached.has(above)));
    });
  }

  /** The nodes that one is computed from. @param {number} start */
  reachable(start) {
    const found = new Set([start]);
    for (const k of found) for (const operand of this.graph.nodes[k].operands) if (!isConstant(this.graph, operand)) found.add(operand);
    return found;
  }

  /** @param {Answer} answer @param {Figures[]} points @param {number[]} exact */
  agrees(answer, points, exact) {
    return points.every((there, j) => {
      const found = this.numberOf(answer, there);
      const scale = Math.max(...there.gradients.map(Math.abs).filter(Number.isFinite));
      const room = answer.unit || Math.max(NEAR * Math.max(Math.abs(found), Math.abs(exact[j])), LOST * scale);
      return Object.is(found, exact[j]) || (Number.isFinite(found) && Math.abs(found - exact[j]) <= room * 1.000001);
    });
  }

  /** Whether it is right where the leaves stay whose numbers its text holds in the place of their names. @param {Link} link @param {Answer} answer */
  holds(link, answer) {
    if (answer.unit) return false;
    const literals = new Set((answer.text.replaceAll(",", ".").match(/(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/giu) ?? []).map(Number));
    const { leaves, numbers } = this.session;
    const named = answer.inputs.map((name) => this.meaning(name).below);
    const held = leaves.filter((place) => literals.has(Math.abs(numbers[place])) && !FRIENDLY.includes(Math.abs(numbers[place])) && !named.includes(place));
    const points = this.points(held);
    return held.length > 0 && points.length > 1 && this.agrees(answer, points, points.map((there) => this.exact(link, there, [])));
  }

  /** What was likely done: its words and a hint. @param {Link} link @param {Answer} answer @param {Figures[]} points @param {number[]} exact @returns {[string, string]} */
  mistake(link, answer, points, exact) {
    const gives = (/** @type {(number: number, j: number) => number} */ change) => this.agrees(answer, points, exact.map(change));
    if (answer.unit > 0.02 * Math.abs(exact[0])) return ["", ""]; // so few digits say little
    const factor = FACTORS.find(([times]) => gives((number) => times * number));
    if (factor) return [factor[1], "look once more at the signs and the factors"];
    for (const { node, place } of this.edgesBetween(link)) {
      const slope = (/** @type {number} */ j) => points[j].slopes[node][place] ?? 1;
      const [name, symbol] = [`∂${enclosed(this.graph.nodes[node].name)}/∂${enclosed(this.graph.nodes[this.graph.nodes[node].operands[place]].name)}`, this.graph.nodes[node].symbols[place]];
      if (points.every((_, j) => Math.abs(slope(j)) === 1)) continue;
      if (gives((number, j) => number / slope(j))) return [`${name} is missing: a factor ${symbol || short(slope(0))}`, "a link of the chain is missing"];
      if (gives((number, j) => -number / slope(j))) return [`the sign is wrong and ${name} is missing`, "a link of the chain is missing"];
      if (gives((number, j) => number * slope(j))) return [`${name} was taken twice: ${symbol || "once"} once is enough`, "a link of the chain is there twice"];
    }
    return ["", ""];
  }

  /** The edges on the ways of a link, those nearest to the node first. @param {Link} link */
  edgesBetween({ above, below }) {
    const inside = this.reachable(above);
    const reached = new Set([below]);
    return this.graph.nodes.flatMap(({ operands }, node) =>
      operands.flatMap((operand, place) => {
        if (!reached.has(operand) || !inside.has(node) || isConstant(this.graph, operand)) return [];
        reached.add(node);
        return [{ node, place }];
      }),
    );
  }

  /** How Python is asked. @param {Link} link @param {Answer} answer */
  question(link, answer) {
    return `check(${this.nameOf(this.graph.root)}, {"${link.name}": "${answer.text}"})`;
  }

  // ---------------------------------------------------------------- hints, marks, what is handed in
  /** As much of the verdicts as a level shows, as Python's hints do. @param {(link: Link) => string[]} derived @returns {string[]} */
  hint(derived) {
    const judged = this.links.filter(({ name }) => this.verdicts.has(name));
    const others = judged.filter(({ name }) => this.verdicts.get(name)?.kind !== "right");
    if (!judged.length) return ["Type an answer first."];
    const lines = [others.length ? "something isn't right yet" : "all of it is right"];
    if (this.level >= 1) lines.push(`${judged.length - others.length} of ${judged.length} links ${judged.length === 1 ? "is" : "are"} right`);
    for (const link of this.level >= 2 ? others : []) {
      const { kind, words, hint } = /** @type {Verdict} */ (this.verdicts.get(link.name));
      if (kind !== "wrong") lines.push(words);
      else if (this.level === 2) lines.push(`${link.name} isn't right`);
      else if (this.level === 3) lines.push(`${link.name} isn't right: ${hint}`);
      else lines.push(words, ...derived(link));
    }
    return lines;
  }

  get marks() {
    const points = [...this.verdicts.values()].reduce((sum, { kind }) => sum + SHARES[kind], 0);
    return `${points} of ${this.links.length} points`;
  }

  /** What a reader hands in: one line of JSON. */
  get result() {
    const { graph, session } = this;
    const answers = Object.fromEntries([...this.answers].map(([name, { text }]) => [name, text]));
    const numbers = Object.fromEntries(session.leaves.map((place) => [this.nameOf(place), session.numbers[place]]));
    return JSON.stringify({ tinygrad_neuron: 1, title: graph.title, seed: this.seed === "" ? null : Number(this.seed), numbers, answers });
  }
}

/**
 * How exact a typed number claims to be: half a unit of its last digit.
 * @param {string} text
 * @returns {number}
 */
export function halfAUnit(text) {
  const [mantissa, power] = text.trim().toLowerCase().replace(",", ".").split("e");
  const decimals = (mantissa.split(".")[1] ?? "").length;
  return 0.5 * 10 ** (Number(power ?? 0) - decimals);
}

/**
 * Numbers for the leaves, two decimals each, near what they were and none a special one: the same for a seed everywhere.
 * @param {number[]} numbers
 * @param {number} seed
 * @returns {number[]}
 */
export function numbersOf(numbers, seed) {
  let state = seed | 0; // Mulberry32, by Tommy Ettinger
  const chance = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const taken = new Set([0, 1, 2, 0.5]);
  return numbers.map((near) => {
    if (Number.isInteger(near) && Math.abs(near) > 2) return near; // a count
    for (let turn = 0; turn < 100; turn++) {
      const number = Math.round(100 * (near + (chance() - 0.5) * Math.max(1, Math.abs(near)))) / 100;
      if (taken.has(Math.abs(number))) continue;
      taken.add(Math.abs(number));
      return number;
    }
    return near;
  });
}
