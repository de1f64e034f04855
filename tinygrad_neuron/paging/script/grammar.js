/**
 * Formulas as people type them: the package's grammar, which is that of Python's reader, and what they mean.
 * @module
 */
/** @typedef {Record<string, string>} Words */
/** @typedef {{parameters: string[], defaults: number[], variadic: boolean}} Arity */
/** @typedef {Record<"signs" | "commands" | "functions" | "reciprocals" | "letters", Words>} Spellings */
/** @typedef {Spellings & {arities: Record<string, Arity>}} Tables */
/** @typedef {(names: (name: string) => number) => number} Formula it throws a FormulaError for what is undefined */
/** @typedef {{formula: Formula, inputs: string[], remarks: string[], isNumber: boolean}} Reading */
/** @typedef {{kind: string, text: string, at: number, end: number}} Token */
/** @typedef {(names: (name: string) => number, stages: number[]) => number} Part */
/** @typedef {{at: number, link: (at: number) => Part, number?: number, items?: Tree[]}} Tree linked once all is read */
/** @typedef {(name: string, numbers: number[]) => number} Apply */
/** @typedef {{name: string, tree: Tree, at: number}} Statement */

const [MOST_CHARACTERS, DEEPEST, MOST_BITS, MOST_RAISED, MOST_PARTS, LONGEST_NAME] = [4096, 100, 1024, 20, 2000, 60];
const [RAISED, FONTS] = ["⁰¹²³⁴⁵⁶⁷⁸⁹", "text|mathrm|mathit|mathbf|operatorname"];
const LETTER = String.raw`(?![${RAISED}₀-₉])[\p{L}\p{Nl}\p{No}_]`; // of any script
const PIECE = String.raw`${LETTER}(?:(?!_\{)(?![${RAISED}])[\p{L}\p{N}_]|[\u0300-\u036f])*`;
const [INDEX, LAYER] = [String.raw`_\{[\p{L}\p{N}_,]+\}`, String.raw`(?:\^\{\(\p{Nd}+\)\})?`]; // of LaTeX
const LEXEMES = [
  String.raw`(?<space>[ \t\r]+|#[^\n]*|\\[,;:! ]|\\(?:left|right|quad|displaystyle)(?![A-Za-z])|\$)|(?<end>\n)`,
  String.raw`(?<number>0[xX][0-9a-fA-F][0-9a-fA-F_]*|(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)(?:[eE][+\-]?[0-9]+)?)`,
  String.raw`(?<wrapped>\\(?:${FONTS})\{(?:[^{}\\\n]|\\[_ ])+\}(?:${INDEX}|_[\p{L}\p{N}_])?${LAYER})`,
  String.raw`(?<name>\\?${PIECE}(?:\.${PIECE})*(?:${INDEX}${LAYER}|⁽[${RAISED}]+⁾)?(?:\[\p{Nd}+\])?)`,
  String.raw`(?<raised>[⁺⁻]?[${RAISED}]+)`,
  String.raw`(?<sign>\*\*|\/\/|<=|>=|==|!=|[\-+*\/%^()\[\]{},;=<>|√∛∂·×⋅∙÷∕−–≤≥≠])`,
];
const LEXEME = new RegExp(LEXEMES.join("|"), "uy");
/** @type {Record<string, (a: number, b: number) => boolean>} */
const COMPARISONS = {
  "<": (a, b) => a < b, "<=": (a, b) => a <= b, ">": (a, b) => a > b, ">=": (a, b) => a >= b,
  "==": (a, b) => a === b, "!=": (a, b) => a !== b,
};
/** @type {Record<string, (a: number, b: number) => number>} */
const OPERATIONS = {
  or: (a, b) => Number(a !== 0 || b !== 0), and: (a, b) => Number(a !== 0 && b !== 0), "+": (a, b) => a + b,
  "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b, "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => a - b * Math.floor(a / b),
};
const [NOT, COMPARED, PRODUCT, SIGN, POWER] = [3, 4, 6, 7, 8];
const BINDINGS = new Map(Object.entries({ or: 1, and: 2, "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6, "^": 8 }));
for (const sign of Object.keys(COMPARISONS)) BINDINGS.set(sign, COMPARED);
const CONSTANTS = new Map([["e", Math.E], ["π", Math.PI], ["pi", Math.PI]]);

/** What is wrong with a formula, in words for the person who typed it, and in which column of its line. */
export class FormulaError extends Error {
  /** @param {string} reason @param {number} at how many characters stand before it */
  constructor(reason, at) {
    super(reason);
    this.column = at + 1;
  }
}
/** @param {string} text @param {number} at @param {string} reason @returns {never} */
function refuse(text, at, reason) {
  throw new FormulaError(reason, [...text.slice(text.lastIndexOf("\n", at - 1) + 1, at)].length);
}
/** @param {Words} words @param {string} key @returns {string} "" if it isn't there */
const wordOf = (words, key) => (Object.hasOwn(words, key) ? words[key] : "");
/** @param {string} name @returns {string} what names that look alike have in common: θ₁ is θ1 */
const alike = (name) => name.normalize("NFKC").replace(/\p{White_Space}+/gu, "");

/**
 * The forms that a name may be written in, the nearest first: w₁, w1 and w_1; θ and theta.
 * @param {string} name
 * @param {Tables} tables
 * @returns {string[]}
 */
export function formsOf(name, tables) {
  const [plain, joined] = [alike(name), alike(name).replace(/_(?=\p{Nd})/gu, "")];
  const letters = Object.entries(tables.letters).filter(([, letter]) => joined.startsWith(letter));
  return [plain, joined, ...letters.map(([word]) => word + joined.slice(1))];
}

/**
 * Read a formula: statements, of which the last one's value counts.
 * @param {string} text
 * @param {Iterable<string>} known the names that the graph has
 * @param {Tables} tables
 * @param {Apply} apply computes a primitive of the table
 * @returns {Reading} where a derivative has no value, its formula throws a FormulaError if `names` gives undefined
 * @throws {FormulaError} it can't be read; says where
 */
export function parsed(text, known, tables, apply) {
  return new Parser(text, [...known], tables, apply).reading();
}

/** @param {string} text @param {Tables} tables @returns {Token[]} */
function lexemes(text, tables) {
  const found = /** @type {Token[]} */ ([]);
  let at = 0;
  while (at < text.length) {
    LEXEME.lastIndex = at;
    const match = LEXEME.exec(text) ?? refuseSign(text, at);
    const end = at + match[0].length;
    let [kind, piece] = Object.entries(match.groups ?? {}).find(([, each]) => each !== undefined) ?? ["", ""];
    if (kind === "sign") piece = wordOf(tables.signs, piece) || piece;
    else if (kind === "name" && piece.startsWith("\\")) [kind, piece] = commanded(piece.slice(1), tables);
    else if (kind === "name" && /^(?:and|or|not)$/.test(piece)) kind = "word";
    else if (kind === "name" || kind === "wrapped") [kind, piece] = ["name", unwrapped(piece)];
    if (kind !== "space") found.push({ kind, text: piece, at, end });
    at = end;
  }
  return [...found, { kind: "end", text: "", at, end: at }];
}
/** @param {string} text @param {number} at @returns {never} */
function refuseSign(text, at) {
  const sign = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const shown = /[\p{C}\p{Z}]/u.test(sign) ? `the sign U+${sign.codePointAt(0)?.toString(16).padStart(4, "0")}` : sign;
  const command = /^\\[A-Za-z]{0,19}/.exec(text.slice(at))?.[0];
  if (command) refuse(text, at, `${command} is not read here: there are \\frac, \\sqrt, \\cdot, \\tanh and others`);
  if ("'′".includes(sign)) refuse(text, at, "a prime isn't read: write dL/dw, or w.grad");
  if (!/[₀-₉]/.test(sign)) refuse(text, at, `${shown} isn't a letter, digit or sign of a formula`);
  refuse(text, at, "a number has no index: write a sign between, or begin the name with a letter");
}
/** @param {string} piece @returns {string} as it is spelled plainly: net for \text{net}, w21(1) for w_{21}^{(1)} */
function unwrapped(piece) {
  const plain = piece.replace(new RegExp(String.raw`\\(?:${FONTS})\{((?:[^{}\\]|\\.)*)\}`, "gu"), "$1");
  const spaced = plain.replaceAll("\\_", "_").replaceAll("\\ ", "");
  return spaced.replace(/_\{([\p{L}\p{N}_,]+)\}/gu, "_$1").replace(/\^\{\((\p{Nd}+)\)\}/gu, "($1)");
}
/** @param {string} command of LaTeX @param {Tables} tables @returns {[string, string]} */
function commanded(command, tables) {
  const [sign, base] = [wordOf(tables.commands, command), /^[A-Za-z]*/.exec(command)?.[0] ?? ""];
  if (sign || /^(?:[dt]?frac|sqrt)$/.test(command)) return sign ? ["sign", sign] : [command.slice(-4), command];
  return ["name", unwrapped((wordOf(tables.letters, base) || base) + command.slice(base.length))];
}
/** @param {string} a @param {string} b @returns {number} characters in runs that both have, as difflib has it */
function shared(a, b) {
  let [size, i, j] = [0, 0, 0];
  for (let p = 0; p < a.length; p++)
    for (let q = 0; q < b.length; q++) {
      let n = 0;
      while (p + n < a.length && a[p + n] === b[q + n]) n++;
      if (n > size) [size, i, j] = [n, p, q];
    }
  return size && size + shared(a.slice(0, i), b.slice(0, j)) + shared(a.slice(i + size), b.slice(j + size));
}
/** @param {string} name @param {string[]} candidates @returns {string} the nearest one, "" if none is near */
function nearest(name, candidates) {
  const near = candidates.filter(({ length }) => name.length <= LONGEST_NAME && length < 2 * name.length);
  const found = near.map((each) => ({ each, ratio: (2 * shared(each, name)) / (each.length + name.length) }));
  found.sort((a, b) => b.ratio - a.ratio || (a.each < b.each ? 1 : -1));
  return found.length && found[0].ratio >= 0.7 ? found[0].each : "";
}
/** @param {string} name @param {Tables} tables @returns {string} what the table calls a function, "" if it has none */
function functionOf(name, tables) {
  const found = wordOf(tables.functions, name) || name;
  return Object.hasOwn(tables.arities, found) || Object.hasOwn(tables.reciprocals, found) ? found : "";
}
/** @param {Tree} tree @returns {Part} */
const linked = (tree) => tree.link(tree.at);
/** @param {Part[]} parts @param {(numbers: number[]) => number} compute @returns {Part} */
const computed = (parts, compute) => (names, stages) => compute(parts.map((part) => part(names, stages)));

/** Reads a text once. */
class Parser {
  k = 0;
  depth = 0;
  brackets = 0;
  size = 0;
  bars = [0]; // open ones, in each bracket
  decimal = [true]; // whether a comma may be one, in each list
  inputs = /** @type {Set<string>} */ (new Set());
  remarks = /** @type {Set<string>} */ (new Set());
  stages = /** @type {Map<string, number>} */ (new Map());
  /** @param {string} text @param {string[]} spelled @param {Tables} tables @param {Apply} apply */
  constructor(text, spelled, tables, apply) {
    const length = text.length > MOST_CHARACTERS ? [...text].length : 0;
    const reason = `the text has ${length} characters, at most ${MOST_CHARACTERS} are allowed`;
    if (length > MOST_CHARACTERS) refuse(text, 0, reason);
    this.text = text;
    this.spelled = spelled;
    this.tables = tables;
    this.apply = apply;
    this.graph = new Set(spelled.map(alike));
    this.tokens = lexemes(text, tables);
    const assigned = this.tokens.filter(({ kind }, k) => kind === "name" && this.tokens[k + 1].text === "=");
    const names = [...spelled, ...assigned.map((token) => token.text)];
    this.known = new Map(names.flatMap((name) => formsOf(name, tables).reverse().map((form) => [form, name])));
    for (const name of names) this.known.set(formsOf(name, tables)[0], name); // what is spelled so goes before
  }
  /** @returns {Reading} */
  reading() {
    const statements = [...this.statements()];
    if (!statements.length) this.refuse("the expression is empty: write for instance y = w*x + b", 0);
    if (this.size > MOST_PARTS) this.refuse(`the expression has more than ${MOST_PARTS} parts`, statements[0].at);
    const bare = statements.slice(0, -1).find(({ name }) => !name);
    if (bare) this.refuse("only the last statement can do without a name: write name = expression", bare.tree.at);
    const parts = statements.map(({ name, tree, at }, k) => {
      if (this.graph.has(alike(name)) || this.stages.has(alike(name)))
        this.refuse(`${name} is defined already: give each stage a name of its own`, at);
      if (Object.hasOwn(this.tables.arities, name) || ["softmax", "log_softmax"].includes(name))
        this.refuse(`${name} is a function: name the stage otherwise`, at);
      const part = linked(tree);
      if (name) this.stages.set(alike(name), k);
      if (name) this.spelled.push(name);
      return part;
    });
    /** @type {Formula} */
    const formula = (names) => {
      const stages = /** @type {number[]} */ ([]);
      for (const part of parts) stages.push(part(names, stages));
      return stages[stages.length - 1];
    };
    const kinds = this.tokens.map(({ kind, text }) => (kind === "number" ? "1" : kind === "name" ? "x" : text.trim()));
    const isNumber = /^[-+]?1(?:,1)?$/.test(kinds.join(""));
    return { formula, inputs: [...this.inputs], remarks: [...this.remarks], isNumber };
  }
  /** The next piece; line ends inside of brackets don't count. */
  get token() {
    while (this.brackets && this.tokens[this.k].kind === "end" && this.k < this.tokens.length - 1) this.k++;
    return this.tokens[this.k];
  }
  /** @param {string} reason @param {number} [at] @returns {never} */
  refuse(reason, at = this.token.at) {
    return refuse(this.text, at, reason);
  }
  /** @param {...string} signs */
  follows(...signs) {
    return /^(?:sign|word)$/.test(this.token.kind) && signs.includes(this.token.text);
  }
  /** @param {string} sign @param {string} [reason] to refuse others @returns {boolean} whether it was gone past */
  passes(sign, reason = "") {
    if (!this.follows(sign)) return reason ? this.refuse(reason) : false;
    return this.k++ >= 0;
  }
  /** @returns {string} the name that gets what follows, gone past with its sign; else "" */
  key() {
    const [{ kind, text }, next] = [this.token, this.tokens[this.k + 1]];
    if (kind !== "name" || next.text !== "=" || next.kind !== "sign") return "";
    this.k += 2;
    return text;
  }
  /** @returns {Generator<Statement, void>} */
  *statements() {
    for (;;) {
      while (this.token.kind === "end" || this.follows(";")) if (this.k++ >= this.tokens.length - 1) return;
      const [{ at }, name] = [this.token, this.key()];
      if (name.includes(".")) this.refuse(`${name} can't be assigned: a stage has a plain name, as in y = w*x + b`, at);
      yield { name, tree: this.read(), at };
      const { kind, text } = this.token;
      if (kind === "end" || this.follows(";")) continue;
      if (text === "=") this.refuse("a statement is name = expression, and = stands once: compare with ==");
      if (kind === "number") this.refuse(`a sign is missing before ${text}: write * for a product`);
      this.refuse(`${text} ${/^[)\]]$/.test(text) ? "closes nothing" : "can't stand here"}`);
    }
  }
  /** @param {number} [least] how tightly its operators bind at least @returns {Tree} */
  read(least = 0) {
    if (++this.depth > DEEPEST + 1) this.refuse(`the expression is nested deeper than ${DEEPEST}`);
    for (let [left, divided] = [this.term(), false]; ; ) {
      const [{ kind, text }, sign] = [this.token, this.follows(...BINDINGS.keys()) ? this.token.text : ""];
      const binding = BINDINGS.get(sign) ?? -1;
      if (kind === "raised" && least <= POWER) left = this.operation("^", left, this.raised());
      else if (binding >= least && binding === COMPARED) left = this.comparison(left);
      else if (binding >= least && this.passes(text)) {
        divided = sign === "/" || (divided && sign === "*");
        left = this.operation(sign, left, this.read(sign === "^" ? SIGN : binding + 1));
      } else if (least <= PRODUCT && this.beginsFactor()) {
        const right = this.read(PRODUCT + 1);
        const before = this.text.slice(left.at, right.at).trimEnd();
        if (divided) this.remarks.add(`${this.said(left.at)} is read as (${before})·${this.said(right.at)}`);
        left = this.operation("*", left, right);
      } else if (this.depth--) return left;
    }
  }
  /** @param {number} at @returns {string} the text from there up to here */
  said(at) {
    return this.text.slice(at, this.tokens[this.k - 1].end);
  }
  /** @returns {boolean} whether a factor follows without a sign between */
  beginsFactor() {
    if (this.token.kind !== "sign") return /^(?:name|frac|sqrt)$/.test(this.token.kind);
    return this.follows("(", "√", "∛", "∂") || (this.follows("|") && !this.bars.at(-1));
  }
  /** @param {Tree} left @returns {Tree} */
  comparison(left) {
    const [signs, parts] = [/** @type {string[]} */ ([]), [left]];
    while (this.follows(...Object.keys(COMPARISONS))) {
      signs.push(this.tokens[this.k++].text);
      parts.push(this.read(COMPARED + 1));
    }
    return this.tree(left.at, parts, (...sides) =>
      Number(signs.every((sign, k) => COMPARISONS[sign](sides[k], sides[k + 1]))));
  }
  /** @param {string} sign @param {Tree} left @param {Tree} right @param {number} [at] @returns {Tree} */
  operation(sign, left, right, at = left.at) {
    return this.tree(at, [left, right], sign === "^" ? (a, b) => this.apply("pow", [a, b]) : OPERATIONS[sign]);
  }
  /** @param {number} at @param {Tree[]} parts @param {(...numbers: number[]) => number} compute @returns {Tree} */
  tree(at, parts, compute) {
    this.size++;
    return { at, link: () => computed(parts.map(linked), (numbers) => compute(...numbers)) };
  }
  /** @param {number} at @param {number} number @returns {Tree} */
  constant(at, number) {
    return { ...this.tree(at, [], () => number), number };
  }
  /** @returns {Tree} what stands between operators */
  term() {
    const { kind, text, at } = this.token;
    if (kind === "number") return this.number();
    if (kind === "name") return this.name();
    if (kind === "frac" || kind === "sqrt") return this.latex();
    if (this.passes("-")) return this.tree(at, [this.read(SIGN)], (x) => -x);
    if (this.passes("+")) return this.read(SIGN);
    if (this.passes("not")) return this.tree(at, [this.read(NOT)], (x) => Number(x === 0));
    if (this.passes("√")) return this.call(at, "sqrt", [this.read(POWER + 1)]);
    if (this.passes("∛")) return this.call(at, "cbrt", [this.read(POWER + 1)]);
    if (this.follows("(")) return this.within("(", ")", () => ({ ...this.read(), at }));
    const link = (/** @type {number} */ begin) => this.refuse("a list can only be an argument of a function", begin);
    if (this.follows("[")) return { at, link, items: this.list("[", "]", ",", false) };
    if (!this.follows("∂", "|")) this.refuse(`a term is missing ${kind === "end" ? "at the end" : `before ${text}`}`);
    if (this.follows("∂")) return this.derivative(at, this.partial());
    this.bars[this.bars.length - 1] += Number(this.passes("|"));
    const inner = this.read();
    this.passes("|", "the bar | that closes the absolute value is missing here");
    this.bars[this.bars.length - 1]--;
    return this.call(at, "abs", [inner]);
  }
  /** @template T @param {string} opening @param {string} closing @param {() => T} read @returns {T} */
  within(opening, closing, read) {
    const { at } = this.token;
    this.passes(opening, `${opening} is missing here`);
    if (++this.brackets > DEEPEST) this.refuse(`brackets nest deeper than ${DEEPEST}`, at);
    this.bars.push(0);
    const found = read();
    this.bars.pop();
    this.passes(closing, this.missing(closing));
    this.brackets--;
    return found;
  }
  /** @param {string} closing @returns {string} what is wrong if it doesn't stand here */
  missing(closing) {
    const { kind, text } = this.token;
    return kind === "end" || closing === "]" ? `${closing} is missing here` : `${text} can't stand here`;
  }
  /** @param {string} opening @param {string} closing @param {string} separator @param {boolean} decimal of commas
   * @param {[string, Tree][]} [keyed] where the arguments by name go @returns {Tree[]} what stands in the brackets */
  list(opening, closing, separator, decimal, keyed) {
    const items = /** @type {Tree[]} */ ([]);
    this.decimal.push(decimal);
    this.within(opening, closing, () => {
      while (!this.follows(closing)) {
        const key = keyed ? this.key() : "";
        if (key) keyed?.push([key, this.read()]);
        else items.push(this.read());
        if (!this.passes(separator) && !this.follows(closing)) this.refuse(this.missing(closing));
      }
    });
    this.decimal.pop();
    return items;
  }
  /** @returns {Tree} */
  raised() {
    const { text, at } = this.tokens[this.k++];
    if (text.length > MOST_RAISED)
      this.refuse(`an exponent of ${text.length} digits, at most ${MOST_RAISED} are allowed`, at);
    return this.constant(at, Number(text.normalize("NFKC").replace("−", "-")));
  }
  /** @returns {Tree} */
  number() {
    const token = this.tokens[this.k++];
    const [plain, comma] = [token.text.replaceAll("_", ""), this.token];
    const decimals = this.tokens[this.k + 1] ?? comma;
    const joined = comma.text === "," && token.end === comma.at && comma.end === decimals.at && this.decimal.at(-1);
    const isDecimal = joined && /^[0-9]+,[0-9]+(?:[eE][+-]?[0-9]+)?$/.test(`${plain},${decimals.text}`);
    if (isDecimal) this.remarks.add("a comma between digits is read as the decimal sign");
    if (isDecimal) this.k += 2;
    const text = isDecimal ? `${plain}.${decimals.text}` : plain;
    const whole = /^(?:0[xX].*|[0-9]+)$/.test(text) ? BigInt(text) : 0n;
    const [bits, number] = [whole.toString(2).length, Number(whole || text)];
    if (bits > MOST_BITS || (whole && number === Infinity))
      this.refuse(`an integer of ${bits} bits, at most ${MOST_BITS} are allowed: write it as 1e300`, token.at);
    if (this.token.kind === "number") this.refuse(`a sign is missing between ${token.text} and ${this.token.text}`);
    return this.constant(token.at, number);
  }
  /** @param {string} text @returns {string | undefined} the name that is known and may be written so */
  knownAs(text) {
    return this.known.get(formsOf(text, this.tables).find((form) => this.known.has(form)) ?? "");
  }
  /** @returns {Tree} */
  name() {
    const token = this.tokens[this.k++];
    const [found, next, below] = [this.knownAs(token.text), this.tokens[this.k], this.tokens[this.k + 1]];
    const [name, at, isKnown] = [found ?? token.text, token.at, found !== undefined];
    if (!isKnown && next.text === "/" && this.isDifferential(token) && this.isDifferential(below))
      return this.derivative(at, token.text.slice(1));
    const called = isKnown ? "" : functionOf(name, this.tables);
    if (called) return this.called(token, called);
    if (this.token.kind === "number" && !this.token.text.startsWith("."))
      this.refuse(`a sign is missing between ${name} and ${this.token.text}`);
    const constant = isKnown ? undefined : CONSTANTS.get(name);
    if (!isKnown && constant === undefined && this.follows("(")) this.refuseCall(token);
    const rest = !isKnown && name.startsWith("π") ? this.known.get(name.slice(1)) : undefined;
    if (rest !== undefined) return this.operation("*", this.constant(at, Math.PI), this.leaf(at, rest));
    if (constant !== undefined) return this.constant(at, constant);
    return this.leaf(at, name, !isKnown && name.endsWith(".grad"));
  }
  /** @param {Token} token @param {string} name of a function @returns {Tree} its call, in one of three spellings */
  called({ text, at }, name) {
    const reason = `write ${text}(…) with parentheses`;
    if (this.follows("(")) return this.listed(at, name);
    if (this.follows("^") || this.token.kind === "raised") {
      const exponent = this.passes("^") ? this.read(POWER + 1) : this.raised(); // sin²(x) is the square of sin(x)
      if (!this.follows("(")) this.refuse(`${reason}, and the power behind them`);
      if (exponent.number === -1)
        this.refuse(`${text}⁻¹ may be the inverse function or 1/${text}: write one of them`, at);
      return this.operation("^", this.listed(at, name), exponent);
    }
    if (!/^(?:name|number)$/.test(this.token.kind) && !this.follows("√"))
      this.refuse(`${text} is a function: write ${text}(…)`, at);
    let inner = this.read(POWER); // sin 2x is sin(2·x)
    while (this.token.kind === "name" && !functionOf(this.token.text, this.tables))
      inner = this.operation("*", inner, this.read(POWER));
    if (this.follows("(")) this.refuse(`${reason}: what belongs to it can't be told`);
    this.remarks.add(`${text} ${this.said(inner.at)} is read as ${text}(${this.said(inner.at)})`);
    return this.call(at, name, [inner]);
  }
  /** @param {number} at @param {string} name @returns {Tree} a call with its arguments in parentheses */
  listed(at, name) {
    let [depth, decimal] = [0, false];
    for (const { kind, text } of this.tokens.slice(this.k)) {
      if (kind === "sign") depth += Number("([".includes(text)) - Number(")]".includes(text));
      if (kind === "sign" && depth === 1 && text === ";") decimal = true;
      if (!depth || decimal) break;
    }
    const keyed = /** @type {[string, Tree][]} */ ([]);
    return this.call(at, name, this.list("(", ")", decimal ? ";" : ",", decimal, keyed), keyed);
  }
  /** @param {number} at @param {string} name @param {Tree[]} parts @param {[string, Tree][]} [keyed] @returns {Tree} */
  call(at, name, parts, keyed = []) {
    const below = wordOf(this.tables.reciprocals, name);
    if (below) return this.operation("/", this.constant(at, 1), this.call(at, below, parts, keyed));
    this.size++;
    /** @type {Tree["link"]} */
    const link = (begin) => {
      const given = parts.map((each) => each.items?.map(linked) ?? linked(each));
      const operands = this.bound(begin, name, given, new Map(keyed.map(([key, each]) => [key, linked(each)])));
      return computed(operands, (numbers) => (numbers.length ? this.apply(name, numbers) : 0));
    };
    return { at, link };
  }
  /** @param {number} at @param {string} name @param {(Part | Part[])[]} given @param {Map<string, Part>} keyed
   * @returns {Part[]} the operands in order */
  bound(at, name, given, keyed) {
    const { parameters, defaults, variadic } = this.tables.arities[name];
    const [left, right] = given;
    if (name === "dot") {
      if (given.length !== 2 || keyed.size || !Array.isArray(left) || !Array.isArray(right))
        return this.refuse("dot takes two lists, as in dot([1, 2], [3, 4])", at);
      const counts = `${left.length} and ${right.length}`;
      if (left.length === right.length) return [...left, ...right];
      this.refuse(`dot of ${counts} values: give as many of the one as of the other`, at);
    }
    const numbers = variadic && given.length === 1 ? given.flat() : given;
    if (numbers.some(Array.isArray)) this.refuse(`${name} takes no list here`, at);
    const operands = numbers.flat();
    if (variadic && !operands.length && name !== "sum") this.refuse(`${name} of no values: give at least one`, at);
    const missing = variadic ? [] : parameters.slice(operands.length);
    const defaulted = new Map(defaults.map((number, k) => [parameters.at(k - defaults.length), () => number]));
    const rest = missing.flatMap((key) => keyed.get(key) ?? defaulted.get(key) ?? []);
    const unknown = [...keyed.keys()].find((key) => !missing.includes(key));
    const [most, unmet] = [variadic ? Infinity : parameters.length, missing.length - rest.length];
    let reason = unknown === undefined ? "" : `has none called ${unknown}`;
    if (unmet) reason = `is missing ${unmet} required`;
    if (operands.length > most) reason = `takes ${most} positional, not ${operands.length}`;
    if (reason) this.refuse(`${name} ${reason}: the arguments are ${name}(${parameters.join(", ")})`, at);
    return [...operands, ...rest];
  }
  /** @param {number} at @param {string} name @param {boolean} [isDerivative] @returns {Tree} */
  leaf(at, name, isDerivative = false) {
    const derivative = `the derivative ${name} has no value here: derivatives can stand in what is derived by hand`;
    this.size++;
    /** @type {Tree["link"]} */
    const link = (begin) => {
      const nothing = () => this.refuse(isDerivative ? derivative : this.unknown(name), begin);
      const k = this.stages.get(alike(name));
      if (k !== undefined) return (_, stages) => stages[k];
      if (!isDerivative && !this.graph.has(alike(name))) nothing();
      this.inputs.add(name);
      return (names) => names(name) ?? nothing();
    };
    return { at, link };
  }
  /** @param {string} name @returns {string} what is said of it, and what may have been meant */
  unknown(name) {
    if (name.length > LONGEST_NAME) return `${name.slice(0, LONGEST_NAME)}… is unknown`;
    const [plain, ways] = [alike(name), /** @type {(string | undefined)[]} */ ([""])]; // as known names in a row
    const isName = (/** @type {string} */ word) => this.graph.has(word) || this.stages.has(word);
    for (let end = 1; end <= plain.length; end++) {
      const begin = ways.findIndex((way, k) => way !== undefined && isName(plain.slice(k, end)));
      ways.push(begin < 0 ? undefined : `${ways[begin]}${begin ? "*" : ""}${plain.slice(begin, end)}`);
    }
    const functions = name.length > 2 ? Object.keys(this.tables.arities) : [];
    const near = ways.at(-1) || nearest(name, [...this.spelled, ...functions]);
    if (near) return `${name} is unknown: did you mean ${near}?`;
    const names = this.spelled.slice(0, 12).join(", ") || "none yet";
    return `${name} has no value: give one (${name}=1.0), or assign it in a statement before; the names are ${names}`;
  }
  /** @param {Token} token @returns {never} */
  refuseCall({ text, at }) {
    const { arities, functions, reciprocals } = this.tables;
    const near = nearest(text, [arities, functions, reciprocals].flatMap(Object.keys).concat([...this.known.keys()]));
    const meant = near ? `did you mean ${near}?` : "there are exp, ln, tanh, relu, where and others.";
    return this.refuse(`there is no function ${text}: ${meant} For a product write ${text}*(…)`, at);
  }
  /** @param {Token} token @returns {boolean} whether it is a dw, and not a name */
  isDifferential({ kind, text }) {
    return kind === "name" && /^d./su.test(text) && this.knownAs(text) === undefined && !functionOf(text, this.tables);
  }
  /** @param {number} at @param {string} above @returns {Tree} */
  derivative(at, above) {
    this.passes("/", "a derivative is written ∂L/∂w");
    return this.leaf(at, `∂${above}/∂${this.partial()}`, true);
  }
  /** @returns {string} the name behind a ∂ or a d */
  partial() {
    if (this.token.kind === "name" && /^d./su.test(this.token.text)) return this.tokens[this.k++].text.slice(1);
    this.passes("∂", "a derivative is written ∂L/∂w");
    const grouped = this.passes("(");
    if (this.token.kind !== "name") this.refuse("the name of a node must stand behind ∂");
    const { text } = this.tokens[this.k++];
    if (grouped) this.passes(")", ") is missing here");
    return text;
  }
  /** @returns {Tree} a fraction or a root */
  latex() {
    const { kind, at } = this.tokens[this.k++];
    const [first, next] = this.tokens.slice(this.k + 1, this.k + 3);
    const isDerivative = next && (first.text === "∂" || (next.text === ")" && this.isDifferential(first)));
    const braces = () => (this.follows("(") ? this.term() : this.refuse("write it in braces, as in \\frac{a}{b}"));
    if (kind === "sqrt") return this.call(at, "sqrt", [braces()]);
    if (!isDerivative) return this.operation("/", braces(), braces(), at);
    const [above, below] = [0, 1].map(() => {
      this.passes("(", "( is missing here");
      const name = this.partial();
      this.passes(")", ") is missing here");
      return name;
    });
    return this.leaf(at, `∂${above}/∂${below}`, true);
  }
}
