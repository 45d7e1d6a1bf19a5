// Makes src/wire.ts, the types of the wire, from the OpenAPI document of the server. Only the schemas: the calls are
// a dozen lines of src/, and 1,400 more lines of types would describe them.
import { readFile, writeFile } from 'node:fs/promises'
import openapi, { astToString } from 'openapi-typescript'

const DOCUMENT = new URL('../../openapi/openapi.json', import.meta.url)
const WIRE = new URL('../src/wire.ts', import.meta.url)

const head = '// Made from openapi/openapi.json by `npm run wire`: do not change it by hand.\n\n'

/** wire is what the file shall be. */
export async function wire() {
  const document = JSON.parse(await readFile(DOCUMENT, 'utf8'))
  const { schemas } = document.components
  for (const schema of Object.values(schemas)) {
    // "One of these members is there" is nothing that a type can say: it would become `unknown`.
    if (schema.anyOf?.every(part => Object.keys(part).join() === 'required')) delete schema.anyOf
  }
  const ast = await openapi({ ...document, paths: {}, components: { schemas } })
  return head + astToString(ast).replace(/^export (type|interface) (paths|webhooks|\$defs|operations).*\n/gm, '')
}

if (process.argv[1] === new URL(import.meta.url).pathname) await writeFile(WIRE, await wire())
