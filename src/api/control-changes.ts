import { setTimeout } from "node:timers/promises";
import { parseIpAddress } from "../../protocol/net/text.js";
import type { Rib } from "../../rib/rib.js";
import { previewChange } from "../change-preview.js";
import { type Confirmation, LONGEST_ARRIVAL_SECONDS } from "../generations/confirmation.js";
import { unpackGeneration } from "../generations/generation-file.js";
import type { History } from "../generations/history.js";
import type { Forwarding } from "../kernel/forwarding.js";
import type { Sessions } from "../peer/sessions.js";
import type { NodePlan } from "../plan/node-plan.js";
import type { Resources } from "../resources.js";
import { trialView } from "./generation-views.js";
import { type Answer, type Changes, json, refusal } from "./server.js";
import type { ArrivalView, ConfirmedView } from "./views.js";

/** Seconds that a change may be on trial at most: a day. */
const LONGEST_TRIAL = 86_400;

const BETWEEN_LOOKS_MS = 20;

/** What the control API changes, or works hard for. */
export interface ChangeParts {
  readonly rib: Rib;
  readonly sessions: Sessions;
  readonly forwarding: Forwarding;
  readonly history: History;
  readonly resources: Resources;
  readonly confirmation: Confirmation;
  readonly plan: () => NodePlan;
}

/** What only root and the daemon's own user may ask over the control socket. */
export function controlChanges(parts: ChangeParts): Changes {
  return {
    "/v1/preview": (query, body) => preview(parts, query, body),
    "/v1/trial": (query) => trial(parts, query),
    "/v1/arrival": (query) => arrival(parts, query.get("digest") ?? ""),
    "/v1/confirm": (query) => confirm(parts, query.has("force")),
  };
}

/** Of the files in the body, packed as a generation. */
async function preview(parts: ChangeParts, query: URLSearchParams, body: Uint8Array): Promise<Answer> {
  const given = query.get("operator");
  const operator = given === null ? null : parseIpAddress(given);
  if (operator !== null && !operator.ok) return refusal(400, operator.error);
  const opened = await unpackGeneration(body);
  if (!opened.ok) return refusal(400, opened.error);
  const plan = await parts.resources.consider(opened.value.files, query.get("place") ?? "given");
  if (!plan.ok) return refusal(409, plan.error);
  return json(await previewChange({ ...parts, plan: parts.plan() }, plan.value, operator?.value ?? null));
}

/** What comes into force from now on is on trial. */
async function trial({ history, resources, sessions, confirmation }: ChangeParts, query: URLSearchParams): Promise<Answer> {
  const seconds = Number(query.get("seconds"));
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST_TRIAL)
    return refusal(400, `a trial of ${query.get("seconds")} s: allowed are 1 to ${LONGEST_TRIAL}`);
  await history.settled();
  const { running, trouble } = history;
  if (running === null) return refusal(409, `there is no generation to go back to: ${trouble ?? "none is kept"}`);
  const up = [...sessions].filter(({ peer }) => peer.status().phase === "up");
  const established = [...new Set(up.map(({ plan }) => plan.address.toString()))];
  const begun = await confirmation.begin({ returnTo: running, digest: resources.accepted.digest, seconds, established });
  return begun.ok ? json(trialView(begun.value)) : refusal(409, begun.error);
}

/** Answers once the files of this digest are in force. */
async function arrival({ resources, history }: ChangeParts, digest: string): Promise<Answer> {
  const deadline = performance.now() + LONGEST_ARRIVAL_SECONDS * 1000;
  while (performance.now() < deadline) {
    const isKept = history.running !== null || history.trouble !== null;
    if (resources.accepted.digest === digest && isKept) return json({ generation: history.running } satisfies ArrivalView);
    await setTimeout(BETWEEN_LOOKS_MS);
  }
  return refusal(409, `the files were written, but the daemon does not follow them; see "peregrine status"`);
}

async function confirm({ confirmation }: ChangeParts, isForced: boolean): Promise<Answer> {
  const confirmed = await confirmation.confirm(isForced);
  if (!confirmed.ok) return refusal(409, confirmed.error);
  const { waitsFor, pending } = confirmed.value;
  return json({ waitsFor, trial: trialView(pending) } satisfies ConfirmedView);
}
