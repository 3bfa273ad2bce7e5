/** Kills what is still running when we end, however we end; each entry kills one process that we started. */
const running = new Set<() => void>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function killAll(): void {
  for (const kill of running) kill();
}

/** A signal ends us without an exit event, so its handler does what the event would and lets the signal through. */
function endBy(signal: NodeJS.Signals): void {
  killAll();
  unwatch();
  process.kill(process.pid, signal);
}

/** From here on the process that `kill` ends does not outlive us. */
export function watch(kill: () => void): void {
  if (running.size === 0) {
    process.on('exit', killAll);
    for (const signal of SIGNALS) process.on(signal, endBy);
  }
  running.add(kill);
}

/** It has ended. */
export function forget(kill: () => void): void {
  if (running.delete(kill) && running.size === 0) unwatch();
}

function unwatch(): void {
  process.off('exit', killAll);
  for (const signal of SIGNALS) process.off(signal, endBy);
}
