import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { describe, expect, test } from "vitest";

/** What a scenario needs besides our own code, and where it is found. */
const REQUIREMENTS = {
  root: () => process.getuid?.() === 0,
  frr: () => existsSync("/usr/lib/frr/bgpd"),
  bird: () => inPath("bird"),
  gobgp: () => inPath("gobgpd"),
  podman: () => inPath("podman") && inPath("runc") && inPath("debootstrap"),
  corpus: () => existsSync(corpusDirectory()),
} as const satisfies Record<string, () => boolean>;

export type Requirement = keyof typeof REQUIREMENTS;

export function corpusDirectory(): string {
  return resolve(process.env["PEREGRINE_CORPUS"] ?? join(import.meta.dirname, "../../../shared/corpus"));
}

/**
 * `describe` for a scenario that needs other programs. When one is missing its tests are skipped and the name says why;
 * with PEREGRINE_NO_SKIP=1 that is a failure.
 */
export function scenario(name: string, requirements: readonly Requirement[], body: () => void): void {
  const missing = requirements.filter((requirement) => !REQUIREMENTS[requirement]());
  if (missing.length === 0) return void describe(name, body);
  const reason = `${name} (needs ${missing.join(", ")})`;
  if (process.env["PEREGRINE_NO_SKIP"] !== "1") return void describe.skipIf(true)(reason, body);
  test(reason, () => expect(missing).toEqual([]));
}

function inPath(program: string): boolean {
  const directories = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return directories.some((directory) => existsSync(join(directory, program)));
}
