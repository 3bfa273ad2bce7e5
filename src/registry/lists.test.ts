import { describe, expect, it } from 'vitest';
import { publicationFor } from '../../test/indexing.ts';
import { sampleKey } from '../../test/sealing.ts';
import type { JsonObject } from '../kernel/json.ts';
import { RegistryError } from './error.ts';
import { editLines, emptyLines } from './lines.ts';
import { catalogLine, readSearch, SEARCH, searchLine } from './lists.ts';

const NAME = 'finance/pay-invoice';

function fileOf(line: string): Uint8Array {
  return editLines(SEARCH, emptyLines(SEARCH), new Map([[NAME, line]]));
}

async function line(): Promise<JsonObject> {
  const { record } = await publicationFor(sampleKey());
  return JSON.parse(searchLine(record)) as JsonObject;
}

describe('an entry for search', () => {
  it('is read as it was written', async () => {
    const entry = await line();
    expect([...readSearch(fileOf(JSON.stringify(entry)))]).toEqual([{ name: NAME, ...entry }]);
    expect(Object.keys(entry).sort()).toEqual([
      'approvals',
      'channel',
      'deterministic',
      'domain',
      'effects',
      'intents',
      'level',
      'outgoing',
      'risk',
      'secretsRead',
      'tools',
      'version',
    ]);
  });

  it('is refused with anything missing or of another type', async () => {
    const entry = await line();
    const wrong: unknown[] = [];
    for (const key of Object.keys(entry)) {
      const { [key]: value, ...less } = entry;
      if (key !== 'domain') wrong.push(less);
      wrong.push(...[null, 1, [1], { length: 0 }].map((other) => ({ ...entry, [key]: other })));
      if (typeof value !== 'string' || key === 'level' || key === 'risk') wrong.push({ ...entry, [key]: 'toString' });
    }
    for (const one of wrong) expect(() => [...readSearch(fileOf(JSON.stringify(one)))]).toThrow(RegistryError);
    for (const text of ['{', '[]', 'null', '"x"']) expect(() => [...readSearch(fileOf(text))]).toThrow(RegistryError);
  });
});

describe('a line of the catalog', () => {
  it('says what is foremost, and of versions only what is out of the ordinary', async () => {
    const { record } = await publicationFor(sampleKey());
    const versions = [
      { version: '0.9.0', channel: 'stable', revoked: true },
      { version: '1.0.0', channel: 'stable', revoked: false },
      { version: '1.1.0', channel: 'candidate', revoked: false },
    ];
    const listed = [
      { version: '0.9.0', revoked: true },
      { version: '1.0.0' },
      { version: '1.1.0', channel: 'candidate' },
    ];
    expect(JSON.parse(catalogLine(versions, record))).toEqual({
      version: '1.0.0',
      level: 'hardened',
      risk: 'high',
      domain: 'finance',
      versions: listed,
    });
    expect(JSON.parse(catalogLine(versions, undefined))).toEqual({ versions: listed });
  });
});
