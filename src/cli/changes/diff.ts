import { resolve } from "node:path";
import { Generations } from "../../generations/generations.js";
import { type NamedFiles, resourceDiff } from "../../generations/resource-diff.js";
import { ResourceLoader } from "../../resources/resource-loader.js";
import { CommandFailure } from "../fail.js";

export interface DiffArguments {
  readonly before: number;
  readonly after?: number | undefined; // undefined: the files on disk
  readonly resources: string;
  readonly state: string;
}

/** `peregrine diff A [B]` */
export async function diff({ before, after, resources, state }: DiffArguments): Promise<number> {
  const generations = new Generations(resolve(state));
  const [old, fresh] = [
    await generation(generations, before),
    after === undefined ? await onDisk(resolve(resources)) : await generation(generations, after),
  ];
  const lines = resourceDiff(old, fresh);
  process.stdout.write(
    lines.length === 0 ? `No resource differs between ${old.name} and ${fresh.name}.\n` : `${lines.join("\n")}\n`,
  );
  return 0;
}

/** Every resource file below a directory, whatever is in it. */
export async function onDisk(directory: string): Promise<NamedFiles> {
  return { name: directory, files: (await new ResourceLoader(directory).load()).files };
}

async function generation(generations: Generations, number: number): Promise<NamedFiles> {
  const opened = await generations.open(number);
  if (!opened.ok) throw new CommandFailure(opened.error);
  return { name: `generation ${number}`, files: opened.value.files };
}
