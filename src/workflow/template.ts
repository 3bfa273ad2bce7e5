import { isArray, isObject, type Json } from '../kernel/json.ts';
import { child, type Pointer } from '../kernel/pointer.ts';
import type { Reporter } from '../kernel/reporter.ts';
import type { Source, Template } from './model.ts';
import { invalid, wrongType } from './reader.ts';

/** The expression in a string that is `${ … }` as a whole. */
export function wholeExpression(text: string, at: Pointer): Source | undefined {
  const trimmed = text.trim();
  if (!trimmed.startsWith('${') || !trimmed.endsWith('}')) return undefined;
  const offset = text.indexOf('${') + 2;
  return { kind: 'expression', source: text.slice(offset, text.lastIndexOf('}')), at, offset };
}

/** A member that is always an expression: with `${ }` or without. */
export function readExpression(value: Json, at: Pointer, reporter: Reporter): Source | undefined {
  if (typeof value !== 'string') return wrongType(reporter, at, 'string', value);
  return wholeExpression(value, at) ?? { kind: 'expression', source: value, at, offset: 0 };
}

/** `from` and `as`: an expression, or an object with expressions inside. */
export function readTransformation(value: Json, at: Pointer, reporter: Reporter): Template | undefined {
  if (typeof value === 'string') return readExpression(value, at, reporter);
  return isObject(value) ? readTemplate(value, at, reporter) : wrongType(reporter, at, 'string or object', value);
}

/** Any value; strings that are `${ … }` as a whole are expressions. */
export function readTemplate(value: Json, at: Pointer, reporter: Reporter): Template | undefined {
  if (typeof value === 'string') {
    const expression = wholeExpression(value, at);
    if (expression !== undefined) return expression;
    if (value.includes('${')) {
      return invalid(
        reporter,
        at,
        'an expression is a string as a whole, and there is text around this one',
        'put the text inside: ${ "to \\(.name)" }',
      );
    }
  }
  if (isArray(value)) {
    const items = value.map((item, i) => readTemplate(item, child(at, i), reporter));
    return items.every((item) => item !== undefined) ? { kind: 'array', items, at } : undefined;
  }
  if (isObject(value)) {
    const fields = new Map<string, Template>();
    let complete = true;
    for (const [key, item] of Object.entries(value)) {
      const field = readTemplate(item, child(at, key), reporter);
      if (field === undefined) complete = false;
      else fields.set(key, field);
    }
    return complete ? { kind: 'object', fields, at } : undefined;
  }
  return { kind: 'literal', value, at };
}
