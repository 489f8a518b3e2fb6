// Mutants of AssemblyScript, made on the syntax tree of its own parser.

/** @typedef {import("./mutant.mjs").Mutant} Mutant */

/** @typedef {{ start: number, end: number }} Range a part of a source, in UTF-16 units */

/**
 * @typedef {object} Place where the switch of a mutant goes
 * @property {Range} scope what has one form with the mutant and another without
 * @property {"value" | "condition" | "statement"} shape what that is: a value, a value of which only the truth counts,
 *   or a statement that is left out
 * @property {boolean} isTruth whether it is true or false already, of the type `bool`
 * @property {Range | undefined} around the function that it is in
 */

/** Its name is a variable so that its types stay away, which declare AssemblyScript's globals in place of Node's. */
const ASSEMBLYSCRIPT = "assemblyscript";

const { LiteralKind, Node, NodeKind, Parser } = await import(ASSEMBLYSCRIPT);

/** What stands for an operator in a mutant. */
const OPERATORS = /** @type {Record<string, string[]>} */ ({
  "<": ["<=", ">="],
  "<=": ["<", ">"],
  ">": [">=", "<="],
  ">=": [">", "<"],
  "==": ["!="],
  "!=": ["=="],
  "===": ["!=="],
  "!==": ["==="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "<<": [">>"],
  ">>": ["<<"],
  ">>>": ["<<"],
  "&": ["|"],
  "|": ["&"],
  "^": ["&"],
  "&&": ["||"],
  "||": ["&&"],
  "+=": ["-="],
  "-=": ["+="],
  "*=": ["/="],
  "/=": ["*="],
  "<<=": [">>="],
  ">>=": ["<<="],
  "&=": ["|="],
  "|=": ["&="],
  "++": ["--"],
  "--": ["++"],
  "!": [""],
  "~": [""],
});

/** What has no value at run time. */
const SKIPPED = new Set([
  NodeKind.Decorator,
  NodeKind.Import,
  NodeKind.Export,
  NodeKind.NamedType,
  NodeKind.FunctionType,
]);

/** The statements with a condition. */
const CONDITIONAL = new Set([NodeKind.If, NodeKind.While, NodeKind.Do, NodeKind.For, NodeKind.Ternary]);

/** Those among them that don't end when the condition always holds. */
const LOOPS = new Set([NodeKind.While, NodeKind.Do, NodeKind.For]);

/** Functions with a body, which may not fall off its end. */
const FUNCTIONS = new Set([NodeKind.FunctionDeclaration, NodeKind.MethodDeclaration]);

/** Builtins some of whose arguments must be constants: a call has another form rather than an argument. */
const BUILTINS = /^(?:load|store|offsetof|memory\.\w+|atomic\.\w+|\w+\.(?:load|store)\w*)$/;

/**
 * Finds the files that go into a module.
 *
 * @param {string} entry where the compiler begins
 * @param {(path: string) => string | undefined} read gives a file; nothing when it is not there
 * @returns {string[]} the entry and what it imports of its own package, and they
 */
export function closure(entry, read) {
  const parser = new Parser();
  const found = [];
  for (let path = /** @type {string | null} */ (entry); path !== null; path = parser.nextFile()) {
    const names = path === entry ? [path] : [`${path}.ts`, `${path}/index.ts`];
    const file = names.find((name) => read(name) !== undefined);
    if (file !== undefined) found.push(file);
    parser.parseFile((file && read(file)) ?? "", file ?? `${path}.ts`, path === entry);
  }
  return found;
}

/**
 * Makes every mutant of a source: comparisons, arithmetic and logical operators replaced, constants changed,
 * conditions fixed or negated, calls dropped whose value nobody wants, returns dropped but for a function's last.
 *
 * @param {string} file its path, relative to the repository
 * @param {string} text the source
 * @returns {(Mutant & Place)[]} the mutants, in the order of the tree
 */
export function mutantsOf(file, text) {
  const parser = new Parser();
  parser.parseFile(text, file, true);
  const source = parser.sources[0];
  if (source === undefined || parser.diagnostics.length > 0) throw new Error(`${file} can't be parsed`);
  /** @type {(Mutant & Place)[]} */
  const mutants = [];
  /** @type {Set<unknown>} */
  const last = new Set();
  /** @type {Range | undefined} */
  let around;

  /**
   * @param {Range} range what to replace
   * @param {string} to by what
   * @param {Range} scope what has another form then
   * @param {Place["shape"]} [shape] what that is
   */
  function replace({ start, end }, to, scope, shape = "value", isTruth = false) {
    const line = text.slice(0, start).split("\n").length;
    const place = { scope: { start: scope.start, end: scope.end }, shape, isTruth, around };
    mutants.push({ file, line, start, end, from: text.slice(start, end), to, ...place });
  }

  /**
   * @param {number} from where what is before an operator ends
   * @param {number} to where what is after it begins
   * @param {Range} scope the expression
   */
  function replaceOperator(from, to, scope) {
    const gap = text
      .slice(from, to)
      .replace(/\/\/.*|\/\*[\s\S]*?\*\//g, (comment) => " ".repeat(comment.length));
    const operator = gap.trim();
    const start = from + gap.indexOf(operator);
    for (const other of OPERATORS[operator] ?? []) {
      replace({ start, end: start + operator.length }, other, scope);
    }
  }

  /** @param {any} condition the condition of a statement that is a loop or not */
  function replaceCondition({ kind, range }, isLoop = false) {
    if (kind === NodeKind.True || kind === NodeKind.False) return;
    const isTruth = kind === NodeKind.Binary || kind === NodeKind.UnaryPrefix;
    if (!isLoop) replace(range, "true", range, "condition", isTruth);
    replace(range, "false", range, "condition", isTruth);
    // the operator of a comparison is turned round already
    if (!isTruth) replace(range, `!(${text.slice(range.start, range.end)})`, range, "condition");
  }

  /**
   * @param {any} literal a literal
   * @param {any} parent what it is in
   */
  function replaceLiteral({ literalKind, range }, parent) {
    const own = text.slice(range.start, range.end);
    const isArgument =
      parent?.kind === NodeKind.Call &&
      BUILTINS.test(text.slice(parent.expression.range.start, parent.expression.range.end));
    const scope = isArgument ? parent.range : range;
    if (literalKind === LiteralKind.Integer) {
      replace(range, /^\d+$/.test(own) ? String(BigInt(own) + 1n) : `(${own} + 1)`, scope);
    } else if (literalKind === LiteralKind.String && own.length > 2) {
      replace(range, '""', range);
    }
  }

  /**
   * @param {Range} range a statement, perhaps without its semicolon
   * @returns {Range} with it
   */
  function whole({ start, end }) {
    return { start, end: text[end] === ";" ? end + 1 : end };
  }

  /**
   * @param {any} node a node
   * @param {any} [parent] what it is in
   */
  function visit(node, parent) {
    if (SKIPPED.has(node.kind)) return;
    const { start, end } = node.range;
    // where a statement must stand, nothing is a block
    const nothing = CONDITIONAL.has(parent?.kind) ? "{}" : "";
    // what the compiler decides is no condition of the program's
    const { condition } = node;
    const isDecided = condition && text.slice(condition.range.start, condition.range.end).includes("ASC_");
    if (CONDITIONAL.has(node.kind) && condition && !isDecided) {
      replaceCondition(node.condition, LOOPS.has(node.kind));
    }
    switch (node.kind) {
      case NodeKind.Binary:
        replaceOperator(node.left.range.end, node.right.range.start, node.range);
        break;
      case NodeKind.UnaryPrefix:
        replaceOperator(start, node.operand.range.start, node.range);
        break;
      case NodeKind.UnaryPostfix:
        replaceOperator(node.operand.range.end, end, node.range);
        break;
      case NodeKind.True:
      case NodeKind.False:
        replace(node.range, String(node.kind === NodeKind.False), node.range);
        break;
      case NodeKind.Literal:
        replaceLiteral(node, parent);
        break;
      case NodeKind.Expression:
        if (node.expression.kind === NodeKind.Call && node.expression.expression.kind !== NodeKind.Super) {
          replace(node.expression.range, nothing, whole(node.range), "statement");
        }
        break;
      case NodeKind.Return:
        if (!last.has(node)) replace(node.range, nothing, whole(node.range), "statement");
    }
    const outer = around;
    if (FUNCTIONS.has(node.kind)) {
      if (node.body?.kind === NodeKind.Block) last.add(node.body.statements.at(-1));
      around = { start, end };
    }
    for (const child of Object.values(node).flat()) {
      if (child instanceof Node && !(isDecided && child === condition)) visit(child, node);
    }
    around = outer;
  }

  for (const statement of source.statements) visit(statement);
  return mutants;
}
