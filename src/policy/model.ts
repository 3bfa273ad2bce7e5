import type { Pointer } from '../kernel/pointer.ts';

/** The identity of one Cedar policy of the law: its `@id`. */
export interface PolicyInfo {
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly effect: 'permit' | 'forbid';
}

/** Cedar's answer, errors included; ids sorted. `determining` are the policies that decided. */
export interface Decision {
  readonly allowed: boolean;
  readonly determining: readonly string[];
  readonly errors: readonly { readonly policy: string; readonly detail: string }[];
}

/** A Cedar request over our values (FORMATS, "Cedar request"). */
export interface Request {
  readonly principal: { readonly type: 'Workflow'; readonly id: string };
  readonly action: { readonly type: 'Action'; readonly id: string };
  readonly resource: { readonly type: 'Server'; readonly id: string };
  readonly context: CedarValue;
  readonly at: Pointer | string;
}

/** Cedar's values; numbers are 64-bit integers within 2^53, decimals count ten-thousandths. */
export type CedarValue =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'long'; readonly value: bigint }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'decimal'; readonly tenThousandths: bigint }
  | { readonly kind: 'entity'; readonly type: string; readonly id: string }
  | { readonly kind: 'set'; readonly items: readonly CedarValue[] }
  | { readonly kind: 'record'; readonly fields: ReadonlyMap<string, CedarValue> };

