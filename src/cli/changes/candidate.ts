import { resolve } from "node:path";
import type { ConfirmedView, PreviewView, StatusView, TrialView } from "../../api/views.js";
import { type Candidate, CandidateDirectory } from "../../generations/candidate.js";
import { resourceDiff } from "../../generations/resource-diff.js";
import { digestOfFiles } from "../../resources/resource-file.js";
import { ask, change } from "../control-client.js";
import { CommandFailure } from "../fail.js";
import { type Output, structured } from "../render.js";
import { onDisk } from "./diff.js";
import { daemonOf, type Following, guard, previewOf } from "./guard.js";
import { previewText } from "./preview-text.js";
import { putInPlace } from "./put-in-place.js";
import { workingSet } from "./working-set.js";

interface StateArguments {
  readonly state: string;
}

interface ControlArguments extends StateArguments {
  readonly control: string;
}

/** `peregrine edit`: a copy of the resources, to be edited with the same commands; its place goes to stdout for the shell. */
export async function edit({ state, resources }: StateArguments & { readonly resources: string }): Promise<number> {
  const directory = new CandidateDirectory(resolve(state));
  const present = await inState(() => directory.read());
  if (present === null)
    await inState(async () => directory.create(resolve(resources), (await workingSet(resolve(resources))).files));
  else process.stderr.write(`There is a candidate since ${present.at}; "peregrine discard" ends it.\n`);
  process.stderr.write('Edits go to the candidate once this line is run; then "peregrine compare" and "peregrine commit":\n');
  process.stdout.write(`export PEREGRINE_RESOURCES=${quoted(directory.files)}\n`);
  return 0;
}

/** `peregrine discard` */
export async function discard({ state }: StateArguments): Promise<number> {
  const { directory } = await theCandidate(state);
  await directory.remove();
  process.stdout.write("The candidate is gone. In this shell: unset PEREGRINE_RESOURCES\n");
  return 0;
}

/** `peregrine compare`: the candidate against the files on disk, and what the daemon would make of it. */
export async function compare({ state, control, output }: ControlArguments & { readonly output: Output }): Promise<number> {
  const { directory, candidate } = await theCandidate(state);
  const { files } = await workingSet(directory.files);
  const lines = resourceDiff(await onDisk(candidate.resources), { name: "candidate", files });
  const following = await daemonOf(control, candidate.resources);
  const preview = following === null ? null : await previewOf(following, files, directory.files);
  if (output === "json" || output === "yaml") process.stdout.write(`${structured(output, { diff: lines, preview })}\n`);
  else process.stdout.write(`${comparison(lines, preview)}\n`);
  return 0;
}

/** `peregrine commit [--confirm SECONDS]` */
export async function commit(
  args: ControlArguments & { readonly confirm?: number | undefined; readonly force: boolean },
): Promise<number> {
  const { directory, candidate } = await theCandidate(args.state);
  const { files } = await workingSet(directory.files);
  const present = await workingSet(candidate.resources);
  if (present.digest === digestOfFiles(files))
    throw new CommandFailure(`The candidate changes nothing: "peregrine discard" ends it.`);
  const base = args.force ? null : candidate.base;
  if (base !== null && present.digest !== base) throw moved(candidate);
  const following = await daemonOf(args.control, candidate.resources);
  if (following !== null) guard(await previewOf(following, files, directory.files), args.force);
  const trial = args.confirm === undefined ? null : await beginTrial(following, args.confirm, candidate);
  const done = await putInPlace(candidate.resources, files, base, following).catch((error: unknown) =>
    endTrial(following, trial, error),
  );
  if (done === null) return endTrial(following, trial, moved(candidate));
  await directory.remove();
  process.stdout.write(`${done}\n`);
  if (trial !== null)
    process.stdout.write(`${await trialText(args.control)}
`);
  return 0;
}

/** `peregrine confirm [--force]` */
export async function confirm({ control, force }: { readonly control: string; readonly force: boolean }): Promise<number> {
  const { waitsFor, trial } = await change<ConfirmedView>(control, `/v1/confirm${force ? "?force=1" : ""}`);
  if (waitsFor.length === 0) process.stdout.write("Confirmed: the change stays.\n");
  else
    process.stdout.write(
      `Confirmed, but sessions that were up before the change are down: ${waitsFor.join(", ")}.\n` +
        `They have until ${trial.deadline} to come back, or generation ${trial.returnTo} does; "peregrine confirm --force" waits for nothing.\n`,
    );
  return 0;
}

function comparison(lines: readonly string[], preview: PreviewView | null): string {
  const diff = lines.length === 0 ? "The candidate says what the files on disk say." : lines.join("\n");
  return `${diff}\n\n${preview === null ? "No daemon follows these resources now: what it would do is not known." : previewText(preview)}`;
}

async function theCandidate(state: string): Promise<{ directory: CandidateDirectory; candidate: Candidate }> {
  const directory = new CandidateDirectory(resolve(state));
  const candidate = await inState(() => directory.read());
  if (candidate === null) throw new CommandFailure(`There is no candidate in ${resolve(state)}: "peregrine edit" begins one.`);
  return { directory, candidate };
}

async function beginTrial(following: Following | null, seconds: number, { resources }: Candidate): Promise<TrialView> {
  if (following !== null) return change<TrialView>(following.control, `/v1/trial?seconds=${seconds}`);
  throw new CommandFailure(`--confirm needs the daemon that follows ${resources}: it is the one that goes back. None answers.`);
}

async function trialText(control: string): Promise<string> {
  const { trial } = (await ask<StatusView>(control, "/v1/status")).resources;
  if (trial === null) return "It was on trial, and is no more.";
  return `It is on trial: "peregrine confirm" by ${trial.deadline}, or generation ${trial.returnTo} comes back.`;
}

/** What was not changed needs no trial. */
async function endTrial(following: Following | null, trial: TrialView | null, error: unknown): Promise<never> {
  if (trial !== null) await change(following!.control, "/v1/confirm?force=1");
  throw error;
}

function moved({ resources, at }: Candidate): CommandFailure {
  return new CommandFailure(
    `${resources} has changed since the candidate was made (${at}); "peregrine compare" shows how they differ. Nothing was changed. ` +
      '--force writes the candidate over it, "peregrine discard" and "peregrine edit" begin anew.',
  );
}

async function inState<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(
      `The candidate: ${(error as Error).message}. Run as root, or name another state directory with --state.`,
    );
  }
}

/** As a word of a shell. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
