import { isAbsolute, relative, resolve } from 'node:path';
import { EventError } from './event.ts';
import type { Runner } from './runner.ts';

/** The store's folder; the checkout's own where the input says nothing. */
export function storeFolder(runner: Pick<Runner, 'workspace' | 'input'>): string {
  const folder = resolve(runner.workspace, runner.input('store'));
  const inside = relative(runner.workspace, folder);
  if (inside.startsWith('..') || isAbsolute(inside))
    throw new EventError('the input `store` names a folder outside the checkout');
  return folder;
}
