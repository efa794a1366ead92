// Runs promptfoo on a file of test cases, with its echo provider and a grader that agrees to all, and prints what each of
// them was given. As a library: its command line needs a database that is compiled when it is installed.
import promptfoo from "promptfoo";

const graded = [];
const grader = { id: () => "grader", callApi: async (prompt) => (graded.push(prompt), { output: '{"pass":true,"score":1,"reason":"agreed"}' }) };
const evaluation = await promptfoo.evaluate({
  prompts: ["{{ messages | dump }}"],
  providers: ["echo"],
  tests: "file://" + process.argv[2],
  defaultTest: { options: { provider: grader } },
  writeLatestResults: false,
}, { cache: false, showProgressBar: false, maxConcurrency: 1 });
const { results } = await evaluation.toEvaluateSummary();
console.log("RESULTS " + JSON.stringify({ cases: results.map((r) => ({ passed: r.success, error: r.error ?? "", output: r.response?.output ?? "", id: r.metadata.id })), graded }));
process.exit(0); // it has telemetry that waits for a network
