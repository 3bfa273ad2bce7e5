import { readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { folderIndex, type FolderOperations, NODE_OPERATIONS } from '../../src/connect/index-folder.ts';
import { readSigners } from '../../src/connect/signing-keys.ts';
import { publish } from '../../src/registry/publish.ts';
import { readRecord } from '../../src/registry/record.ts';

/**
 * A publisher as a process of its own: `publisher.js FOLDER FILE [N]` publishes FILE into FOLDER/index and dies by SIGKILL at its Nth
 * change of the disk: before it where N is even, in the middle of it where N is odd.
 */

interface Parcel {
  readonly record: { readonly name: string; readonly version: string };
  readonly package: string;
  readonly bundles: readonly string[];
  readonly now: string;
}

const [folder = '', file = '', at = '0'] = process.argv.slice(2);
let left = Number(at);

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal may take a moment; nothing more may happen.
  for (;;);
}

/** Counts a change; dies when it is the one. */
function step<T>(half: () => void, whole: () => T): T {
  left -= 1;
  if (left !== 0) return whole();
  if (Number(at) % 2 === 1) half();
  return die();
}

const counted: FolderOperations = {
  write: (path, bytes, flags) =>
    step(
      () => NODE_OPERATIONS.write(path, bytes.subarray(0, bytes.length >> 1), flags),
      () => NODE_OPERATIONS.write(path, bytes, flags),
    ),
  sync: (path) =>
    step(
      () => undefined,
      () => NODE_OPERATIONS.sync(path),
    ),
  rename: (from, to) =>
    step(
      () => NODE_OPERATIONS.rename(from, to),
      () => NODE_OPERATIONS.rename(from, to),
    ),
  link: (present, path) =>
    step(
      () => NODE_OPERATIONS.link(present, path),
      () => NODE_OPERATIONS.link(present, path),
    ),
  remove: (path) =>
    step(
      () => NODE_OPERATIONS.remove(path),
      () => NODE_OPERATIONS.remove(path),
    ),
  makeFolder: (path) =>
    step(
      () => NODE_OPERATIONS.makeFolder(path),
      () => NODE_OPERATIONS.makeFolder(path),
    ),
};

const parcel = JSON.parse(readFileSync(file, 'utf8')) as Parcel;
const [outcome] = await publish(
  folderIndex(join(folder, 'index'), counted),
  readSigners(join(folder, 'keys')),
  readFileSync(join(folder, 'root.json')),
  [
    {
      record: readRecord(Buffer.from(JSON.stringify(parcel.record)), parcel.record),
      package: Buffer.from(parcel.package, 'base64'),
      bundles: parcel.bundles.map((bundle) => Buffer.from(bundle, 'base64')),
    },
  ],
  new Date(parcel.now),
);
writeSync(1, `${outcome ?? ''} after ${-left} changes of the disk\n`);
