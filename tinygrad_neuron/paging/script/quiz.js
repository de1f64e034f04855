/**
 * Gradients derived by hand: formulas as they are typed, and what is said of them.
 * @module
 */
import { isConstant } from "./engine.js";
import { enclosed } from "./steps.js";
/** @import { Figures, Graph } from "./engine.js" */

/** @typedef {Record<string, (...operands: number[]) => number>} Calculator */
/** @typedef {(names: (name: string) => number) => number} Formula */

const NUMBER = String.raw`\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?`;
const WORD = String.raw`[\p{L}_][\p{L}\p{M}\p{Nd}_'₀-₉]*`;
const NAME = String.raw`${WORD}(?:,[₀-₉]+)?(?:⁽[⁰¹²³⁴-⁹]+⁾)?(?:\.${WORD})*(?:\[\d+\])?(?:\.grad)?`; // layer1.neuron2.w1, w₂₁⁽¹⁾
const TOKEN = new RegExp(String.raw`\s*(?:(${NUMBER})|(${NAME})|(\*\*|[-+*/^(),×·÷−²]))`, "uy");
const BINDING = /** @type {Record<string, number>} */ ({ "+": 1, "-": 1, "*": 2, "/": 2, "^": 4 });
const SAME = /** @type {Record<string, string>} */ ({ "**": "^", "×": "*", "·": "*", "÷": "/", "−": "-" });

/** What is wrong with a formula, in words for the person who typed it. */
export class FormulaError extends Error {}

/**
 * Read a formula: numbers, names, + - * / ^ ( ) and functions.
 * @param {string} text
 * @param {Calculator} calculator the functions it may call
 * @returns {Formula}
 * @throws {FormulaError} it can't be read; says where
 */
export function parsed(text, calculator) {
  const tokens = tokensOf(text);
  let at = 0;
  const next = () => tokens[at]?.text ?? "";
  /** @param {string} wanted */
  const expect = (wanted) => {
    if (next() !== wanted) throw new FormulaError(`expected “${wanted}” ${at < tokens.length ? `before “${next()}”` : "at the end"}`);
    at++;
  };

  /** @param {number} least @returns {Formula} */
  function sum(least) {
    let left = signed();
    for (;;) {
      const operator = next();
      if (operator === "²") {
        at++;
        const base = left;
        left = (names) => base(names) ** 2;
        continue;
      }
      const binding = BINDING[operator] ?? 0;
      if (binding < least || !binding) return left;
      at++;
      const [first, second] = [left, sum(operator === "^" ? binding : binding + 1)];
      left = (names) => applied(operator, first(names), second(names));
    }
  }

  /** @returns {Formula} */
  function signed() {
    if (next() === "-") {
      at++;
      const operand = sum(3);
      return (names) => -operand(names);
    }
    if (next() === "+") at++;
    return atom();
  }

  /** @returns {Formula} */
  function atom() {
    const token = tokens[at++];
    if (!token) throw new FormulaError("the formula ends too early");
    if (token.kind === "number") return () => Number(token.text);
    if (token.text === "(") {
      const inside = sum(1);
      expect(")");
      return inside;
    }
    if (token.kind !== "name") throw new FormulaError(`“${token.text}” stands where a number or a name should be`);
    return next() === "(" ? call(token.text) : (names) => names(token.text);
  }

  /** @param {string} name @returns {Formula} */
  function call(name) {
    const apply = Object.hasOwn(calculator, name) ? calculator[name] : null;
    if (!apply) throw new FormulaError(`there is no function “${name}”`);
    expect("(");
    const operands = [sum(1)];
    while (next() === ",") {
      at++;
      operands.push(sum(1));
    }
    expect(")");
    return (names) => apply(...operands.map((each) => each(names)));
  }

  const whole = sum(1);
  if (at < tokens.length) throw new FormulaError(`“${next()}” is too much`);
  return whole;
}

