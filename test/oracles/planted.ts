import { readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import type * as drivers from './drivers.ts';
import type { Mutant } from './mutants.ts';

/** The drivers of one machine, with the machine that they drive. */
export type Drivers = typeof drivers;

const ROOT = join(import.meta.dirname, '..', '..');
/** Below the machine. All that is built takes these from one place: labels are compared by identity. */
const SHARED = ['kernel', 'value', 'schema', 'expression', 'flow', 'store', 'workflow'];

/** Builds machines into `folder` of `.cache/`; those of one such folder can be compared with each other. */
export class Workshop {
  private readonly folder: string;
  private made = 0;

  constructor(name: string) {
    this.folder = join(ROOT, '.cache', name);
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The drivers of the machine as it is. To be called first. */
  async sound(): Promise<Drivers> {
    return this.build('sound');
  }

  /** The drivers of a machine with a mutant in it; throws unless its text stands in the source exactly once. */
  async planted({ name, file, from, to }: Mutant): Promise<Drivers> {
    const source = join(ROOT, 'src', file);
    const parts = readFileSync(source, 'utf8').split(from);
    if (parts.length !== 2) throw new Error(`${name}: its text stands in ${file} ${parts.length - 1} times`);
    this.made += 1;
    return this.build(`mutant-${this.made}`, { source, code: parts.join(to) });
  }

  private async build(name: string, plant?: { readonly source: string; readonly code: string }): Promise<Drivers> {
    const dir = join(this.folder, name);
    const bundle = await rolldown({
      input: join(import.meta.dirname, 'drivers.ts'),
      platform: 'node',
      tsconfig: false,
      transform: { target: 'node20.19' },
      external: /^[^./]/u,
      treeshake: false,
      plugins: [
        {
          name: 'plant',
          load: (id) => (id === plant?.source ? { code: plant.code, moduleType: 'ts' as const } : null),
        },
      ],
    });
    const names = { entryFileNames: '[name].js', chunkFileNames: '[name].js' };
    await bundle.write({ dir, format: 'esm', preserveModules: true, preserveModulesRoot: ROOT, ...names });
    await bundle.close();
    if (plant !== undefined) {
      for (const part of SHARED) {
        rmSync(join(dir, 'src', part), { recursive: true });
        symlinkSync(join(this.folder, 'sound', 'src', part), join(dir, 'src', part));
      }
    }
    // The drivers of each machine have one type, whatever is planted in it.
    return (await import(pathToFileURL(join(dir, 'test', 'oracles', 'drivers.js')).href)) as Drivers;
  }
}
