import type { JsonObject } from '../kernel/json.ts';
import type { Pointer } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';

export type TaskKeyword = 'call' | 'do' | 'for' | 'fork' | 'raise' | 'run' | 'set' | 'switch' | 'try' | 'wait';

/** The official schema has its say here. */
export function checkOfficial(_keyword: TaskKeyword, _value: JsonObject, _at: Pointer, _reporter: Reporter): void {}
