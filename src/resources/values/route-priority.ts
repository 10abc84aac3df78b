import { integer } from "./scalars.js";

/** A priority of routes as Calico writes it (reference 5.5): a kernel metric, the lower the better. */
export const routePriority = integer(1, 2147483646);
