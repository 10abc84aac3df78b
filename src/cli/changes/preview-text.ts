import type { EffectView, PreviewView, SessionEffectView } from "../../api/views.js";
import { plainTable } from "../render.js";

/** What a change would do, for people. */
export function previewText({ node, steps, dangers, sessions, kernel, warnings }: PreviewView): string {
  const touched = sessions.filter(
    (session) => session.fate !== "stays" || isTouched(session.accepted) || isTouched(session.advertised),
  );
  const rows = touched.map((s) => [
    s.session,
    s.peer,
    s.fate,
    s.why.join(",") || "-",
    effectText(s.accepted),
    effectText(s.advertised),
  ]);
  const { mode, added, removed, changed } = kernel;
  return [
    ...(steps.length === 0
      ? [`Node ${node} would have nothing to do.`]
      : [`Node ${node} would do:`, ...steps.map((step) => `  ${step}`)]),
    ...(rows.length === 0 ? [] : ["", plainTable(["SESSION", "PEER", "FATE", "WHY", "ACCEPTED", "TOLD"], rows)]),
    ...touched.flatMap(exampleLines),
    ...(added + removed + changed === 0
      ? []
      : ["", `Kernel routes (--kernel ${mode}): ${added} come, ${removed} go, ${changed} change`]),
    ...(warnings.length === 0 ? [] : ["", ...warnings]),
    ...(dangers.length === 0 ? [] : ["", "Dangerous, so it needs --force:", ...dangers.map((danger) => `  ${danger}`)]),
  ].join("\n");
}

function isTouched(effect: EffectView | null): boolean {
  return effect !== null && effect.gained + effect.lost + effect.changed > 0;
}

/** E.g. `12 → 11 (+0 -1 ~3)`: gained, lost, told with other attributes. */
function effectText(effect: EffectView | null): string {
  if (effect === null) return "-";
  const { before, after, gained, lost, changed } = effect;
  return isTouched(effect) ? `${before} → ${after} (+${gained} -${lost} ~${changed})` : String(before);
}

const MARKS = { gained: "+", lost: "-", changed: "~" } as const;

function exampleLines({ session, accepted, advertised }: SessionEffectView): string[] {
  const line = (what: string, effect: EffectView | null) =>
    effect === null || effect.examples.length === 0
      ? []
      : [`  ${session} ${what}: ${effect.examples.map(({ prefix, change }) => MARKS[change] + prefix).join(" ")}`];
  return [...line("accepted", accepted), ...line("told", advertised)];
}
