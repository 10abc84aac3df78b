/** The twin of AdjRibIn: by prefix id what was received, what was accepted, and whether it is stale. */
export class NaiveAdjRibIn {
  readonly routes = new Map<number, { received: number; accepted: number; stale: boolean }>();

  put(prefix: number, received: number, accepted: number): void {
    const stale = this.routes.get(prefix)?.stale ?? false;
    if (received === 0) this.routes.delete(prefix);
    else this.routes.set(prefix, { received, accepted, stale });
  }

  markStale(): void {
    for (const route of this.routes.values()) route.stale = true;
  }

  next(prefix: number): number {
    return [...this.routes.keys()].filter((id) => id > prefix).sort((a, b) => a - b)[0] ?? 0;
  }

  get acceptedCount(): number {
    return [...this.routes.values()].filter(({ accepted }) => accepted !== 0).length;
  }
}
