// Mutants of AssemblyScript, made on the syntax tree of its own parser.

/** @typedef {import("./mutant.mjs").Mutant} Mutant */

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
const SKIPPED = new Set([NodeKind.Decorator, NodeKind.Import, NodeKind.NamedType, NodeKind.FunctionType]);

/** The statements with a condition. */
const CONDITIONAL = new Set([NodeKind.If, NodeKind.While, NodeKind.Do, NodeKind.For, NodeKind.Ternary]);

/** Those among them that don't end when the condition always holds. */
const LOOPS = new Set([NodeKind.While, NodeKind.Do, NodeKind.For]);

/** Functions with a body, which may not fall off its end. */
const FUNCTIONS = new Set([NodeKind.FunctionDeclaration, NodeKind.MethodDeclaration]);

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
 * @returns {Mutant[]} the mutants, in the order of the tree
 */
export function mutantsOf(file, text) {
  const parser = new Parser();
  parser.parseFile(text, file, true);
  const source = parser.sources[0];
  if (source === undefined || parser.diagnostics.length > 0) throw new Error(`${file} can't be parsed`);
  /** @type {Mutant[]} */
  const mutants = [];
  /** @type {Set<unknown>} */
  const last = new Set();

  /**
   * @param {{ start: number, end: number }} range what to replace
   * @param {string} to by what
   */
  function replace({ start, end }, to) {
    const line = text.slice(0, start).split("\n").length;
    mutants.push({ file, line, start, end, from: text.slice(start, end), to });
  }

  /**
   * @param {number} from where what is before an operator ends
   * @param {number} to where what is after it begins
   */
  function replaceOperator(from, to) {
    const gap = text
      .slice(from, to)
      .replace(/\/\/.*|\/\*[\s\S]*?\*\//g, (comment) => " ".repeat(comment.length));
    const operator = gap.trim();
    const start = from + gap.indexOf(operator);
    for (const other of OPERATORS[operator] ?? []) replace({ start, end: start + operator.length }, other);
  }

  /** @param {any} condition the condition of a statement that is a loop or not */
  function replaceCondition({ kind, range }, isLoop = false) {
    if (kind === NodeKind.True || kind === NodeKind.False) return;
    if (!isLoop) replace(range, "true");
    replace(range, "false");
    // the operator of a comparison is turned round already
    if (kind !== NodeKind.Binary && kind !== NodeKind.UnaryPrefix) {
      replace(range, `!(${text.slice(range.start, range.end)})`);
    }
  }

  /** @param {any} literal a literal */
  function replaceLiteral({ literalKind, range }) {
    const own = text.slice(range.start, range.end);
    if (literalKind === LiteralKind.Integer) {
      replace(range, /^\d+$/.test(own) ? String(BigInt(own) + 1n) : `(${own} + 1)`);
    } else if (literalKind === LiteralKind.String && own.length > 2) {
      replace(range, '""');
    }
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
    if (CONDITIONAL.has(node.kind) && node.condition !== null) {
      replaceCondition(node.condition, LOOPS.has(node.kind));
    }
    switch (node.kind) {
      case NodeKind.Binary:
        replaceOperator(node.left.range.end, node.right.range.start);
        break;
      case NodeKind.UnaryPrefix:
        replaceOperator(start, node.operand.range.start);
        break;
      case NodeKind.UnaryPostfix:
        replaceOperator(node.operand.range.end, end);
        break;
      case NodeKind.True:
      case NodeKind.False:
        replace(node.range, String(node.kind === NodeKind.False));
        break;
      case NodeKind.Literal:
        replaceLiteral(node);
        break;
      case NodeKind.Expression:
        if (node.expression.kind === NodeKind.Call) replace(node.expression.range, nothing);
        break;
      case NodeKind.Return:
        if (!last.has(node)) replace(node.range, nothing);
    }
    if (FUNCTIONS.has(node.kind) && node.body?.kind === NodeKind.Block) last.add(node.body.statements.at(-1));
    for (const child of Object.values(node).flat()) if (child instanceof Node) visit(child, node);
  }

  for (const statement of source.statements) visit(statement);
  return mutants;
}
