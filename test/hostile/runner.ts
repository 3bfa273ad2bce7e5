import { execFile, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';

/** Runs child.ts in a process of its own, whose memory is bounded and which is killed when one input keeps it too long. */

export interface Outcome {
  /** Crashes, hangs and refusals of what is good, each by the name of the input that shows it again. */
  readonly failures: readonly string[];
  readonly inputs: number;
  /** How many inputs were taken as they were. */
  readonly loaded: number;
  /** Processor time of the slowest input, in milliseconds, and which it was. */
  readonly slowest: readonly { readonly name: string; readonly milliseconds: number }[];
  /** The most memory that the process ever had, in bytes. */
  readonly peak: number;
}

export interface Bounds {
  /** Of the old space of V8, in MiB. */
  readonly heap: number;
  /** How long one input may keep the process before it is killed, in milliseconds: a hang, not a measure of speed. */
  readonly patience: number;
}

let built: Promise<Readonly<Record<'child' | 'alone', string>>> | undefined;

/** The scripts, bundled so that the oldest Node runs them. */
function scripts(): NonNullable<typeof built> {
  built ??= (async () => {
    const bundle = await rolldown({
      input: { child: 'test/hostile/child.ts', alone: 'test/hostile/alone.ts' },
      platform: 'node',
      tsconfig: false,
      transform: { target: 'node20.19' },
      external: /^[^./]/u,
    });
    await bundle.write({
      dir: '.cache/hostile',
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
    });
    await bundle.close();
    return { child: '.cache/hostile/child.js', alone: '.cache/hostile/alone.js' };
  })();
  return built;
}

interface Line {
  readonly name?: string;
  readonly how?: string;
  readonly said?: string;
  readonly milliseconds?: number;
  readonly failed?: string;
  readonly done?: boolean;
  readonly peak?: number;
}

function flags(heap: number): readonly string[] {
  return [
    '--no-warnings',
    // See src/cli/main.ts: V8 of Node 20 aborts in hot loops that call WebAssembly.
    ...(process.versions.node.startsWith('20.') ? ['--no-turbo-inline-js-wasm-calls'] : []),
    `--max-old-space-size=${heap}`,
  ];
}

/**
 * The most memory, in bytes, that a process has which reads only this document, in place of the file `path` of the sample
 * store. Rejects where the process ends before it says so.
 */
export async function memoryOf(path: string, bytes: Uint8Array, { heap }: Pick<Bounds, 'heap'>): Promise<number> {
  const { alone } = await scripts();
  const file = '.cache/hostile/alone.bin';
  writeFileSync(file, bytes);
  const { stdout } = await promisify(execFile)(process.execPath, [...flags(heap), alone, path, file]);
  return (JSON.parse(stdout) as { readonly peak: number }).peak;
}

/** Gives the corpus, if asked, and the inputs `from` to `to` (exclusive). */
export async function runHostile(
  range: { readonly from: number; readonly to: number; readonly corpus: boolean },
  bounds: Bounds,
): Promise<Outcome> {
  const { child: script } = await scripts();
  const failures: string[] = [];
  const times: { readonly name: string; readonly milliseconds: number }[] = [];
  let inputs = 0;
  let loaded = 0;
  let peak = 0;
  let isDone = false;
  let current = 'the start';
  const process_ = spawn(
    process.execPath,
    [...flags(bounds.heap), script, String(range.from), String(range.to), range.corpus ? '1' : '0'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let words = '';
  process_.stderr.on('data', (data: Buffer) => {
    words = (words + data.toString()).slice(-2_000);
  });
  let timer: NodeJS.Timeout | undefined;
  const patient = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      failures.push(`${current} kept the process for more than ${bounds.patience} ms`);
      process_.kill('SIGKILL');
    }, bounds.patience);
  };
  patient();
  for await (const text of createInterface({ input: process_.stdout })) {
    patient();
    const line = JSON.parse(text) as Line;
    if (line.name !== undefined) {
      current = `${line.name} (${line.how ?? ''})`;
      inputs += 1;
    }
    if (line.failed !== undefined) failures.push(line.failed);
    if (line.said === 'loaded') loaded += 1;
    if (line.milliseconds !== undefined) times.push({ name: current, milliseconds: line.milliseconds });
    if (line.done === true) {
      isDone = true;
      peak = line.peak ?? 0;
    }
  }
  clearTimeout(timer);
  if (!isDone) failures.push(`the process ended at ${current}: ${words.trim()}`);
  const slowest = times.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, 12);
  return { failures, inputs, loaded, slowest, peak };
}
