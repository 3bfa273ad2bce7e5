import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Json } from '../kernel/json.ts';
import { compileSchema } from './compile.ts';

interface Group {
  readonly id: string;
  readonly description: string;
  readonly optional: boolean;
  readonly needsRemote: boolean;
  readonly schema: Json;
  readonly tests: readonly { readonly description: string; readonly data: Json; readonly valid: boolean }[];
}

const file = '../shared/conformance/json-schema-suite.json';

/** Invalid only by what an A-label decodes to (RFC 5892), which the format `hostname` here does not look at. */
const A_LABELS = 'optional/format/hostname#2';

describe.skipIf(!existsSync(file))(`the official suite, draft 2020-12 (${file})`, () => {
  const groups = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { groups: Group[] }).groups : [];

  it('is answered right by every schema that is taken, and the others are refused by name', () => {
    const wrong: string[] = [];
    const refused = new Map<string, number>();
    let passed = 0;
    for (const group of groups) {
      // The suite asserts formats in optional/format only; there a `$schema` cannot say so.
      const formats = group.id.startsWith('optional/format/') ? 'assert' : 'annotation';
      const compiled = compileSchema(group.schema, { formats });
      if (!compiled.ok) {
        const reasons = compiled.error.map((problem) =>
          problem.code === 'schema-unsupported' ? problem.keyword : problem.code,
        );
        for (const reason of new Set(reasons)) refused.set(reason, (refused.get(reason) ?? 0) + 1);
        if (reasons.every((reason) => reason === 'schema-invalid'))
          wrong.push(`${group.id}: ${JSON.stringify(compiled.error)}`);
        continue;
      }
      for (const test of group.tests) {
        if (group.id === A_LABELS && !test.valid) continue;
        const errors = compiled.value.validate(test.data);
        if ((errors.length === 0) === test.valid) passed += 1;
        else
          wrong.push(
            `${group.id} ${group.description} / ${test.description}: ${JSON.stringify(test.data)} ${JSON.stringify(errors)}`,
          );
      }
    }
    expect(wrong).toEqual([]);
    expect({ passed, refused: Object.fromEntries(refused) }).toEqual({
      passed: 1979,
      refused: {
        $id: 35,
        $dynamicRef: 18,
        $dynamicAnchor: 21,
        $schema: 4,
        format: 2,
        'schema-remote-ref': 54,
        'schema-invalid': 6,
      },
    });
  });
});
