import { stringify } from "yaml";

/** Forms of `-o`. */
export const OUTPUTS = ["table", "wide", "json", "yaml"] as const;
export type Output = (typeof OUTPUTS)[number];

type Row = readonly string[];

/** The bordered table of `calicoctl node status`: centred headings, no wrapping. */
export function borderedTable(head: Row, rows: readonly Row[]): string {
  const widths = widthsOf([head, ...rows]);
  const rule = `+${widths.map((width) => "-".repeat(width + 2)).join("+")}+`;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const centred = head.map((cell, column) => cell.padStart(cell.length + Math.floor((widths[column]! - cell.length) / 2)));
  return [rule, line(padded(centred, widths)), rule, ...rows.map((row) => line(padded(row, widths))), rule].join("\n");
}

/** Columns without borders, as `ip` and `kubectl` print them. */
export function plainTable(head: Row, rows: readonly Row[]): string {
  const widths = widthsOf([head, ...rows]);
  return [head, ...rows].map((row) => padded(row, widths).join("  ").trimEnd()).join("\n");
}

/** JSON (two-space indent) or YAML of a whole answer. */
export function structured(output: "json" | "yaml", value: unknown): string {
  return output === "json" ? JSON.stringify(value, null, 2) : stringify(value).trimEnd();
}

function widthsOf(rows: readonly Row[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return widths;
}

function padded(row: readonly string[], widths: readonly number[]): string[] {
  return row.map((cell, column) => cell.padEnd(widths[column]!));
}
