import { hostname } from "node:os";
import type { Argv } from "yargs";
import { UsageError } from "../fail.js";
import { OUTPUTS } from "../render.js";

/** The command line that groups of commands are added to. */
export type Cli = Argv;

/** How a group of commands hands over its answer, the exit code. */
export type Run = (result: Promise<number>) => Promise<void>;

/** Where things are when nobody says otherwise. */
export const DEFAULTS = {
  resources: "/etc/peregrine/resources",
  control: "/run/peregrine/control.sock",
  state: "/var/lib/peregrine",
} as const;

/**
 * Every option may also stand in the environment as PEREGRINE_<NAME>; other variables of that prefix are left alone, and an
 * empty one counts as unset.
 */
export function env(name: string): string | undefined {
  return process.env[`PEREGRINE_${name}`] || undefined;
}

const YES_OR_NO: Readonly<Record<string, boolean>> = { true: true, "1": true, false: false, "0": false };

/** @throws UsageError rather than taking an unknown word for a no */
export function envBoolean(name: string): boolean {
  const answer = YES_OR_NO[env(name) ?? "false"];
  if (answer === undefined) throw new UsageError(`PEREGRINE_${name}: ${env(name)} is not true or false.`);
  return answer;
}

export const control = {
  type: "string",
  describe: "Control socket of the daemon",
  default: env("CONTROL") ?? DEFAULTS.control,
} as const;
export const resources = {
  type: "string",
  describe: "Directory of resources",
  default: env("RESOURCES") ?? DEFAULTS.resources,
} as const;
export const state = {
  type: "string",
  describe: "Directory for what must outlive a restart: the generations of resources",
  default: env("STATE") ?? DEFAULTS.state,
} as const;
export const output = { alias: "o", choices: OUTPUTS, describe: "Form of the answer", default: "table" as const };
export const node = {
  type: "string",
  describe: "Name of this node's Node resource",
  default: env("NODE") ?? process.env["NODENAME"] ?? hostname().toLowerCase(),
  defaultDescription: "$NODENAME, then the host name",
} as const;

/** Calico's since 3.32; it has no field to turn it off (reference 5.5). */
export const routePriorities = {
  choices: ["on", "off"] as const,
  describe:
    "on, as Calico since 3.32: LOCAL_PREF is 2147483647 minus the kernel metric (2147482623 for blocks), towards iBGP peers and " +
    "back. off, as Calico up to 3.31: LOCAL_PREF 100, and no metric in the kernel. In a cluster with nodes of both kinds iBGP " +
    "peers prefer routes of those with priorities, so use off until the last old node is gone",
  default: (env("ROUTE_PRIORITIES") ?? "on") as "on" | "off",
};

/** yargs takes `default: undefined` for a value. */
export function defaultOf<T>(value: T | undefined): { readonly default?: T } {
  return value === undefined ? {} : { default: value };
}

/** For `coerce`: a whole number, 1 or more. */
export function counting(name: string): (given: number) => number {
  return (given) => {
    if (Number.isSafeInteger(given) && given >= 1) return given;
    throw new UsageError(`${name}: ${given} is no number from 1 up.`);
  };
}

export function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
