import { editorSchemaText, KINDS, schemaFile } from '../src/schema/editor/formats.ts';
import type { Generator } from './generated.ts';

/** The schemas for editors as the sample store keeps them: what `proofmark schema --write` writes. */
export const editorSchemas: Generator = {
  name: 'editor-schemas',
  generate: () =>
    Promise.resolve(
      KINDS.map((kind) => ({ path: `fixtures/store/${schemaFile(kind)}`, text: editorSchemaText(kind) })),
    ),
};
