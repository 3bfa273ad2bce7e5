import { describe, expect, it } from 'vitest';
import { memoryTree, overlayTree, type Tree } from '../src/kernel/tree.ts';
import { lawChanges } from '../src/pipeline/law-change.ts';
import { gate } from '../src/policy/authority.ts';
import type { SiteChange } from '../src/prove/laws.ts';
import { lawChangeBlock, lawChangeMarkdown, lawChangeToJson } from '../src/report/law-change.ts';
import { PLAIN } from '../src/report/style.ts';
import { scripted } from '../src/simulate/scripted.ts';
import { drawWorlds } from '../src/stages/draw.ts';
import { compareUnder } from '../src/stages/policy/change.ts';
import { runCases } from '../src/stages/functional/functional.ts';
import { generated, varied } from '../src/stages/property/world.ts';
import { run, type Subject } from '../src/stages/subject.ts';
import { lower } from '../src/value/concrete.ts';
import { load, SAMPLE, textOf } from './rules/sample.ts';

/** What a change of law takes from workflows and gives to them, by proof: both gates on every path. */

const STORE = 'store.yaml';
const NEW_POLICY = 'policies/new.cedar';
const PAY = 'finance/pay-invoice';
const RECORDS = 'health/check-interactions';
const TRANSFER = '/do/8/pay/try/0/transfer payments/transfer';

function changed(file: string, from: string, to: string): Tree {
  const text = textOf(SAMPLE, file);
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
  return overlayTree(SAMPLE, memoryTree({ [file]: text.replace(from, () => to) }));
}

function withPolicy(condition: string, action = 'action == Action::"payments/transfer"'): Tree {
  const text = `@id("new") @title("A new policy") @reference("none")
forbid (principal, ${action}, resource) when { ${condition} };`;
  return overlayTree(SAMPLE, memoryTree({ [NEW_POLICY]: text }));
}

const base = await load(SAMPLE);

function subjectIn(store: typeof base, name: string): Subject {
  const subject = store.workflows.find((one) => one.name === name)?.subject;
  if (subject === undefined) throw new Error(`${name} cannot be run`);
  return subject;
}

/** `<place> <action>: gains|loses` of everything that is not the same; `?` where that is not known. */
async function compared(name: string, tree: Tree, isReversed = false) {
  const other = await load(tree);
  const [before, after] = isReversed ? [other, base] : [base, other];
  const change = await compareUnder(subjectIn(before, name), subjectIn(after, name), undefined);
  const line = (site: SiteChange, way: 'gains' | 'loses'): readonly string[] => {
    const { kind } = site[way];
    return kind === 'no' ? [] : [`${site.at} ${site.action}: ${kind === 'unknown' ? '?' : ''}${way}`];
  };
  return {
    change,
    differs: change.sites.flatMap((site) => [...line(site, 'loses'), ...line(site, 'gains')]),
    subjects: { before: subjectIn(before, name), after: subjectIn(after, name) },
  };
}

