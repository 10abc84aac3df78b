/** What a peer's OPEN said of graceful restart; null: nothing. */
export interface OfferedRestart {
  readonly seconds: number;
  readonly notification: boolean; // N
  readonly forwarding: boolean; // F
}

/** The twin of RoutingSession and Rib for the routes of one peer that comes and goes (RFC 4724 §4.2, RFC 8538 §4.1). */
export class NaiveRetention {
  /** By prefix: since when the route is stale; null: it is not. */
  readonly routes = new Map<string, number | null>();
  isUp = false;
  #now = 0;
  #offer: OfferedRestart | null = null;
  #returnBy = Number.POSITIVE_INFINITY;
  #bound = Number.POSITIVE_INFINITY;

  comesUp(offer: OfferedRestart | null): void {
    this.isUp = true;
    this.#offer = offer;
    this.#returnBy = Number.POSITIVE_INFINITY;
    if (offer?.forwarding !== true) this.endOfRib();
  }

  goesDown(how: "tcp" | "notification" | "hard-reset"): void {
    this.isUp = false;
    const offer = this.#offer;
    const isKept = offer !== null && (how === "tcp" || (how === "notification" && offer.notification));
    if (!isKept) {
      this.routes.clear();
      this.#settle();
      return;
    }
    if (!offer.notification) this.endOfRib(); // what an earlier restart left
    for (const [prefix, since] of this.routes) this.routes.set(prefix, since ?? this.#now);
    this.#returnBy = this.#now + offer.seconds;
    this.#bound = Math.min(this.#bound, this.#returnBy + 360);
  }

  announce(prefix: string): void {
    this.routes.set(prefix, null);
  }

  withdraw(prefix: string): void {
    this.routes.delete(prefix);
  }

  endOfRib(): void {
    for (const [prefix, since] of this.routes) if (since !== null) this.routes.delete(prefix);
    this.#settle();
  }

  passes(seconds: number): void {
    this.#now += seconds;
    if (this.#now >= this.#returnBy || this.#now >= this.#bound) this.endOfRib();
  }

  get stale(): string[] {
    return [...this.routes].flatMap(([prefix, since]) => (since === null ? [] : [prefix])).sort();
  }

  #settle(): void {
    this.#returnBy = Number.POSITIVE_INFINITY;
    this.#bound = Number.POSITIVE_INFINITY;
  }
}
