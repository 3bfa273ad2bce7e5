import type { JsonObject } from '../kernel/json.ts';
import { EXACT_PACKAGE } from './version.ts';

/** `${ $secrets.NAME }`, as a whole string. */
const BINDING = '^\\s*\\$\\{\\s*\\$secrets\\.[A-Za-z_][A-Za-z0-9_]{0,63}\\s*\\}\\s*$';
const LITERAL: JsonObject = { type: 'string', anyOf: [{ not: { pattern: '\\$\\{' } }, { pattern: BINDING }] };
const texts = (description: string): JsonObject => ({ type: 'object', description, additionalProperties: LITERAL });

const ENDPOINT = 'The https address of the server, or a binding; http on this machine only.';
const endpoint: JsonObject = {
  description: ENDPOINT,
  type: 'string',
  anyOf: [{ pattern: '^[Hh][Tt][Tt][Pp][Ss]?://', not: { pattern: '[{}]' } }, { pattern: BINDING }],
};

/** What {@link checkTransport} takes, as far as a schema can say it: for editors. */
export const TRANSPORT_SCHEMA: JsonObject = {
  type: 'object',
  description:
    'How the server is reached, as in the Open Workflow Specification: http, or stdio by npx -y PACKAGE@VERSION.',
  additionalProperties: false,
  properties: {
    http: {
      type: 'object',
      description: 'A server at an address.',
      additionalProperties: false,
      required: ['endpoint'],
      properties: {
        endpoint: {
          description: ENDPOINT,
          anyOf: [
            endpoint,
            { type: 'object', additionalProperties: false, required: ['uri'], properties: { uri: endpoint } },
          ],
        },
        headers: texts('Headers of every request; secrets only as ${ $secrets.NAME }.'),
      },
    },
    stdio: {
      type: 'object',
      description:
        'A server that is started: npx -y and an npm package in an exact version. Nothing is installed: the locked package is found.',
      additionalProperties: false,
      required: ['command', 'arguments'],
      properties: {
        command: { const: 'npx', description: 'npx, so that any engine can start it.' },
        arguments: {
          type: 'array',
          description: '-y, then PACKAGE@VERSION, then the arguments of the server.',
          minItems: 2,
          prefixItems: [{ const: '-y' }, { type: 'string', maxLength: 343, pattern: EXACT_PACKAGE }],
          items: LITERAL,
        },
        environment: texts('Variables of its environment; secrets only as ${ $secrets.NAME }.'),
      },
    },
    options: texts('Further options; secrets only as ${ $secrets.NAME }.'),
  },
  oneOf: [{ required: ['http'] }, { required: ['stdio'] }],
};
