import { describe, expect, it } from 'vitest';
import type { ScriptedReply } from '../store/model.ts';
import { fits, repliesFromJson, replyFromJson, replyToJson, toReply } from './reply.ts';

const REPLIES: readonly ScriptedReply[] = [
  { kind: 'value', value: null },
  { kind: 'structured', structured: { a: [1] } },
  { kind: 'text', text: 'words' },
  { kind: 'result', result: { content: [], isError: true } },
  { kind: 'error', error: 'timeout' },
  { kind: 'error', error: 'runtime', detail: 'why' },
  { kind: 'approval', approved: false, by: 'ana' },
  { kind: 'error', error: 'timeout', elapsed: 30_000 },
];

describe('scripted replies', () => {
  it.each(REPLIES)('%j survives being written and read', (reply) => {
    expect(replyFromJson(replyToJson(reply))).toEqual(reply);
  });

  it.each([
    {},
    { value: 1, text: 'a' },
    { text: 1 },
    { approved: true },
    { error: 1 },
    { structured: 1, extra: 2 },
    { text: 'late', elapsed: -1 },
    { text: 'late', elapsed: 0.5 },
    { elapsed: 1 },
    null,
    [],
  ])('%j is no reply', (json) => {
    expect(replyFromJson(json)).toBeUndefined();
    expect(repliesFromJson({ '/do/0/x': [json] })).toBeUndefined();
  });

  it('answer only the kind of effect that they fit', () => {
    const kinds = REPLIES.map((reply) =>
      (['call', 'infer', 'approve'] as const).filter((kind) => fits(kind, reply)).join(),
    );
    expect(kinds).toEqual(['infer', 'call', 'call', 'call', 'call,infer', 'call,infer', 'approve', 'call,infer']);
  });

  it('refuse a failure that no standard names', () => {
    expect(fits('call', { kind: 'error', error: 'exploded' })).toBe(false);
  });

  it('take the time that they say', () => {
    expect(toReply({ kind: 'text', text: 'late', elapsed: 7 })).toMatchObject({ elapsed: 7 });
  });

  it('carry the text of structured content, as servers do', () => {
    expect(toReply({ kind: 'structured', structured: { a: 1 } })).toEqual({
      kind: 'result',
      result: { content: [{ type: 'text', text: '{"a":1}' }], structuredContent: { a: 1 }, isError: false },
      elapsed: 0,
    });
  });
});
