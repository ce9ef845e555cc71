/**
 * Takes over the timers of the module, and of nothing else: Node's own `fetch` has timers too. A wait between two attempts is
 * over at once; `expire` ends the longer ones.
 */
export function takeTimers(context) {
  const real = globalThis.setTimeout;
  const waits = [];
  const limits = new Set();
  globalThis.setTimeout = (callback, delay, ...rest) => {
    if (!new Error('for its stack').stack.includes('/auth-fetch.js')) return real(callback, delay, ...rest);
    if (delay >= 30_000) {
      limits.add(callback);
    } else {
      waits.push(delay);
      setImmediate(callback);
    }
    return undefined;
  };
  context.after(() => {
    globalThis.setTimeout = real;
  });
  return {
    waits,
    expire: () => limits.forEach((callback) => callback()),
  };
}
