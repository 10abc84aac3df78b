import { resolve } from "node:path";
import { generationViews } from "../api/generation-views.js";
import type { GenerationView } from "../api/views.js";
import { Generations } from "../generations/generations.js";
import { ask, NoDaemon } from "./control-client.js";
import { CommandFailure } from "./fail.js";
import { type Output, plainTable, structured } from "./render.js";

interface HistoryArguments {
  readonly control: string;
  readonly state: string;
  readonly output: Output;
}

/** `peregrine history`: of the daemon, or of the state directory where none runs. */
export async function history({ control, state, output }: HistoryArguments): Promise<number> {
  const views = await ask<GenerationView[]>(control, "/v1/history").catch((error: unknown) => {
    if (error instanceof NoDaemon) return kept(resolve(state));
    throw error;
  });
  process.stdout.write(`${output === "json" || output === "yaml" ? structured(output, views) : table(views)}\n`);
  return 0;
}

async function kept(state: string): Promise<readonly GenerationView[]> {
  const listed = await new Generations(state).list();
  if (!listed.ok) throw new CommandFailure(`${listed.error}. Name the state directory with --state DIR.`);
  return generationViews(listed.value, null);
}

function table(views: readonly GenerationView[]): string {
  if (views.length === 0) return "No generation is kept yet.";
  const rows = views.map(({ number, at, summary, files, running }) => [running ? "*" : "", `${number}`, at, `${files}`, summary]);
  return plainTable(["", "GENERATION", "ACCEPTED", "FILES", "WHAT CHANGED"], rows);
}
