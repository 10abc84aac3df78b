import { AttributeCursor } from "../export/attribute-cursor.js";
import type { NextHopTable } from "../next-hop-table.js";
import type { AttributeSetTable } from "../store/attribute-set-table.js";
import { type AttributeSetId, NO_NEXT_HOP } from "../store/ids.js";
import type { PrefixTable } from "../store/prefix-table.js";

/** The tables that routes of one family live in, as policy reads them. */
export interface PolicyTables {
  readonly attributes: AttributeSetTable;
  readonly prefixes: PrefixTable;
  readonly nextHops: NextHopTable;
}

/** The name of the interface a route leaves by: its own when a local source named one, else that of its next hop; null: unknown. */
export function interfaceOf(tables: PolicyTables, set: AttributeSetId): string | null {
  const { attributes, nextHops } = tables;
  const name = attributes.interfaceName(set);
  if (name !== null) return name;
  const nextHop = attributes.nextHop(set);
  return nextHop === NO_NEXT_HOP ? null : nextHops.interfaceOf(nextHop);
}

const CURSOR = new AttributeCursor();

/** A cursor at the start of the set's attributes; one for all, so use it before the next call. */
export function attributesOf(tables: PolicyTables, set: AttributeSetId): AttributeCursor {
  const { attributes } = tables;
  const start = attributes.offset(set);
  CURSOR.reset(attributes.view(set), start, start + attributes.byteLength(set));
  return CURSOR;
}
