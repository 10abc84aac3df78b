import type { Asn } from "../../protocol/net/asn.js";
import type { Prefix } from "../../protocol/net/prefix.js";

/**
 * A routing policy: statements in order. The first one whose conditions all hold and whose verdict is final ends it;
 * "next" applies its modifications and goes on. When none decided, `otherwise` does.
 * Plain data: made by `src/plan/`, compared by `diff()`, run by `evaluate.ts`.
 */
export interface Policy {
  readonly name: string;
  readonly statements: readonly Statement[];
  readonly otherwise: "accept" | "reject";
}

export interface Statement {
  readonly name: string; // for explain: "BGPFilter tor exportV4 rule 2 (filters.yaml:14)"
  readonly conditions: readonly Condition[]; // all must hold; none: matches every route
  readonly modifications: readonly Modification[];
  readonly verdict: "accept" | "reject" | "next";
}

/** What a route was learned from. */
export type RouteSource = "bgp" | "static" | "service" | "direct" | "kernel";

export type Condition =
  /** `in`: inside `cidr` (equal or more specific) with minLength <= length <= maxLength; `equal`: the same prefix; `not`: turned round. */
  | {
      readonly type: "prefix";
      readonly cidr: Prefix;
      readonly operator: "in" | "equal";
      readonly not: boolean;
      readonly minLength: number;
      readonly maxLength: number;
    }
  | { readonly type: "inside-any"; readonly cidrs: readonly Prefix[] }
  | { readonly type: "source"; readonly sources: readonly RouteSource[] }
  /** The outgoing interface matches one of the globs (`*` anywhere); a route with none does not match. */
  | { readonly type: "interface"; readonly globs: readonly string[] }
  | { readonly type: "local-pref"; readonly operator: "above" | "equal"; readonly value: number }
  | { readonly type: "community"; readonly community: number } // the route carries it (RFC 1997)
  | { readonly type: "large-community"; readonly community: LargeCommunity } // RFC 8092
  /** AS_PATH starts with exactly this sequence; towards an eBGP peer our own AS is in front already. Empty: always holds. */
  | { readonly type: "as-path-prefix"; readonly asns: readonly Asn[] }
  /** A condition that never holds (an empty range in a filter). */
  | { readonly type: "never" };

export type Modification =
  | { readonly type: "set-local-pref"; readonly value: number }
  /** On import: a BGP route is preferred as a static one is, before LOCAL_PREF. */
  | { readonly type: "raise-preference" }
  | { readonly type: "add-communities"; readonly communities: readonly number[] } // RFC 1997, 32 bits each
  | { readonly type: "add-large-communities"; readonly communities: readonly LargeCommunity[] }
  /** The numbers in front of the path in this order; towards an eBGP peer in front of our own AS. */
  | { readonly type: "prepend-as-path"; readonly asns: readonly Asn[] };

/** Global administrator and two local parts, 32 bits each (RFC 8092). */
export type LargeCommunity = readonly [number, number, number];
