import type { ResourceSet, SecretKeyReference } from "../resources/resource-set.js";
import type { SecretValue } from "../resources/secret-value.js";
import { error, warning } from "./fault.js";
import type { Cause, PasswordReference, PlanFault } from "./node-plan.js";

/** Octets of a TCP-MD5 key that Linux takes (TCP_MD5SIG_MAXKEYLEN). */
const MAX_KEY_OCTETS = 80;

/** The password that a plan refers to, or null when the Secret or the key is not there. */
export function passwordOf(set: ResourceSet, reference: Pick<PasswordReference, "secret" | "key">): SecretValue | null {
  return set.secrets.get(reference.secret)?.spec.values.get(reference.key) ?? null;
}

/** What a plan says of a password, and what is wrong with it. */
export interface PlannedPassword {
  readonly reference: PasswordReference | null; // null: nobody asks for one
  readonly faults: readonly PlanFault[];
  readonly missing: readonly PlanFault[]; // what refuses the plan where secrets are strict
}

const NO_PASSWORD: PlannedPassword = { reference: null, faults: [], missing: [] };

/**
 * @param cause who asks for it
 * @param strict a missing Secret or key is an error rather than a session without a password
 */
export function planPassword(
  set: ResourceSet,
  wanted: SecretKeyReference | null,
  cause: Cause,
  strict: boolean,
): PlannedPassword {
  if (wanted === null) return NO_PASSWORD;
  const { name, key } = wanted;
  const value = passwordOf(set, { secret: name, key });
  const asker = `${cause.kind} ${cause.name}`;
  const reference = { secret: name, key, missing: value === null, digest: value?.digest() ?? null };
  if (value === null) {
    const what = set.secrets.has(name) ? `Secret ${name} has no key ${key}` : `there is no Secret ${name}`;
    if (strict) return { reference, faults: [], missing: [error(`${asker}: ${what}`, cause)] };
    return { reference, faults: [warning(`${asker}: ${what}: its sessions have no password`, cause)], missing: [] };
  }
  if (value.byteLength <= MAX_KEY_OCTETS) return { reference, faults: [], missing: [] };
  const size = `${value.byteLength} octets`;
  const tooLong = `${asker}: key ${key} of Secret ${name} has ${size}, TCP-MD5 takes ${MAX_KEY_OCTETS}`;
  return { reference, faults: [error(tooLong, cause)], missing: [] };
}
