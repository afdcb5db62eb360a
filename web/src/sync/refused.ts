// Owns the one error that commands reject with; it can travel between a tab and the engine.
import type { Failure } from "../contract/wire";

/** `offline` and `timeout` are this client's own; all other codes are the server's. */
export class Refusal extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }

  get code(): string {
    return this.failure.code;
  }

  /** Nothing is wrong with the command itself: it may be sent again as it is. */
  get passing(): boolean {
    return ["offline", "timeout", "unavailable", "sync.busy", "limit.too_fast", "auth.required"].includes(this.code);
  }
}

export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  return new Refusal({ code: "internal", message: String(error) });
}
