import { setFlagsFromString } from "node:v8";
import { alwaysMapFrom } from "./libc.js";

const LARGE = 128 * 1024; // octets: glibc's own first threshold, which it would raise

/**
 * Has this process hold little memory besides its tables; to be called before anything else is loaded. Routes are no objects, so
 * there is little for the young generation: it stays at 1 MB a half. It would grow to 8 while modules are loaded, and stay so until
 * nothing has been going on for a quarter of a minute: 15 MB of the peak, where a full table comes at once. What is
 * freed of more than 128 KB goes back to the kernel at once (3 MB less at that peak).
 */
export function holdLittleMemory(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  alwaysMapFrom(LARGE);
}
