import koffi from "koffi";
import { setsockopt } from "./libc.js";

/** An instruction of the classic packet filter (`struct sock_filter`). */
export interface FilterInstruction {
  readonly code: number;
  readonly jumpTrue: number; // instructions to skip
  readonly jumpFalse: number;
  readonly operand: number;
}

/** Loads the 32 bits at octet `offset` of the datagram, read in network order. */
export function loadWord(offset: number): FilterInstruction {
  return { code: 0x20, jumpTrue: 0, jumpFalse: 0, operand: offset };
}

/** Goes on with the next instruction when the loaded value is `value`, else skips `otherwise` instructions. */
export function requireEqual(value: number, otherwise: number): FilterInstruction {
  return { code: 0x15, jumpTrue: 0, jumpFalse: otherwise, operand: value };
}

export const DROP: FilterInstruction = { code: 0x06, jumpTrue: 0, jumpFalse: 0, operand: 0 };
export const DELIVER: FilterInstruction = { code: 0x06, jumpTrue: 0, jumpFalse: 0, operand: 0x7fffffff };

/**
 * Attaches a filter to a socket: what it drops never reaches the receive queue. Answers with 0 or the negative error number.
 *
 * One buffer holds `struct sock_fprog` (count at 0, pointer at 8) and the program behind it (8 octets an instruction):
 * the pointer keeps nothing alive.
 */
export function attachFilter(fd: number, program: readonly FilterInstruction[]): number {
  const arena = new Uint8Array(16 + 8 * program.length);
  const view = new DataView(arena.buffer);
  view.setUint16(0, program.length, true);
  view.setBigUint64(8, koffi.address(arena) + 16n, true);
  program.forEach(({ code, jumpTrue, jumpFalse, operand }, index) => {
    const at = 16 + 8 * index;
    view.setUint16(at, code, true);
    view.setUint8(at + 2, jumpTrue);
    view.setUint8(at + 3, jumpFalse);
    view.setUint32(at + 4, operand, true);
  });
  return setsockopt(fd, 1, 26, arena.subarray(0, 16));
}
