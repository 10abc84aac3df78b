import { err, ok } from "../../../protocol/result.js";
import type { FieldReader, ParseValue } from "../field-reader.js";
import { nearMiss } from "../near-miss.js";
import type { ResourceScope } from "../resource-scope.js";
import type { Community, LargeCommunity, PrefixAdvertisement } from "../resource-set.js";
import { cidr } from "../values/addresses.js";
import { ALLOWED_COMMUNITY, literalCommunity, looksLikeCommunity } from "../values/community.js";
import { resourceName } from "../values/names.js";
import { found } from "../values/scalars.js";

const MOST_ENTRIES = 500;
const MOST_COMMUNITIES = 50;

/** Reads `communities` and `prefixAdvertisements` of a BGPConfiguration; names are resolved within it. */
export function readPrefixAdvertisements(spec: FieldReader, scope: ResourceScope): PrefixAdvertisement[] {
  const named = readNamedCommunities(spec);
  const entries = spec.objects("prefixAdvertisements");
  if (named.size > 0 && entries.length === 0) {
    spec.complain("communities", {
      message: "are used by no prefixAdvertisements",
      remedy: "add prefixAdvertisements, or remove them",
    });
  }
  spec.checkCount("prefixAdvertisements", 0, MOST_ENTRIES);
  return entries.flatMap((entry) => readAdvertisement(entry, named, scope) ?? []);
}

function readNamedCommunities(spec: FieldReader): Map<string, Community> {
  const entries = spec.objects("communities");
  spec.checkCount("communities", 0, MOST_ENTRIES);
  const named = new Map<string, Community>();
  for (const entry of entries) {
    const name = entry.required("name", resourceName);
    const value = entry.required("value", literalCommunity);
    entry.finish();
    if (name === null || value === null) continue;
    if (named.has(name)) entry.warn("name", { message: `${name} is defined before; this one has no effect` });
    else named.set(name, value);
  }
  return named;
}

function readAdvertisement(entry: FieldReader, named: Map<string, Community>, scope: ResourceScope): PrefixAdvertisement | null {
  const block = entry.required("cidr", cidr());
  const communities = entry.list("communities", communityOf(named));
  if (!entry.has("communities"))
    entry.complain("communities", { message: "is required", allowed: `names of communities, or ${ALLOWED_COMMUNITY}` });
  entry.checkCount("communities", 0, MOST_COMMUNITIES);
  entry.finish();
  if (!block) return null;
  return { cidr: block, ...sorted(communities), cause: scope.causeAt(entry.span[0]) };
}

/** What looks like a literal is one, even where a community has that name. */
function communityOf(named: Map<string, Community>): ParseValue<Community> {
  return (scalar, warn) => {
    if (looksLikeCommunity(scalar.written)) return literalCommunity(scalar, warn);
    const community = named.get(scalar.text);
    if (community !== undefined) return ok(community);
    const meant = nearMiss(scalar.text, named.keys());
    const complaint = {
      message: `there is no community named ${found(scalar.text)}`,
      allowed: `a name under communities, or ${ALLOWED_COMMUNITY}`,
    };
    return err(meant ? { ...complaint, remedy: `did you mean "${meant}"?` } : complaint);
  };
}

function sorted(communities: readonly Community[]): Pick<PrefixAdvertisement, "communities" | "largeCommunities"> {
  const standard = new Set(communities.filter((community): community is number => typeof community === "number"));
  const large = communities.filter((community): community is LargeCommunity => typeof community !== "number");
  const distinct = new Map(large.map((community) => [community.join(":"), community]));
  return {
    communities: [...standard].sort((a, b) => a - b),
    largeCommunities: [...distinct.values()].sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]),
  };
}
