import * as z from 'zod';
import { isObject, type JsonObject } from '../../kernel/json.ts';
import { caseSchema } from '../../store/case.ts';
import { storeSchema } from '../../store/config.ts';
import { contractSchema } from '../../store/contract.ts';
import { serverSchema } from '../../store/server.ts';
import { JSON_SCHEMA } from '../../store/words.ts';
import { SCHEMA_REFERENCE, schemaDefinition } from './keywords.ts';
import { WORKFLOW_SCHEMA } from './workflow.ts';

/** The files that people write, as editors name their kinds. */
export const KINDS = ['workflow', 'contract', 'tool', 'store', 'case'] as const;
export type Kind = (typeof KINDS)[number];

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** A JSON Schema (draft 2020-12) of one kind of file: what its reader takes, as far as a schema can say it. */
export function editorSchema(kind: Kind): JsonObject {
  switch (kind) {
    case 'workflow':
      return document('workflow.yaml: an Open Workflow Specification 1.0.3 document', WORKFLOW_SCHEMA, false);
    case 'contract':
      return document('contract.yaml: what a workflow promises and asks for', fromZod(contractSchema), false);
    case 'tool':
      return document('tools/<server>.yaml: the contract of an MCP server', fromZod(serverSchema), true);
    case 'store':
      return document('store.yaml: the law of a store', fromZod(storeSchema), false);
    case 'case':
      return document('tests/*.yaml: one functional case', fromZod(caseSchema), false);
  }
}

/** The text of {@link editorSchema} as it is written to a file. */
export function editorSchemaText(kind: Kind): string {
  return `${JSON.stringify(editorSchema(kind), null, 2)}\n`;
}

/** Where a store keeps the schemas for its editors: committed, so that no editor needs the network. */
const SCHEMA_FOLDER = '.proofmark/schemas';

export function schemaFile(kind: Kind): string {
  return `${SCHEMA_FOLDER}/${kind}.schema.json`;
}

/** How deep in a store each kind of file stands. */
const DEPTHS: Readonly<Record<Kind, number>> = { workflow: 3, contract: 3, tool: 1, store: 0, case: 4 };

/** The comment by which YAML language servers find the schema of a file that stands where its kind does. */
export function modeline(kind: Kind): string {
  return `# yaml-language-server: $schema=${'../'.repeat(DEPTHS[kind])}${schemaFile(kind)}`;
}

function document(title: string, schema: JsonObject, open: boolean): JsonObject {
  const definitions = schema['$defs'];
  const needed = JSON.stringify(schema).includes(JSON.stringify(SCHEMA_REFERENCE).slice(1, -1));
  const own = isObject(definitions) ? definitions : {};
  const { $defs: _, ...rest } = schema;
  const $defs = { ...own, ...(needed ? { schema: schemaDefinition(open) } : {}) };
  return { $schema: DRAFT, title, ...rest, ...(Object.keys($defs).length === 0 ? {} : { $defs }) };
}

function fromZod(schema: z.ZodType): JsonObject {
  const made = z.toJSONSchema(schema, {
    io: 'input',
    // Marks the places of JSON Schemas.
    override: ({ jsonSchema }) => {
      if (jsonSchema.title !== JSON_SCHEMA) return;
      const { description } = jsonSchema;
      for (const key of Object.keys(jsonSchema)) Reflect.deleteProperty(jsonSchema, key);
      Object.assign(jsonSchema, {
        type: 'object',
        ...SCHEMA_REFERENCE,
        ...(description === undefined ? {} : { description }),
      });
    },
  });
  const { $schema: _, ...rest } = made;
  // What zod makes is plain data.
  return JSON.parse(JSON.stringify(rest)) as JsonObject;
}
