/** The request to stop that Ctrl-C, SIGTERM or a closed terminal makes. */
export interface Stop extends Disposable {
  /** Aborts with the first request. */
  readonly signal: AbortSignal;
  /** Resolves with the first request. */
  readonly requested: Promise<void>;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * npm hands the terminal's Ctrl-C on to a program that the terminal has told already: a signal so soon after
 * the first is the same key press. Milliseconds.
 */
const SAME_KEY_PRESS = 500;

/** Listens for requests to stop: the first asks, a second one ends the process at once with exit code 130. */
export function listenForStop(): Stop {
  const controller = new AbortController();
  let firstAt = 0;
  const requested = new Promise<void>((resolve) => {
    controller.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const onSignal = () => {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      controller.abort();
    } else if (performance.now() - firstAt > SAME_KEY_PRESS) {
      process.exit(130);
    }
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    requested,
    [Symbol.dispose]() {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