/** @param {string} operator @param {number} a @param {number} b @returns {number} */
function applied(operator, a, b) {
  return operator === "+" ? a + b : operator === "-" ? a - b : operator === "*" ? a * b : operator === "/" ? a / b : a ** b;
}

/** @param {string} text @returns {{kind: "number" | "name" | "sign", text: string}[]} */
function tokensOf(text) {
  const tokens = /** @type {{kind: "number" | "name" | "sign", text: string}[]} */ ([]);
  const end = text.trimEnd().length;
  for (let at = 0; at < end; ) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) throw new FormulaError(`“${text.slice(at).trim()[0]}” can't be read`);
    const [number, name, sign] = [match[1], match[2], match[3]];
    if (number) tokens.push({ kind: "number", text: number });
    else if (name) tokens.push({ kind: "name", text: name });
    else tokens.push({ kind: "sign", text: SAME[sign] ?? sign });
    at = TOKEN.lastIndex;
  }
  return tokens;
}

/**
 * How exact a typed answer claims to be: half a unit of its last digit; none for a formula.
 * @param {string} text
 * @returns {number}
 */
export function halfAUnit(text) {
  const match = /^\s*[-+−]?(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/.exec(text);
  if (!match || !(match[1] || match[2])) return 0;
  return 0.5 * 10 ** (Number(match[3] ?? 0) - (match[2] ?? "").length);
}

/**
 * @typedef {object} Verdict
 * @property {boolean} right
 * @property {string} words
 */

/**
 * What there is to say of an answer.
 * @param {number} answer
 * @param {number} gradient
 * @param {number} unit half a unit of the answer's last digit
 * @param {{name: string, value: number}[]} factors partials that could be missing
 * @returns {Verdict}
 */
export function judged(answer, gradient, unit, factors) {
  /** @param {number} figure */
  const near = (figure) =>
    Object.is(answer, figure) || Math.abs(answer - figure) <= Math.max(unit * 1.000001, 1e-6 * Math.abs(figure));
  if (unit > Math.abs(gradient) && gradient !== 0 && Math.abs(answer) <= 2 * unit) return { right: false, words: "give more digits" };
  if (near(gradient)) return { right: true, words: "right" };
  if (Number.isNaN(answer)) return { right: false, words: "not a number here" };
  if (gradient === 0) return { right: false, words: "not right" };
  if (near(-gradient)) return { right: false, words: "wrong sign" };
  if (near(2 * gradient)) return { right: false, words: "off by a factor 2: twice too large" };
  if (near(gradient / 2)) return { right: false, words: "off by a factor 2: half of it" };
  const missing = factors.find(({ value }) => Math.abs(value) !== 1 && value !== 0 && near(gradient / value));
  if (missing) return { right: false, words: `missing factor ${missing.name}` };
  const doubled = factors.find(({ value }) => Math.abs(value) !== 1 && near(gradient * value));
  if (doubled) return { right: false, words: `one factor too many: ${doubled.name}` };
  const turned = factors.find(({ value }) => Math.abs(value) !== 1 && value !== 0 && near(-gradient / value));
  if (turned) return { right: false, words: `wrong sign, and missing factor ${turned.name}` };
  return { right: false, words: "not right" };
}

/**
 * The partials on the ways from a node to the root, nearest first.
 * @param {Graph} graph
 * @param {number} place
 * @param {Figures} figures
 * @returns {{name: string, value: number}[]}
 */
export function factorsOf(graph, place, figures) {
  const below = new Set([place]);
  const factors = /** @type {{name: string, value: number}[]} */ ([]);
  graph.nodes.forEach((node, k) => {
    node.operands.forEach((operand, edge) => {
      if (!below.has(operand) || isConstant(graph, operand)) return;
      below.add(k);
      const name = `∂${enclosed(node.name)}/∂${enclosed(graph.nodes[operand].name)}`;
      factors.push({ name, value: figures.slopes[k][edge] ?? 0 });
    });
  });
  return factors;
}
