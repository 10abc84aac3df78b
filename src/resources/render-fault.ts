import type { Excerpt, ResourceFault } from "./resource-fault.js";

/**
 * A fault for people:
 *
 *     error: peers.yaml:7:3: BGPPeer tor: spec.asNumbr: unknown field
 *       7 |   asNumbr: 64512
 *         |   ^^^^^^^
 *       did you mean "asNumber"?
 */
export function renderFault(fault: ResourceFault): string {
  const lines = [`${fault.severity}: ${[place(fault), subject(fault), fault.field, fault.message].filter(Boolean).join(": ")}`];
  if (fault.excerpt) lines.push(...quoteSource(fault.line, fault.excerpt));
  if (fault.allowed) lines.push(`  allowed: ${fault.allowed}`);
  if (fault.remedy) lines.push(`  ${fault.remedy}`);
  return lines.join("\n");
}

/** The faults one after the other, and last how many there are. */
export function renderFaults(faults: readonly ResourceFault[]): string {
  const errors = faults.filter((fault) => fault.severity === "error").length;
  const total = `${count(errors, "error")}, ${count(faults.length - errors, "warning")}`;
  return [...faults.map(renderFault), total].join("\n\n");
}

function place(fault: ResourceFault): string {
  return fault.line === 0 ? fault.file : `${fault.file}:${fault.line}:${fault.column}`;
}

function subject(fault: ResourceFault): string | null {
  return fault.kind && fault.name ? `${fault.kind} ${fault.name}` : fault.kind;
}

function quoteSource(line: number, excerpt: Excerpt): string[] {
  const number = String(line);
  const before = excerpt.text.slice(0, excerpt.column - 1).replace(/[^\t]/g, " "); // tabs stay, so that the caret lines up
  return [`  ${number} | ${excerpt.text}`, `  ${" ".repeat(number.length)} | ${before}${"^".repeat(excerpt.length)}`];
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
