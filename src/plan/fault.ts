import type { Cause, PlanFault } from "./node-plan.js";

export function warning(message: string, cause: Cause | null): PlanFault {
  return { severity: "warning", message, cause };
}

export function error(message: string, cause: Cause | null): PlanFault {
  return { severity: "error", message, cause };
}

/** Where a cause stands, as explain and the log show it: `tor.yaml:14`. */
export function placeOf(cause: Cause): string {
  return `${cause.file}:${cause.line}`;
}

/** A fault of a plan in one line, with the place that caused it. */
export function planFaultText({ severity, message, cause }: PlanFault): string {
  return cause === null ? `${severity}: ${message}` : `${severity}: ${placeOf(cause)}: ${message}`;
}
