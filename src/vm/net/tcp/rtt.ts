// How long a round trip takes, and from it how long to wait for one: RFC 6298.

/** Linux's own minimum is 200 ms; its receiver may hold an acknowledgement back for so long. */
const RTO_MIN_MS = 200;
export const RTO_MAX_MS = 20_000;
/** What a peer may hold back the acknowledgement of a single segment, as Linux does once it is not in a hurry. */
const DELAYED_ACK_MS = 50;

export class RoundTrip {
  /** The retransmission timeout. */
  rto = 1000;
  #smoothed: number | undefined;
  #variance = 0;
  #minimum = Infinity;

  /** Undefined until a round trip was measured. */
  get smoothed(): number | undefined {
    return this.#smoothed;
  }

  get minimum(): number {
    return this.#minimum;
  }

  measured(rtt: number): void {
    this.#minimum = Math.min(this.#minimum, rtt);
    if (this.#smoothed === undefined) {
      this.#smoothed = rtt;
      this.#variance = rtt / 2;
    } else {
      this.#variance = 0.75 * this.#variance + 0.25 * Math.abs(this.#smoothed - rtt);
      this.#smoothed = 0.875 * this.#smoothed + 0.125 * rtt;
    }
    this.rto = Math.min(RTO_MAX_MS, this.#smoothed + Math.max(RTO_MIN_MS, 4 * this.#variance));
  }

  backOff(): void {
    this.rto = Math.min(RTO_MAX_MS, this.rto * 2);
  }

  /** When to ask by a probe whether the end of what was sent has arrived (RFC 8985 section 7.2). */
  probeDelay(single: boolean): number {
    if (this.#smoothed === undefined) return this.rto;
    return Math.min(this.rto, 2 * this.#smoothed + (single ? DELAYED_ACK_MS : 5));
  }
}
