// Written by scripts/generate-ows-validator.ts; not edited by hand.
export interface OfficialError {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}
export interface OfficialValidator {
  (data: unknown): boolean;
  readonly errors?: readonly OfficialError[] | null;
}
export declare const workflow: OfficialValidator;
export declare const callMcp: OfficialValidator;
export declare const callFunction: OfficialValidator;
export declare const doTask: OfficialValidator;
export declare const forTask: OfficialValidator;
export declare const forkTask: OfficialValidator;
export declare const raiseTask: OfficialValidator;
export declare const runTask: OfficialValidator;
export declare const setTask: OfficialValidator;
export declare const switchTask: OfficialValidator;
export declare const tryTask: OfficialValidator;
export declare const waitTask: OfficialValidator;
