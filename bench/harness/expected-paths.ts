import { PathReader } from "./path-reader.js";
import type { RouteTable } from "./route-table.js";
import { sharedInt32 } from "./shared-array.js";
import { type Announcer, UpdateStream } from "./update-stream.js";

/** The hash of the path of every prefix, as `PathReader` finds it when the announcer's routes arrive unchanged. */
export function expectedPaths(table: RouteTable, announcer: Announcer, withNextHop = false): Int32Array {
  const ofSet = hashesOfSets(table, announcer, withNextHop);
  const hashes = sharedInt32(table.count);
  for (let row = 0; row < table.count; row++) hashes[row] = ofSet[table.setOf[row]!]!;
  return hashes;
}

/** The same where several announce the same table: the best path is the shortest, then that of the lowest router id. */
export function expectedBestPaths(table: RouteTable, announcers: readonly Announcer[]): Int32Array {
  const ofSets = announcers.map((announcer) => hashesOfSets(table, announcer, false));
  const best = Int32Array.from({ length: table.sets.count }, (_, set) => {
    const lengths = announcers.map((announcer) => announcer.prepends?.(set) ?? 0);
    return ofSets[lengths.indexOf(Math.min(...lengths))]![set]!;
  });
  const hashes = sharedInt32(table.count);
  for (let row = 0; row < table.count; row++) hashes[row] = best[table.setOf[row]!]!;
  return hashes;
}

/** No route to anything. */
export function noPaths(table: RouteTable): Int32Array {
  return sharedInt32(table.count);
}

function hashesOfSets(table: RouteTable, announcer: Announcer, withNextHop: boolean): Int32Array {
  const reader = new PathReader(0, withNextHop);
  const stream = new UpdateStream();
  return Int32Array.from({ length: table.sets.count }, (_, set) => {
    stream.clear();
    stream.attributes(table.sets.get(set), set, announcer, table.family === 4);
    reader.read(stream.bytes, 0, stream.bytes.length);
    return reader.hash;
  });
}
