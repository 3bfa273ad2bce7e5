import { describe, expect, it } from 'vitest';
import { pointerOf } from '../kernel/pointer.ts';
import type { Tool, ToolId } from '../store/model.ts';
import { riskFloor } from './risk.ts';
import { law } from './testing.ts';
import { toolIn } from './tools.ts';

const LAW = law();
const tools = (...ids: readonly ToolId[]): readonly Tool[] => ids.map((id) => toolIn(LAW, id)!.tool);
const floor = (...ids: readonly ToolId[]): string => riskFloor(LAW, tools(...ids), []).risk;

describe('the risk floor', () => {
  it('is low for reads and for nothing at all', () => {
    expect(floor()).toBe('low');
    expect(floor('directory/find')).toBe('low');
  });

  it('is moderate for writes and for what goes out', () => {
    expect(floor('directory/find', 'grid/dim')).toBe('moderate');
    const [read] = tools('directory/find');
    const outgoing: Tool = { ...read!, leaves: new Map([[pointerOf('/name'), { secrecy: [], untrusted: false }]]) };
    expect(riskFloor(LAW, [outgoing], []).risk).toBe('moderate');
  });

  it('is high for what cannot be undone and for every tag that is read or sent', () => {
    expect(floor('grid/dim', 'grid/shed')).toBe('high');
    expect(floor('clinic/read_record')).toBe('high');
    expect(floor('mail/send')).toBe('high');
    expect(riskFloor(LAW, [], ['internal']).risk).toBe('high');
    const declassify = [
      { workflow: '*', secrecy: 'patient', to: 'directory/find', at: pointerOf('/name'), as: {}, why: 'w' },
    ];
    expect(riskFloor(law({ declassify }), tools('directory/find'), []).risk).toBe('high');
  });

  it('names the tool that sets it', () => {
    expect(riskFloor(LAW, tools('grid/dim', 'grid/shed'), [])).toEqual({
      risk: 'high',
      because: 'grid/shed cannot be undone',
    });
  });
});
