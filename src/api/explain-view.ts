import type { Prefix } from "../../protocol/net/prefix.js";
import { type CandidateExplanation, explain } from "../../rib/decision/explain.js";
import type { ExportExplanation } from "../../rib/export/explain-export.js";
import type { PolicyTrace } from "../../rib/policy/evaluate.js";
import type { RouteSource } from "../../rib/policy/policy.js";
import type { Rib } from "../../rib/rib.js";
import { sourceOf } from "../kernel/local-routes.js";
import type { HeldSession } from "../peer/sessions.js";
import type { Cause, NodePlan } from "../plan/node-plan.js";
import { conditionText, modificationText } from "../plan/policy-words.js";
import { attributesView } from "./attributes-view.js";
import type { CandidateView, ExplainView, ExportView } from "./views.js";

/** The whole story of one prefix. @param kernel what the kernel side says of it @param originated the routes of our own */
export function explainView(
  rib: Rib,
  sessions: Iterable<HeldSession>,
  prefix: Prefix,
  kernel: ExplainView["kernel"],
  originated: NodePlan["originated"],
): ExplainView {
  const { candidates } = explain(rib, prefix.family, prefix);
  const own = originated.find((candidate) => candidate.prefix.equals(prefix));
  const causeOf = (source: RouteSource) => (own !== undefined && source === sourceOf(own) ? own.cause : null);
  return {
    prefix: prefix.toString(),
    candidates: candidates.map((candidate) => candidateView(candidate, causeOf(candidate.peer.source))),
    kernel,
    exports: [...sessions].filter(({ plan }) => plan.family === prefix.family).flatMap((session) => exportViews(session, prefix)),
  };
}

function candidateView(candidate: CandidateExplanation, cause: Cause | null): CandidateView {
  const { peer, pathId, received, accepted, policy, verdict, reason, isStale } = candidate;
  return {
    peer: peer.source === "bgp" ? peer.address.toString() : peer.name,
    pathId,
    source: peer.source,
    cause,
    best: verdict === "best",
    multipath: verdict === "multipath",
    stale: isStale,
    reason: verdict === "best" ? `best: ${reason}` : reason,
    importPolicy: policy === null ? [] : traceLines(policy),
    attributes: attributesView(accepted ?? received, null),
  };
}

function exportViews({ plan, peer, routing }: HeldSession, prefix: Prefix): readonly ExportView[] {
  const base = { session: plan.name, peer: plan.address.toString() };
  const { membership } = routing;
  if (membership === null) {
    const reason = `the session is ${peer.status().state}`;
    return [{ ...base, pathId: null, from: null, sent: false, reason, policy: [], attributes: null }];
  }
  return membership.explain(prefix).map((explanation) => ({ ...base, ...exportOf(explanation) }));
}

function exportOf(explanation: ExportExplanation): Omit<ExportView, "session" | "peer"> {
  const { pathId, path, advertised, policy } = explanation;
  return {
    pathId,
    from: path?.peer ?? null,
    sent: advertised !== null,
    reason: exportReason(explanation),
    policy: policy === null ? [] : traceLines(policy),
    attributes: advertised === null ? null : attributesView(advertised, null),
  };
}

function exportReason({ path, refusal, policy, isOwn, isTooLong, isPending }: ExportExplanation): string {
  const pending = isPending ? " (an update about it is still to be sent)" : "";
  if (path === null) return `there is no best path${pending}`;
  if (refusal !== null) return `${refusal}${pending}`;
  if (isOwn) return `it was learned from this peer${pending}`;
  if (policy !== null && policy.verdict === "reject")
    return `rejected by ${policy.decidedBy ?? `the end of policy "${policy.policy}"`}${pending}`;
  if (isTooLong) return `its attributes do not fit into a message (RFC 8654 §4)${pending}`;
  return `accepted by ${policy?.decidedBy ?? "the policy"}${pending}`;
}

/** One line a statement that was tried, the deciding one last. */
function traceLines({ statements }: PolicyTrace): readonly string[] {
  return statements.map(({ name, outcome, failed, modifications }) => {
    if (failed !== null) return `${name}: does not match "${conditionText(failed)}"`;
    return `${name}: ${[...modifications.map(modificationText), outcome].join(", ")}`;
  });
}
