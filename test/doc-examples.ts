import ts from 'typescript';

/** An example in the doc comment of an export. */
export interface Example {
  /** The export it belongs to. */
  readonly name: string;
  /** TypeScript that imports from 'whitewater'. */
  readonly code: string;
}

/** The exports of a module, and the examples in the comments of their declarations or of the module itself. */
export function examplesOf(file: string): {
  readonly exports: readonly string[];
  readonly examples: readonly Example[];
} {
  const compilation = ts.createProgram([file], {
    allowImportingTsExtensions: true,
    noEmit: true,
    noLib: true,
    types: [],
  });
  const checker = compilation.getTypeChecker();
  const source = compilation.getSourceFile(file)!;
  const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!);
  const examples = symbols.flatMap((symbol) => {
    const declared = checker.getAliasedSymbol(symbol).declarations ?? [];
    const comments = [...(symbol.declarations ?? []).map(statementOf), ...declared.map(statementOf)].map(
      leadingComment,
    );
    return codeIn(comments.join('\n')).map((code) => ({ name: symbol.name, code }));
  });
  const ofModule = codeIn(leadingComment(source)).map((code) => ({ name: 'the package', code }));
  return { exports: symbols.map(({ name }) => name), examples: [...ofModule, ...examples] };
}

/** The statement that contains a declaration or an export specifier: a doc comment precedes it. */
function statementOf(node: ts.Node): ts.Node {
  let statement = node;
  while (statement.parent !== undefined && !ts.isSourceFile(statement.parent)) statement = statement.parent;
  return statement;
}

function leadingComment(node: ts.Node): string {
  const text = node.getSourceFile().text;
  const ranges = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
  // Before the first statement of a file, the first comment is that of the file.
  const last = ts.isSourceFile(node) ? ranges[0] : ranges.at(-1);
  return last === undefined ? '' : text.slice(last.pos, last.end).replace(/^ \* ?/gmu, '');
}

function codeIn(comment: string): string[] {
  return [...comment.matchAll(/@example\n```ts\n([^]*?)```/gu)].map(([, code = '']) => code);
}

/**
 * Runs an example. `expression; // value` states what an expression is; every such line is compared.
 *
 * @param api what `import … from 'whitewater'` gives
 * @param compare takes each expression's value, and the value stated
 * @returns how many values were compared
 */
export function runExample(
  { code }: Example,
  api: Readonly<Record<string, unknown>>,
  compare: (found: unknown, stated: unknown, line: string) => void,
): number {
  const stated = code.replace(
    /^((?!(?:const|let|import)\b)\S.*); \/\/ (.+)$/gmu,
    (_line, expression: string, value: string) => `compare(${expression}, ${value}, ${JSON.stringify(expression)});`,
  );
  const body = stated.replace(
    /^import (\{[^}]*\}) from 'whitewater';$/gmu,
    (_line, names: string) => `const ${names.replace(/\btype \w+,?/gu, '').replace(/,\s*\}/u, ' }')} = api;`,
  );
  const { outputText } = ts.transpileModule(body, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.None },
  });
  let compared = 0;
  const counting = (...args: Parameters<typeof compare>): void => {
    compared++;
    compare(...args);
  };
  // The example is text in our own source.
  // eslint-disable-next-line @typescript-eslint/no-implied-eval
  const run = new Function('api', 'compare', `'use strict';\n${outputText}`) as (...args: unknown[]) => void;
  run(api, counting);
  return compared;
}
