import type { Json, JsonObject } from '../kernel/json.ts';
import type { Place, TextPart } from '../kernel/place.ts';
import type { Pointer } from '../kernel/pointer.ts';

/** The files of a store as parsed data (FORMATS). Everything here has been checked for shape, not yet for meaning. */

export type Risk = 'low' | 'moderate' | 'high';
export type Level = 'structured' | 'tested' | 'hardened' | 'proved';
export type EffectClass = 'read' | 'write' | 'irreversible';
/** What a tool is about (FORMATS, "tools/<server>.yaml"); policies attach to it. */
export const TOOL_CLASSES = [
  'payment',
  'health-record',
  'identity',
  'control',
  'message',
  'calendar',
  'file',
  'web',
  'directory',
  'commerce',
  'code',
  'record',
  'other',
] as const;
export type ToolClass = (typeof TOOL_CLASSES)[number];

/** `<server>/<tool name>`. */
export type ToolId = `${string}/${string}`;
/** `<namespace>/<name>`. */
export type WorkflowName = `${string}/${string}`;

/** Finds the place of a node, or of a part of a string, of the document that a model was parsed from; of the nearest known ancestor where absent. */
export type Locate = (pointer: Pointer, part?: TextPart) => Place;

export interface StoreConfig {
  readonly store: string;
  readonly namespaces: ReadonlyMap<string, { readonly owners: readonly string[] }>;
  readonly secrecy: readonly string[];
  readonly clearance: {
    readonly model: readonly string[];
    readonly approver: readonly string[];
    readonly caller: readonly string[];
  };
  readonly inputs: readonly {
    readonly workflow: string;
    readonly pointers: readonly Pointer[];
    readonly trust: boolean;
    readonly secrecy: readonly string[];
  }[];
  readonly declassify: readonly {
    readonly workflow: string;
    readonly secrecy: string;
    readonly to: string;
    readonly at: Pointer;
    /** JSON Schema of what may flow. */
    readonly as: JsonObject;
    readonly why: string;
  }[];
  readonly targets: ReadonlyMap<string, readonly string[]>;
  readonly levels: Readonly<Record<Risk, Level>>;
  readonly limits: {
    readonly worlds: number;
    readonly paths: number;
    readonly rlimit: number;
    readonly mutants?: number;
  };
  readonly packs: JsonObject;
  readonly verifiers: { readonly need: number; readonly operators: readonly Json[] };
  readonly channels: readonly string[];
  readonly waivers: readonly {
    readonly rule: string;
    readonly workflow: string;
    readonly reason: string;
    readonly until: string;
  }[];
  readonly locate: Locate;
}

export interface Tool {
  readonly id: ToolId;
  readonly name: string;
  /** JSON Schema of the arguments, as captured. */
  readonly input: JsonObject;
  /** JSON Schema of `structuredContent`; absent: text content only. */
  readonly output?: JsonObject;
  readonly effect: EffectClass;
  readonly class: ToolClass;
  readonly target: readonly Pointer[];
  readonly leaves: ReadonlyMap<Pointer, { readonly secrecy: readonly string[]; readonly untrusted: boolean }>;
  readonly sum: readonly Pointer[];
  readonly key?: Pointer;
  readonly returns: { readonly trust: boolean; readonly secrecy: readonly string[] };
}

export interface Server {
  readonly server: string;
  /** The OWS transport, with `${ $secrets.NAME }` where a binding goes. */
  readonly transport: JsonObject;
  readonly origin:
    | { readonly kind: 'written' }
    | {
        readonly kind: 'captured';
        readonly package: string;
        readonly version: string;
        readonly integrity: string;
        readonly lock: string;
        readonly list: string;
      }
    /** Of a server at an address: its list of tools, and nothing about the program behind it. */
    | { readonly kind: 'listed'; readonly list: string };
  readonly bindings: ReadonlyMap<string, { readonly secrecy: readonly string[] }>;
  readonly memory?: { readonly trusted: boolean; readonly secrecy: readonly string[] };
  readonly tools: ReadonlyMap<string, Tool>;
  readonly locate: Locate;
}

export interface Capability {
  readonly tool: ToolId;
  /** JSON Schema over the arguments. */
  readonly where?: JsonObject;
  readonly most?: number;
  readonly total: ReadonlyMap<Pointer, number>;
}

export interface Budgets {
  readonly tasks: number;
  readonly calls: number;
  readonly infers: number;
  /** Virtual milliseconds. */
  readonly time: number;
}

export interface Contract {
  readonly risk: Risk;
  readonly domain?: string;
  readonly intents: readonly string[];
  readonly labels: { readonly input: ReadonlyMap<Pointer, { readonly secrecy: readonly string[] }> };
  readonly capabilities: readonly Capability[];
  readonly errors: readonly string[];
  readonly budgets: Budgets;
  readonly invariants: readonly { readonly id: string; readonly always: string }[];
  readonly locate: Locate;
}

/** One scripted reply of a case or witness (FORMATS, "tests/*.yaml"). `elapsed`: virtual milliseconds that it took; none where absent. */
export type ScriptedReply = { readonly elapsed?: number } & (
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'structured'; readonly structured: Json }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'result'; readonly result: JsonObject }
  | { readonly kind: 'error'; readonly error: string; readonly detail?: string }
  | { readonly kind: 'approval'; readonly approved: boolean; readonly by: string }
);

export interface Case {
  readonly name: string;
  readonly input: Json;
  readonly replies: ReadonlyMap<string, readonly ScriptedReply[]>;
  /** Which branch of a race wins, by task pointer. */
  readonly choices: ReadonlyMap<string, string>;
  readonly expect: {
    readonly calls: readonly { readonly tool: ToolId; readonly arguments: Json }[];
    readonly outcome: { readonly output: Json } | { readonly error: string };
  };
  readonly file: string;
  readonly locate: Locate;
}

/** A file that the law is made of or that a policy engine reads. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** What judges: store.yaml, tool contracts, and policies (the shipped packs before the store's own). */
export interface Law {
  readonly config: StoreConfig;
  readonly servers: ReadonlyMap<string, Server>;
  readonly policies: readonly TextFile[];
  /** `sha256-…` over the exact bytes of every file of the law, and of each part. */
  readonly digest: string;
  readonly digests: { readonly store: string; readonly tools: string; readonly policies: string };
}

/** The files of one workflow's folder, shape-checked; `document` stays unparsed data here: `workflow/` gives it meaning. */
export interface WorkflowFiles {
  readonly name: WorkflowName;
  readonly folder: string;
  readonly document: Json;
  readonly locate: Locate;
  readonly contract: Contract;
  readonly cases: readonly Case[];
  /** `sha256-…` over every file of the folder: what evidence and witnesses name as the subject. */
  readonly digest: string;
}
