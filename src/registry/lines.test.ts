import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareText } from '../kernel/json.ts';
import { RegistryError } from './error.ts';
import { editLines, emptyLines, readLineNames, readLines } from './lines.ts';

fc.configureGlobal({ seed: 20261123 });

const FORMAT = 'test/1';

function entries(file: Uint8Array): ReadonlyMap<string, string> {
  return new Map(Array.from(readLines(FORMAT, file), ({ name, json }) => [name, json]));
}

/** Names of which many begin with each other, or sort on either side of the slash. */
const name = fc
  .tuple(fc.constantFrom('a', 'ab', 'a-b', 'a0', 'b'), fc.constantFrom('a', 'aa', 'a-a', 'a0', 'z', 'zz'))
  .map(([namespace, own]) => `${namespace}/${own}`);
const line = fc.oneof(fc.json({ maxDepth: 1 }), fc.constant('{"text":"],\\n[\\"a/a\\",1]"}'));

describe('a list of lines', () => {
  it('holds after any edits what a map of them holds, sorted, as one JSON document', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.tuple(name, fc.option(line, { nil: undefined })), { maxLength: 8 }), { maxLength: 6 }),
        (rounds) => {
          let file = emptyLines(FORMAT);
          const model = new Map<string, string>();
          for (const round of rounds) {
            const edits = new Map(round);
            file = editLines(FORMAT, file, edits);
            for (const [at, json] of edits) {
              if (json === undefined) model.delete(at);
              else model.set(at, json);
            }
          }
          const sorted = [...model].sort(([a], [b]) => compareText(a, b));
          expect([...entries(file)]).toEqual(sorted);
          expect(readLineNames(FORMAT, file)).toEqual(sorted.map(([at]) => at));
          expect(JSON.parse(Buffer.from(file).toString())).toEqual({
            format: FORMAT,
            entries: sorted.map(([at, json]) => [at, JSON.parse(json) as unknown]),
          });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order in which it came about', () => {
    const names = ['b/a', 'a/b', 'a-b/c', 'a/b-c', 'a/b0'];
    const oneByOne = names.reduce(
      (file, at) => editLines(FORMAT, file, new Map([[at, `"${at}"`]])),
      emptyLines(FORMAT),
    );
    const atOnce = editLines(FORMAT, emptyLines(FORMAT), new Map(names.map((at) => [at, `"${at}"`])));
    expect(oneByOne).toEqual(atOnce);
  });

  it.each([
    '',
    '{}',
    '{"format":"test/1","entries":[\n',
    '{"format":"test/2","entries":[\n]}\n',
    '{"format":"test/1","entries":[\n["a/b",1]\n]}',
    '{"format":"test/1","entries":[\n["a/b",1],["b/c",1\n]}\n',
    '{"format":"test/1","entries":[\n{"a/b":1}\n]}\n',
    '{"format":"test/1","entries":[\n["A/b",1]\n]}\n',
  ])('refuses %j', (text) => {
    expect(() => [...readLines(FORMAT, Buffer.from(text))]).toThrow(RegistryError);
  });
});
