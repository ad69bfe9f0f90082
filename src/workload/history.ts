/**
 * A Recording in a run folder. `history.json` holds everything but the tables, `history.bin` the tables; both are needed
 * and each names the run. `plan.json` and `logs/<node>.log` are copies for people.
 *
 *   history.bin:  "redrill\x01" | u32 length of header | header (JSON: run, tables with shape, rows, bytes; crc32) | columns, little-endian
 */
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { messageOf, RedrillError } from '../core/errors.js';
import { makeFolder } from '../core/folder.js';
import type { Recording } from './recording.js';
import { type Columns, Table } from './table.js';
import { foundShape, opShape, probeShape, sampleShape } from './tables.js';

const MAGIC = Buffer.from('redrill\x01', 'latin1');
const shapes = { ops: opShape, probes: probeShape, samples: sampleShape, found: foundShape } as const;
type TableName = keyof typeof shapes;
const tableNames = Object.keys(shapes) as TableName[];

const headerSchema = z.object({
  version: z.literal(1),
  runId: z.string(),
  crc32: z.number(),
  tables: z.record(
    z.string(),
    z.object({
      rows: z.number().int().min(0),
      bytes: z.number().int().min(0),
      shape: z.record(z.string(), z.enum(['f64', 'u32', 'u16', 'u8'])),
    }),
  ),
});
type Header = z.infer<typeof headerSchema>;

/** What reading relies on before anything else; the rest of history.json is trusted, it was written by `writeRecording`. */
const skeleton = z.looseObject({
  version: z.literal(1),
  runId: z.string(),
  scenario: z.looseObject({ name: z.string() }),
  clock: z.looseObject({ wallAtZero: z.number(), end: z.number() }),
  topology: z.looseObject({ nodes: z.array(z.looseObject({ name: z.string() })), shards: z.array(z.unknown()) }),
  workload: z.looseObject({ probeEvery: z.number() }),
  objectives: z.array(z.unknown()),
  stages: z.array(z.unknown()),
  faults: z.array(z.unknown()),
  procedures: z.array(z.unknown()),
  views: z.array(z.unknown()),
  logs: z.record(z.string(), z.array(z.unknown())),
  errorTexts: z.array(z.string()),
  eventLoop: z.looseObject({}),
  warnings: z.array(z.string()),
});

/** Writes the recording's files into an existing or new folder. history.json comes last: without it the folder is no recording. */
export async function writeRecording(folder: string, recording: Recording): Promise<void> {
  const { ops, probes, samples, found, ...rest } = recording;
  try {
    await makeFolder(join(folder, 'logs'));
    await writeTables(join(folder, 'history.bin'), recording.runId, { ops, probes, samples, found });
    await writeFile(join(folder, 'plan.json'), `${JSON.stringify(rest.plan ?? null, null, 2)}\n`);
    for (const [node, lines] of Object.entries(rest.logs))
      await writeFile(join(folder, 'logs', `${node}.log`), lines.map((l) => `${l.text}\n`).join(''));
    const part = join(folder, 'history.json.part');
    await writeFile(part, JSON.stringify(rest));
    await rename(part, join(folder, 'history.json'));
  } catch (error) {
    throw new RedrillError('REPORT', `can't write the recording to ${folder}: ${messageOf(error)}`, {
      hint: 'check the free space and the permissions of that folder',
      cause: error,
    });
  }
}

type Tables = Pick<Recording, TableName>;

