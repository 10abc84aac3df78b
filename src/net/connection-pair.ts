import { err, ok, type Result } from "../../protocol/result.js";
import { errorText, socketPair } from "../sys/libc.js";
import { type Ends, openStream, type Stream, TcpConnection } from "./connection.js";

/** A connection that does not leave this process, and the stream at its other end. */
export interface ConnectionPair {
  readonly near: TcpConnection;
  readonly far: Stream;
}

/** @param ends the addresses that the near end is to show: a socket pair has none */
export function connectionPair(ends: Ends): Result<ConnectionPair, string> {
  const descriptors = new Int32Array(2);
  const result = socketPair(descriptors);
  if (result < 0) return err(errorText(result));
  const [near, far] = descriptors as unknown as readonly [number, number];
  return ok({ near: new TcpConnection(openStream(near), ends), far: openStream(far) });
}
