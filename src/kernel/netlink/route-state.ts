/** What is known of a prefix in the kernel. */
export interface RouteState {
  readonly state: "installed" | "pending" | "failed" | "conflict" | "adopted" | "not wanted" | "observed";
  readonly metric: number | null; // of the route in the kernel, if any, else of the one that is wanted
  readonly error: string | null; // in the kernel's own words where it gave some
}
