import { readFileSync } from 'node:fs';
import { diskTree } from '../../src/kernel/disk.ts';
import { parseDocument } from '../../src/kernel/document.ts';
import { memoryTree, overlayTree } from '../../src/kernel/tree.ts';
import { loadStore } from '../../src/pipeline/load.ts';
import { NO_RELEASES } from '../../src/pipeline/releases.ts';
import { peakMemory } from './memory.ts';

// Reads one document in a process of its own and says how much memory that process had at most, in bytes. Arguments: the file of the
// sample store in whose place the document is read, or one outside it that is only parsed; and where the document is.

const [path = '', file = ''] = process.argv.slice(2);
const bytes = readFileSync(file);
const STORE = diskTree('fixtures/store');
const isOfStore = STORE.list().some((entry) => entry.path === path);
const found = isOfStore
  ? await loadStore({
      tree: overlayTree(STORE, memoryTree({ [path]: bytes })),
      policies: [],
      attacks: [],
      wanted: ['finance/pay-invoice'],
      releases: NO_RELEASES,
      runs: 1,
      seed: 1,
    }).then((store) => [...store.findings, ...store.workflows.flatMap(({ findings }) => findings)])
  : parseDocument(path, bytes).findings;
process.stdout.write(JSON.stringify({ findings: found.length, peak: peakMemory() }));
