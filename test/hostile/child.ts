import { writeFileSync, writeSync } from 'node:fs';
import { GROWN } from './grown.ts';
import { CORPUS, type Input, inputFor } from './inputs.ts';
import { loaders } from './loaders.ts';
import { peakMemory } from './memory.ts';

// Gives hostile inputs to every loader, a line on standard output before and behind each: whoever started this process sees at
// which one it hung or died. Arguments: from which number, to which (exclusive), and whether the corpus is given first.

/** Processor time, in milliseconds, from which on an input is timed again. */
const LONG = 500;

const [from = 0, to = 0, withCorpus = 0] = process.argv.slice(2).map(Number);
const all = await loaders();

for (const loader of all) {
  const said: string[] = [];
  for (const sample of loader.samples) said.push(await loader.load(sample));
  // Where every sample is refused, only the refusal would be tried. Several readers share samples.
  if (!said.includes('loaded')) tell({ failed: `${loader.name}: its own samples are refused: ${said.join(', ')}` });
}
if (withCorpus === 1) {
  for (const loader of all) {
    for (const input of [...(GROWN.get(loader.name) ?? []), ...CORPUS]) await give(loader.name, input, loader.load);
  }
}
for (let i = from; i < to; i += 1) {
  const loader = all[i % all.length];
  if (loader !== undefined) await give(`${loader.name} ${i}`, inputFor(loader, i), loader.load);
}
tell({ done: true, peak: peakMemory() });

async function give(
  name: string,
  { how, bytes }: Input,
  load: (bytes: Uint8Array) => string | Promise<string>,
): Promise<void> {
  tell({ name, how });
  let said = '';
  let milliseconds = Infinity;
  try {
    // What else the machine does costs processor time as well: of three times, the least is the input's own.
    for (let tries = 0; tries < 3 && milliseconds > LONG; tries += 1) {
      const before = process.cpuUsage();
      said = await load(bytes);
      const { user, system } = process.cpuUsage(before);
      milliseconds = Math.min(milliseconds, (user + system) / 1000);
    }
  } catch (error) {
    // Keys of the samples are made on the spot, so that the number alone does not always make the input again.
    const file = `.cache/hostile/${name.replaceAll(/[^a-z0-9]+/giu, '-')}.bin`;
    writeFileSync(file, bytes);
    const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
    tell({ failed: `${name} (${how}; ${file}) threw ${words}` });
    return;
  }
  tell({ said, milliseconds });
}

function tell(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