describe('a change of law', { timeout: 60_000 }, () => {
  it('that says the same in other words changes nothing, and no path is followed for it', async () => {
    const { change, differs } = await compared(PAY, changed('policies/no-privileged-groups.cedar', 'Some', 'A few'));
    expect({ paths: change.paths, differs, sites: change.sites.length > 0 }).toEqual({
      paths: 0,
      differs: [],
      sites: true,
    });
  });

  it('about other tools leaves a workflow alone that cannot be explored', async () => {
    const { change, differs } = await compared('personal/triage-inbox', withPolicy('true'));
    expect({ unexplored: change.unexplored, differs }).toEqual({ unexplored: undefined, differs: [] });
  });

  it('takes a call, with a run that shows it', async () => {
    const tree = changed(STORE, 'secondApproverAbove: 100000', 'secondApproverAbove: 100');
    const { change, differs } = await compared(PAY, tree);
    expect(differs).toEqual([`${TRANSFER}: loses`]);
    const lost = change.sites.find(({ loses }) => loses.kind === 'yes')?.loses;
    expect(lost?.kind === 'yes' ? lost.example.refusals.map(({ id }) => id) : []).toEqual(['payment-second-approver']);
  });

  it('gives it back the other way round', async () => {
    const tree = changed(STORE, 'secondApproverAbove: 100000', 'secondApproverAbove: 100');
    expect((await compared(PAY, tree, true)).differs).toEqual([`${TRANSFER}: gains`]);
  });

  it('forbids what no path does: the same, proved', async () => {
    const { change, differs } = await compared(PAY, withPolicy('context.arguments.amount > 100000'));
    expect(differs).toEqual([]);
    expect(change.paths).toBeGreaterThan(0);
  });

  it.each([false, true])(
    'about what no case does and a path may: the run is found (reversed: %s)',
    async (isReversed) => {
      const way = isReversed ? 'gains' : 'loses';
      const { change, differs } = await compared(PAY, withPolicy('context.arguments.amount == 77777'), isReversed);
      expect(differs).toEqual([`${TRANSFER}: ${way}`]);
      const shown = change.sites.map((site) => site[way]).find(({ kind }) => kind === 'yes');
      const effect = shown?.kind === 'yes' ? shown.example.effect : undefined;
      expect(effect?.kind === 'call' ? lower(effect.arguments) : undefined).toMatchObject({ amount: 77_777 });
    },
  );

  it('that lets go of an input loses what only that input may choose', async () => {
    const tree = changed(STORE, 'pointers: [/patientId], trust: true', 'pointers: [/patientId], trust: false');
    expect((await compared(RECORDS, tree)).differs).toEqual(['/do/1/medications ehr/list_medications: loses']);
  });

  it('that clears a tag for the caller changes nothing where none of it is returned', async () => {
    const tree = changed(STORE, 'caller: [internal]', 'caller: [internal, patient]');
    expect((await compared(RECORDS, tree)).differs).toEqual([]);
  });

  it('that moves a tool to another class changes what the packs say of it', async () => {
    const mild = changed('tools/payments.yaml', 'class: payment', 'class: control');
    expect((await compared(PAY, mild)).differs).toEqual([`${TRANSFER}: loses`]);
  });

  it('that forbids everything leaves no place the same', async () => {
    const { change } = await compared(PAY, withPolicy('true', 'action'));
    expect(change.sites.map(({ at, action, loses }) => [at, action, loses.kind])).toEqual(
      change.sites.map(({ at, action }) => [at, action, 'yes']),
    );
  });

  it('is not known where a policy asks that something is not untrusted', async () => {
    const tree = withPolicy('!context.control.untrusted');
    const { differs } = await compared(PAY, tree);
    expect(differs.every((line) => line.includes(TRANSFER))).toBe(true);
    expect(differs.length).toBeGreaterThan(0);
  });

  it.each([
    ['a lower limit', changed(STORE, 'secondApproverAbove: 100000', 'secondApproverAbove: 40000'), false],
    ['a limit that nothing reaches', withPolicy('context.arguments.amount > 100000'), true],
    [
      'an input that is not vouched for',
      changed(STORE, '[/purchaseOrders], trust: true', '[/purchaseOrders], trust: false'),
      true,
    ],
    ['only large payments', withPolicy('context.arguments.amount < 90000 && context.approved'), false],
  ])('no run contradicts what is said of it: %s', async (_, tree, isSame) => {
    const { change, subjects } = await compared(PAY, tree);
    const { before, after } = subjects;
    const answers = new Map(change.sites.map((site) => [`${site.at} ${site.action}`, site]));
    const cases = runCases(before).map((one) => one.run);
    const wrong: string[] = [];
    let [runs, differences] = [0, 0];
    drawWorlds(5, 80, (draw) => {
      const of = cases[runs % (2 * cases.length)];
      runs += 1;
      const { world } = of === undefined ? generated(before, draw) : varied(before, draw, of.world);
      const verdicts = (subject: Subject): readonly (readonly [string, boolean])[] => {
        const decide = gate(subject.law, subject.policies, subject.files.contract, subject.files.name);
        const seen: [string, boolean][] = [];
        run(subject, world.input, scripted(world), (effect) => {
          const verdict = decide(effect);
          seen.push([`${effect.at} ${effect.kind === 'call' ? effect.tool : effect.kind}`, verdict.allowed]);
          return { ...verdict, allowed: true };
        });
        return seen;
      };
      const [old, now] = [verdicts(before), verdicts(after)];
      for (const [i, [place, was]] of old.entries()) {
        const is = now[i]?.[1];
        const contradicted = was && is === false ? 'loses' : !was && is === true ? 'gains' : undefined;
        if (contradicted === undefined) continue;
        differences += 1;
        if (answers.get(place)?.[contradicted].kind === 'no') wrong.push(`${place}: ${contradicted}`);
      }
      return true;
    });
    expect({ runs, wrong, isSilent: differences === 0 }).toEqual({ runs: 80, wrong: [], isSilent: isSame });
  });
});

