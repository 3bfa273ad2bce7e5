import { join } from 'node:path';
import { digestFiles } from '../kernel/digest.ts';
import { DISK_LIMITS, diskTree } from '../kernel/disk.ts';
import type { Tree } from '../kernel/tree.ts';
import { type AttackFixture, loadAttacks } from '../stages/adversarial/fixture.ts';
import type { TextFile } from '../store/model.ts';

/** What ships with Proofmark beside the program. */
export interface Shipped {
  readonly policies: readonly TextFile[];
  readonly attacks: readonly AttackFixture[];
  /** `sha256-…` over the program and everything that shapes its verdicts. */
  readonly digest: string;
}

/** The solver's WebAssembly is 35 MB. */
const PROGRAM = { ...DISK_LIMITS, bytes: 64 << 20 };

/** Reads the policies, the prompt fixtures and the identity of the program below `home`. */
export function shipped(home: string): Shipped {
  const policies = diskTree(join(home, 'policies'));
  const attacks = diskTree(join(home, 'fixtures', 'adversarial'));
  return {
    policies: files(policies)
      .filter(({ path }) => path.endsWith('.cedar'))
      .map(({ path, bytes }) => ({
        path: `policies/${path}`,
        text: new TextDecoder('utf-8', { fatal: true }).decode(bytes),
      })),
    attacks: loadAttacks(attacks),
    digest: digestFiles([
      ...prefixed('dist', diskTree(join(home, 'dist'), PROGRAM)),
      ...prefixed('policies', policies),
      ...prefixed('catalog', diskTree(join(home, 'catalog'))),
      ...prefixed('fixtures/adversarial', attacks),
    ]),
  };
}

function files(tree: Tree): readonly { readonly path: string; readonly bytes: Uint8Array }[] {
  return tree.list().flatMap(({ path, kind }) => {
    const bytes = kind === 'file' ? tree.read(path) : undefined;
    return bytes === undefined ? [] : [{ path, bytes }];
  });
}

function prefixed(folder: string, tree: Tree): ReturnType<typeof files> {
  return files(tree).map(({ path, bytes }) => ({ path: `${folder}/${path}`, bytes }));
}
