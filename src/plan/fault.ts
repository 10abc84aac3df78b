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
