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

/** Turns the references of a plan's sessions into what the plan says of them; each is looked up and judged once. */
export class PasswordPlanner {
  readonly #set: ResourceSet;
  readonly #strict: boolean;
  readonly #known = new Map<string, PasswordReference>();
  readonly faults: PlanFault[] = [];
  readonly missing: PlanFault[] = []; // under `strict`, what refuses the plan

  /** @param strict a missing Secret or key is an error rather than a session without a password */
  constructor(set: ResourceSet, strict: boolean) {
    this.#set = set;
    this.#strict = strict;
  }

  plan(reference: SecretKeyReference | null, cause: Cause): PasswordReference | null {
    if (reference === null) return null;
    const id = JSON.stringify([reference.name, reference.key, cause.kind, cause.name]);
    let planned = this.#known.get(id);
    if (planned === undefined) {
      planned = this.#lookUp(reference, cause);
      this.#known.set(id, planned);
    }
    return planned;
  }

  #lookUp({ name, key }: SecretKeyReference, cause: Cause): PasswordReference {
    const value = passwordOf(this.#set, { secret: name, key });
    const asker = `${cause.kind} ${cause.name}`;
    if (value === null) {
      const what = this.#set.secrets.has(name) ? `Secret ${name} has no key ${key}` : `there is no Secret ${name}`;
      if (this.#strict) this.missing.push(error(`${asker}: ${what}`, cause));
      else this.faults.push(warning(`${asker}: ${what}: its sessions have no password`, cause));
    } else if (value.byteLength > MAX_KEY_OCTETS) {
      const size = `${value.byteLength} octets`;
      this.faults.push(error(`${asker}: key ${key} of Secret ${name} has ${size}, TCP-MD5 takes ${MAX_KEY_OCTETS}`, cause));
    }
    return { secret: name, key, missing: value === null, digest: value?.digest() ?? null };
  }
}