async function writeTables(file: string, runId: string, tables: Tables): Promise<void> {
  const described: Header['tables'] = {};
  const columns: Buffer[] = [];
  let sum = 0;
  for (const name of tableNames) {
    const bytes = tables[name].bytes();
    for (const column of bytes) sum = crc32(column, sum);
    columns.push(...bytes);
    described[name] = {
      rows: tables[name].length,
      bytes: bytes.reduce((n, b) => n + b.length, 0),
      shape: shapes[name],
    };
  }
  const header = Buffer.from(JSON.stringify({ version: 1, runId, crc32: sum, tables: described } satisfies Header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const part = `${file}.part`;
  const handle = await open(part, 'w');
  try {
    for (const chunk of [MAGIC, length, header, ...columns]) await writeAll(handle, chunk);
  } catch (error) {
    await handle.close();
    await rm(part, { force: true });
    throw error;
  }
  await handle.close();
  await rename(part, file);
}

/** A write may be short, for example when the disk fills up; the next one then says why. */
async function writeAll(handle: Awaited<ReturnType<typeof open>>, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
}

export async function readRecording(folder: string): Promise<Recording> {
  const text = await readFile(join(folder, 'history.json'), 'utf8').catch(async (error: unknown) => {
    const exists = await stat(folder).then(
      (s) => s.isDirectory(),
      () => false,
    );
    throw new RedrillError(
      'USAGE',
      exists ? `${folder} holds no recording: it has no history.json` : `no such run folder: ${folder}`,
      {
        hint: 'name the folder of a finished run, for example reports/latest',
        cause: error,
      },
    );
  });
  const rest = parseJson(text, join(folder, 'history.json'));
  const tables = await readTables(join(folder, 'history.bin'), rest.runId);
  return { ...rest, ...tables };
}

const damaged = (file: string, why: string, cause?: unknown): RedrillError =>
  new RedrillError('REPORT', `${file} is damaged: ${why}`, {
    hint: 'this run can no longer be judged; run the scenario again, or restore the folder from a copy',
    cause,
  });

const foreign = (file: string, version: unknown): RedrillError =>
  new RedrillError('REPORT', `${file} was written in format version ${String(version)}; this redrill reads version 1`, {
    hint: 'judge it with the version of redrill that recorded it (environment.redrill in history.json)',
  });

function parseJson(text: string, file: string): Omit<Recording, TableName> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(file, 'it is not JSON', error);
  }
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version !== 1) throw foreign(file, version);
  const checked = skeleton.safeParse(value);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    throw damaged(
      file,
      `it is not a recording (${issue?.path.join('.') || 'top level'}: ${issue?.message ?? 'invalid'})`,
      checked.error,
    );
  }
  return value as Omit<Recording, TableName>;
}

async function readTables(file: string, runId: string): Promise<Tables> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw damaged(file, 'it is missing or unreadable', error);
  });
  if (bytes.length < 12 || !bytes.subarray(0, 7).equals(MAGIC.subarray(0, 7)))
    throw damaged(file, 'it does not begin like a history');
  if (bytes[7] !== MAGIC[7]) throw foreign(file, bytes[7]);
  const from = 12 + bytes.readUInt32LE(8);
  if (from > bytes.length) throw damaged(file, 'it is cut off in its header');
  const header = parseHeader(bytes.subarray(12, from), file);
  if (header.runId !== runId) throw damaged(file, `it belongs to run ${header.runId}, history.json to run ${runId}`);
  const expected = Object.values(header.tables).reduce((n, t) => n + t.bytes, from);
  if (bytes.length !== expected) throw damaged(file, `it has ${bytes.length} bytes where ${expected} were written`);
  if (crc32(bytes.subarray(from)) !== header.crc32) throw damaged(file, 'its checksum is wrong');
  const out: Partial<Record<TableName, unknown>> = {};
  let at = from;
  for (const [name, { rows, bytes: size, shape }] of Object.entries(header.tables)) {
    const { table, used } = Table.read<Columns>(shape, rows, bytes.subarray(at, at + size));
    if (used !== size) throw damaged(file, `table ${name} has ${size} bytes where its shape needs ${used}`);
    at += size;
    if (name in shapes) out[name as TableName] = conform(table, shapes[name as TableName]);
  }
  for (const name of tableNames) if (!out[name]) throw damaged(file, `it has no table ${name}`);
  return out as Tables;
}

function parseHeader(bytes: Buffer, file: string): Header {
  try {
    return headerSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw damaged(file, 'its header is unreadable', error);
  }
}

/** A history from before a column was added (or reordered) still reads: what it lacks is 0. */
function conform(table: Table<Columns>, shape: Columns): Table<Columns> {
  if (JSON.stringify(table.shape) === JSON.stringify(shape)) return table;
  const out = new Table(shape, Math.max(table.length, 1));
  for (let i = 0; i < table.length; i++)
    out.push(Object.fromEntries(Object.keys(shape).map((c) => [c, c in table.shape ? table.at(i, c) : 0])));
  return out;
}
