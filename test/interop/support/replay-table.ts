// Plays one side of a recorded session at a speaker: node replay-table.js MRT-FILE ADDRESS LOCAL-ADDRESS AS-NUMBER
// Prints "sent N" when all N UPDATEs are written, and then keeps the session up until it is ended.
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { keepalive, MESSAGE_TYPES, open, RawPeer } from "./raw-bgp.js";

const MRT_BGP4MP_ET = 17; // RFC 6396 §3: a BGP4MP record with microseconds
const MESSAGE_AS4 = 4;

const [file = "", host = "", localAddress = "", asNumber = ""] = process.argv.slice(2);
const updates = updatesOf(gunzipSync(readFileSync(file)));
const peer = await RawPeer.dial({ host, port: 179, localAddress });
if (peer === null) throw new Error(`nobody listens at ${host}`);
peer.send(open({ asNumber: Number(asNumber), routerId: localAddress, holdTimeSeconds: 240 }));
await heard(MESSAGE_TYPES.open);
peer.send(keepalive());
await heard(MESSAGE_TYPES.keepalive);
for (const update of updates) {
  if (!peer.socket.write(update)) await new Promise((resolve) => peer.socket.once("drain", resolve));
}
console.log(`sent ${updates.length}`);
setInterval(() => peer.send(keepalive()), 20_000);
peer.socket.on("close", () => process.exit(1));

/** The UPDATEs of the file, in order. */
function updatesOf(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const [type, subtype, length] = [bytes.readUInt16BE(at + 4), bytes.readUInt16BE(at + 6), bytes.readUInt32BE(at + 8)];
    const body = bytes.subarray(at + 12 + 4, at + 12 + length); // after the microseconds
    at += 12 + length;
    if (type !== MRT_BGP4MP_ET || subtype !== MESSAGE_AS4) continue;
    const message = body.subarray(12 + (body.readUInt16BE(10) === 2 ? 32 : 8)); // after AS numbers, interface, AFI, addresses
    if (message[18] === MESSAGE_TYPES.update) found.push(message);
  }
  return found;
}

/** Resolves when a message of this type has come. */
function heard(type: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      if (peer?.has(type)) resolve();
      else if (peer?.closed) reject(new Error(`closed before a message of type ${type} came`));
    };
    peer?.socket.on("data", look);
    peer?.socket.on("close", look);
    look();
  });
}
