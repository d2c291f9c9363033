// Reads a JSON list of dashboards from standard input and prints what is wrong with each, a JSON list of lists.
// Each becomes an object literal of Grafana's types, so that the compiler finds unknown fields and wrong values.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const folder = fileURLToPath(new URL(".", import.meta.url));
const options = {
  allowImportingTsExtensions: true,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  noEmit: true,
  skipLibCheck: true,
  strict: true,
  target: ts.ScriptTarget.ES2022,
  types: [],
};
const boards = JSON.parse(readFileSync(0, "utf8")).map((board, number) => [
  `${folder}board-${number}.ts`,
  `import type { Dashboard } from "./types.ts";\nexport const board: Dashboard = ${JSON.stringify(board, null, 1)};\n`,
]);
const sources = new Map(boards);
const host = ts.createCompilerHost(options);
const { fileExists, getSourceFile, readFile } = host;
host.fileExists = (name) => sources.has(name) || fileExists.call(host, name);
host.readFile = (name) => sources.get(name) ?? readFile.call(host, name);
host.getSourceFile = (name, ...rest) =>
  sources.has(name) ? ts.createSourceFile(name, sources.get(name), ...rest) : getSourceFile.call(host, name, ...rest);
const program = ts.createProgram([...sources.keys()], options, host);
const describe = ({ file, start, messageText }) => {
  const line = file?.text.slice(0, start).split("\n").length;
  return `${file?.fileName.replace(folder, "")}:${line}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
};
const shared = ts.getPreEmitDiagnostics(program).filter(({ file }) => !sources.has(file?.fileName));
const findings = [...sources.keys()].map((name) =>
  [...shared, ...ts.getPreEmitDiagnostics(program, program.getSourceFile(name))].map(describe),
);
process.stdout.write(JSON.stringify(findings));
