import Table from "cli-table3";
import { stringify } from "yaml";

/** Forms of `-o`. */
export const OUTPUTS = ["table", "wide", "json", "yaml"] as const;
export type Output = (typeof OUTPUTS)[number];

const ASCII = {
  ...{ top: "-", "top-mid": "+", "top-left": "+", "top-right": "+", bottom: "-", "bottom-mid": "+", "bottom-left": "+" },
  ...{ "bottom-right": "+", left: "|", "left-mid": "+", mid: "-", "mid-mid": "+", right: "|", "right-mid": "+", middle: "|" },
};
const BARE = Object.fromEntries(Object.keys(ASCII).map((key) => [key, key === "middle" ? "  " : ""]));

/** The bordered table of `calicoctl node status`: centred headings, no wrapping. */
export function borderedTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: head.map((content) => ({ content, hAlign: "center" as const })) as unknown as string[],
    chars: { ...ASCII, mid: "", "left-mid": "", "mid-mid": "", "right-mid": "" },
    style: { head: [], border: [] },
  });
  table.push(...rows.map((row) => [...row]));
  const lines = table.toString().split("\n");
  return [lines[0], lines[1], lines[0], ...lines.slice(2)].join("\n");
}

/** Columns without borders, as `ip` and `kubectl` print them. */
export function plainTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: [...head],
    chars: BARE,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .join("\n");
}

/** JSON (two-space indent) or YAML of a whole answer. */
export function structured(output: "json" | "yaml", value: unknown): string {
  return output === "json" ? JSON.stringify(value, null, 2) : stringify(value).trimEnd();
}
