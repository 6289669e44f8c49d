// The client of artifacts that workflows use, as a command for tests. The last line that it prints is its result.
//
//   client.mjs upload NAME ROOT FILE...    client.mjs upload-unzipped FILE
//   client.mjs list                        client.mjs download ID DIRECTORY DIGEST
import { dirname } from 'node:path'
import { DefaultArtifactClient } from '@actions/artifact'

const client = new DefaultArtifactClient()
const commands = {
  upload: (name, root, ...files) => client.uploadArtifact(name, files, root),
  'upload-unzipped': file => client.uploadArtifact('', [file], dirname(file), { skipArchive: true }),
  list: () => client.listArtifacts(),
  download: (id, path, expectedHash) => client.downloadArtifact(Number(id), { path, expectedHash })
}
const [command, ...rest] = process.argv.slice(2)
console.log(`\n${JSON.stringify(await commands[command](...rest))}`)
