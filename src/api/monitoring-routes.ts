import type { Metrics } from "../observe/metrics.js";
import { type Routes, text } from "./server.js";
import type { StatusView } from "./views.js";

/** How long after its start the daemon is ready only when every peer is (reference 6.1). */
const START_WINDOW_SECONDS = 60;

/** /metrics, and the answers of liveness and readiness probes. */
export function monitoringRoutes(metrics: Metrics, status: () => StatusView): Routes {
  return {
    "/metrics": async () => text(200, metrics.contentType, await metrics.text()),
    "/healthz": () => text(200, "text/plain", "alive\n"),
    "/readyz": () => {
      const reason = notReady(status());
      return reason === null ? text(200, "text/plain", "ready\n") : text(503, "text/plain", `${reason}\n`);
    },
  };
}

/** Why traffic should not come yet, or null: no peers is ready; at first every peer must be up and have told its routes, later one is enough. */
export function notReady({
  sessions,
  uptimeSeconds,
  recovery,
}: Pick<StatusView, "sessions" | "uptimeSeconds" | "recovery">): string | null {
  const down = sessions.filter(({ state }) => state !== "up");
  const names = down.map(({ name }) => name).join(", ");
  if (uptimeSeconds < START_WINDOW_SECONDS) {
    if (down.length > 0) return `not Established yet: ${names}`;
    if (recovery.phase === "deferring") return `graceful restart: waiting for ${recovery.waitingFor.join(", ")}`;
  }
  if (down.length === 0) return null;
  return down.length === sessions.length ? `no session is Established: ${names}` : null;
}
