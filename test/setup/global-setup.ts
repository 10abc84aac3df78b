import { sweepDeadLabs } from "../../src/lab/lab-record.js";

/** Before any test: removes the namespaces and processes of labs whose owner was killed. */
export function setup(): void {
  const swept = sweepDeadLabs();
  if (swept > 0) console.log(`removed what ${swept} killed ${swept === 1 ? "lab" : "labs"} had left behind`);
}
