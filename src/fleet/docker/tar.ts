import { extract, pack } from 'tar-stream';

/** An archive for the engine to unpack at /. It makes missing parent directories itself; everything belongs to root. */
export async function tarOf(files: Record<string, string | Buffer>, programs: readonly string[] = []): Promise<Buffer> {
  const archive = pack();
  for (const [path, content] of Object.entries(files))
    archive.entry({ name: path.replace(/^\/+/, ''), mode: programs.includes(path) ? 0o755 : 0o644 }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The content of the first file in an archive. */
export async function firstFile(archive: NodeJS.ReadableStream): Promise<Buffer | undefined> {
  const entries = extract();
  archive.on('error', (error) => entries.destroy(error));
  archive.pipe(entries);
  for await (const entry of entries) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    if (entry.header.type === 'file') return Buffer.concat(chunks);
  }
  return undefined;
}
