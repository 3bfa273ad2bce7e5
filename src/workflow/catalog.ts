/** The one address of the shipped catalog, as documents name it. */
export const CATALOG_ENDPOINT = 'https://proofmark.example/catalog';