describe('what is told of it', { timeout: 60_000 }, () => {
  it('names what is lost and what is not known, and counts the rest', async () => {
    const tree = changed(STORE, 'secondApproverAbove: 100000', 'secondApproverAbove: 100');
    const changes = await lawChanges(base, await load(tree), undefined);
    const page = { style: PLAIN, sourceOf: () => undefined };
    expect(lawChangeBlock(changes, page)).toMatchInlineSnapshot(`
      "
      calls that the change of law takes and gives, over every input and every reply
        finance/pay-invoice
          loses payments/transfer at /do/8/pay/try/0/transfer: the new law refuses it, payment-second-approver: Above the store's amount, a payment needs two different approvers
            for example: payments/transfer {"amount":48000,"currency":"EUR","memo":"Invoice INV-2207","payee":"DE75512108001245126199","reference":"PO-000117"}
        7 workflows: the same calls, proved
      "
    `);
    expect([...lawChangeMarkdown(changes)].join('')).toMatchInlineSnapshot(`
      "### Calls that the change of law takes and gives, over every input and every reply

      - <code>finance&#47;pay&#45;invoice</code>
        - **loses** <code>payments&#47;transfer at &#47;do&#47;8&#47;pay&#47;try&#47;0&#47;transfer&#58; the new law refuses it&#44; payment&#45;second&#45;approver&#58; Above the store&#39;s amount&#44; a payment needs two different approvers</code><br>for example: <code>payments&#47;transfer &#123;&#34;amount&#34;&#58;48000&#44;&#34;currency&#34;&#58;&#34;EUR&#34;&#44;&#34;memo&#34;&#58;&#34;Invoice INV&#45;2207&#34;&#44;&#34;payee&#34;&#58;&#34;DE75512108001245126199&#34;&#44;&#34;reference&#34;&#58;&#34;PO&#45;000117&#34;&#125;</code>
      - 7 workflows: the same calls, proved

      "
    `);
    const paid = changes.find(({ name }) => name === PAY);
    expect(paid === undefined ? undefined : lawChangeToJson(paid)).toMatchObject({
      name: PAY,
      unexplored: null,
      sites: expect.arrayContaining([
        expect.objectContaining({
          at: '/do/8/pay/try/0/transfer',
          gains: { status: 'no' },
          loses: expect.objectContaining({ status: 'yes' }) as unknown,
        }),
      ]) as unknown,
    });
  });

  it('says nothing where no law changed', () => {
    const page = { style: PLAIN, sourceOf: () => undefined };
    expect([lawChangeBlock(undefined, page), ...lawChangeMarkdown(undefined)]).toEqual(['']);
  });

  it('does not compare what only one law can run', async () => {
    const broken = overlayTree(SAMPLE, memoryTree({}), ['tools/payments.yaml']);
    const changes = await lawChanges(base, await load(broken), undefined);
    expect(changes.find(({ name }) => name === PAY)).toEqual({
      name: PAY,
      kind: 'not-compared',
      why: 'it cannot be run under the new law',
    });
  });
});
