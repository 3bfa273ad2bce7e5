import { describe, expect, it } from 'vitest';
import { verify } from '../../src/pipeline/verify.ts';
import { load } from './sample.ts';
import { RUN_BREACHES } from './stages.ts';

describe('the rules of the stages that run workflows', () => {
  it.each(RUN_BREACHES.map((breach) => [breach.rule, breach.what, breach] as const))(
    '%s: %s',
    async (_rule, _what, { rule, stage, tree, file, line, column, plant = (subject) => subject }) => {
      const store = await load(tree);
      const workflows = store.workflows.map((one) => ({ ...one, subject: one.subject && plant(one.subject) }));
      const report = await verify(
        { ...store, workflows },
        { stages: [stage], seed: 1, asOf: undefined, verifier: '', solver: undefined },
      );
      expect(report.workflows.flatMap(({ crashes }) => crashes)).toEqual([]);
      const found = report.workflows.flatMap(({ stages }) => stages).filter((result) => result.stage === stage);
      const findings = found.flatMap((result) => result.findings);
      expect(findings.map((one) => `${one.rule} ${one.place.file}:${one.place.line}:${one.place.column}`)).toContain(
        `${rule} ${file}:${line}:${column}`,
      );
    },
  );
});
