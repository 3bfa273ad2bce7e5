import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { RegistryError } from '../registry/error.ts';
import { isFull } from './surroundings.ts';

/** Replaces one file as one step. Throws `RegistryError`, `no-space` or `unavailable`: then the file is as it was. */
export function replaceFile(path: string, content: string): void {
  const beside = `${path}.${process.pid}.new`;
  try {
    writeFileSync(beside, content, { flush: true });
    renameSync(beside, path);
  } catch (error) {
    rmSync(beside, { force: true });
    throw new RegistryError(
      isFull(error) ? 'no-space' : 'unavailable',
      isFull(error) ? `the disk is full; ${basename(path)} is as it was` : `${basename(path)} cannot be written`,
      { cause: error },
    );
  }
}
