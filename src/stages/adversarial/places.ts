import type { Json } from '../../kernel/json.ts';
import { child, type Pointer, ROOT } from '../../kernel/pointer.ts';
import { inputLabelling } from '../../machine/labels.ts';
import type { Run, World } from '../../simulate/model.ts';
import { toolIn } from '../../policy/tools.ts';
import type { ScriptedReply, Tool } from '../../store/model.ts';
import { compileSchema } from '../../schema/compile.ts';
import type { Subject } from '../subject.ts';
import type { AttackFixture } from './fixture.ts';
import { put } from '../../kernel/paths.ts';
import { stringPaths } from './hijack.ts';

/** A base world with a fixture written into one untrusted place. */
export interface Injection extends World {
  /** Which place: `input/…` or `<task>[n]/…`. */
  readonly place: string;
}

/** Every world that comes of writing the fixture's text into one untrusted place of a benign run. */
export function injections(subject: Subject, base: Run, fixture: AttackFixture): readonly Injection[] {
  return [...intoInput(subject, base, fixture), ...intoReplies(subject, base, fixture)];
}

function intoInput(subject: Subject, base: Run, fixture: AttackFixture): readonly Injection[] {
  if (!suits(fixture, 'input')) return [];
  const { law, files, inputSchema } = subject;
  const labelling = inputLabelling(law, files.contract, files.name);
  return stringPaths(base.world.input).flatMap((path) => {
    if (!labelling(path.map(String)).influence.includes('caller')) return [];
    const input = write(base.world.input, path, fixture, (json) => (inputSchema?.validate(json) ?? []).length === 0);
    return input === undefined ? [] : [{ ...base.world, input, place: `input${pointer(path)}` }];
  });
}

function intoReplies(subject: Subject, base: Run, fixture: AttackFixture): readonly Injection[] {
  const made: Injection[] = [];
  for (const [at, effects] of base.asked) {
    effects.forEach((effect, i) => {
      const reply = base.world.replies.get(at)?.[i];
      if (effect.kind !== 'call' || reply === undefined) return;
      const tool = toolIn(subject.law, effect.tool)?.tool;
      if (tool === undefined || tool.returns.trust || !suits(fixture, tool.class)) return;
      for (const [where, hostile] of hostileReplies(tool, reply, fixture)) {
        const list = (base.world.replies.get(at) ?? []).with(i, hostile);
        made.push({
          ...base.world,
          replies: new Map([...base.world.replies, [at, list]]),
          place: `${at}[${i}]${where}`,
        });
      }
    });
  }
  return made;
}

function hostileReplies(
  tool: Tool,
  reply: ScriptedReply,
  fixture: AttackFixture,
): readonly (readonly [Pointer, ScriptedReply])[] {
  switch (reply.kind) {
    case 'text':
      return [[ROOT, { kind: 'text', text: `${reply.text}\n${fixture.text}` }]];
    case 'error':
      return [[ROOT, { kind: 'error', error: reply.error, detail: fixture.text }]];
    case 'structured': {
      const schema = tool.output === undefined ? undefined : compileSchema(tool.output, { formats: 'annotation' });
      const valid = (json: Json) => schema === undefined || (schema.ok && schema.value.validate(json).length === 0);
      return stringPaths(reply.structured).flatMap((path) => {
        const structured = write(reply.structured, path, fixture, valid);
        return structured === undefined ? [] : [[pointer(path), { kind: 'structured', structured }] as const];
      });
    }
    case 'result':
    case 'value':
    case 'approval':
      return [];
  }
}

/** The text after what stood there, else in its place, whichever the schema takes; nothing where it takes neither. */
function write(
  json: Json,
  path: readonly (string | number)[],
  fixture: AttackFixture,
  valid: (json: Json) => boolean,
): Json | undefined {
  const before = path.reduce<Json | undefined>(
    (at, token) => (at as Record<string | number, Json> | undefined)?.[token],
    json,
  );
  const texts = [`${typeof before === 'string' ? before : ''} ${fixture.text}`, fixture.text];
  return texts.map((text) => put(json, path, text)).find(valid);
}

function suits(fixture: AttackFixture, where: string): boolean {
  return fixture.fits.includes('any') || fixture.fits.includes(where);
}

function pointer(path: readonly (string | number)[]): Pointer {
  return child(ROOT, ...path);
}
