/**
 * A Recording in a run folder. `history.json` holds everything but the tables, `history.bin` the tables; both are needed
 * and each names the run. `plan.json` and `logs/<node>.log` are copies for people. `SHA256SUMS` has the checksum of each.
 *
 *   history.bin:  "redrill\x01" | u32 length of header | header (JSON: run, tables with shape, rows, bytes; crc32) | columns, little-endian
 */
import { createHash } from 'node:crypto';
import { open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { messageOf, RedrillError } from '../core/errors.js';
import { makeFolder } from '../core/folder.js';
import type { Recording } from './recording.js';
import { wrongRow } from './rows.js';
import { recordingSchema } from './schema.js';
import { checkSealed, checksum, damaged, readSeal, SEAL, type Seal, sealText } from './seal.js';
import { type Columns, rowWidth, Table } from './table.js';
import { laterTables, tableShapes as shapes, type TableName, tableNames } from './tables.js';

const MAGIC = Buffer.from('redrill\x01', 'latin1');

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

/** What history.json has beside the recording: there must be checksums, so that losing them is told too. */
const SEALED = { sealed: SEAL } as const;

/** Writes the recording's files into an existing or new folder. history.json comes last: without it the folder is no recording. */
export async function writeRecording(folder: string, recording: Recording): Promise<void> {
  const { tables, rest } = apart(recording);
  const seal = new Map<string, string>();
  const put = async (path: string, content: string): Promise<void> => {
    seal.set(path, checksum(content));
    await writeFile(join(folder, path), content);
  };
  try {
    await makeFolder(join(folder, 'logs'));
    seal.set('history.bin', await writeTables(join(folder, 'history.bin'), recording.runId, tables));
    await put('plan.json', `${JSON.stringify(rest.plan ?? null, null, 2)}\n`);
    for (const [node, lines] of Object.entries(rest.logs))
      await put(`logs/${node}.log`, lines.map((l) => `${l.text}\n`).join(''));
    const text = JSON.stringify({ ...SEALED, ...rest });
    const part = join(folder, 'history.json.part');
    await writeFile(part, text);
    seal.set('history.json', checksum(text));
    await writeFile(join(folder, SEAL), sealText(seal));
    await rename(part, join(folder, 'history.json'));
  } catch (error) {
    throw new RedrillError('REPORT', `can't write the recording to ${folder}: ${messageOf(error)}`, {
      hint: 'check the free space and the permissions of that folder',
      cause: error,
    });
  }
}

type Tables = Pick<Recording, TableName>;

function apart(recording: Recording): { tables: Tables; rest: Omit<Recording, TableName> } {
  const { ops, probes, samples, found, replicaReads, expiries, messages, deliveries, subscriptions, ...rest } =
    recording;
  return { tables: { ops, probes, samples, found, replicaReads, expiries, messages, deliveries, subscriptions }, rest };
}

/** @returns the checksum of the whole file. */
async function writeTables(file: string, runId: string, tables: Tables): Promise<string> {
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
  const whole = createHash('sha256');
  try {
    for (const chunk of [MAGIC, length, header, ...columns]) {
      whole.update(chunk);
      await writeAll(handle, chunk);
    }
  } catch (error) {
    await handle.close();
    await rm(part, { force: true });
    throw error;
  }
  await handle.close();
  await rename(part, file);
  return whole.digest('hex');
}

/** A write may be short, for example when the disk fills up; the next one then says why. */
async function writeAll(handle: Awaited<ReturnType<typeof open>>, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk, at)).bytesWritten;
}

export interface Opened {
  recording: Recording;
  /** There are checksums, and every file is what was written. */
  sealed: boolean;
}

export const readRecording = async (folder: string): Promise<Recording> => (await openRecording(folder)).recording;

/**
 * @param rewritten files that are about to be written again, and may be what they like.
 * @throws RedrillError for a folder that holds none, and for one that is not what was written: nothing of it is believed.
 */
export async function openRecording(folder: string, rewritten: readonly string[] = []): Promise<Opened> {
  const bytes = await readFile(join(folder, 'history.json')).catch(async (error: unknown) => {
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
  const file = join(folder, 'history.json');
  const seal = await readSeal(folder);
  if (seal) checkSealed(seal, folder, 'history.json', bytes);
  const { sealed, ...rest } = parseJson(bytes.toString('utf8'), file);
  if (sealed !== undefined && !seal?.has('history.json'))
    throw damaged(join(folder, SEAL), seal ? 'it has no checksum of history.json' : 'it is missing');
  const tables = await readTables(folder, rest.runId, seal);
  const wrong = wrongRow(tables, rest);
  if (wrong !== undefined) throw damaged(join(folder, 'history.bin'), wrong);
  await copiesHold(folder, seal, rewritten);
  const warnings = sealed === undefined ? [...rest.warnings, UNSEALED] : rest.warnings;
  return { recording: { ...rest, warnings, ...tables }, sealed: sealed !== undefined };
}

const UNSEALED =
  'the recording has no checksums (an older redrill wrote it): damage that leaves it readable can not be told';

/** Copies for people and programs: one that is gone says nothing, one that was changed says something else than happened. */
async function copiesHold(folder: string, seal: Seal | undefined, rewritten: readonly string[]): Promise<void> {
  for (const path of seal?.keys() ?? []) {
    if (path.startsWith('history.') || rewritten.includes(path)) continue;
    const content = await readFile(join(folder, path)).catch(() => undefined);
    if (content) checkSealed(seal!, folder, path, content);
  }
}

const foreign = (file: string, version: unknown): RedrillError =>
  new RedrillError('REPORT', `${file} was written in format version ${String(version)}; this redrill reads version 1`, {
    hint: 'judge it with the version of redrill that recorded it (environment.redrill in history.json)',
  });

function parseJson(text: string, file: string): Omit<Recording, TableName> & { sealed?: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw damaged(file, 'it is not JSON', error);
  }
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version !== 1) throw foreign(file, version);
  const checked = recordingSchema.safeParse(value);
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

async function readTables(folder: string, runId: string, seal: Seal | undefined): Promise<Tables> {
  const file = join(folder, 'history.bin');
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
  if (seal) checkSealed(seal, folder, 'history.bin', bytes);
  const out: Partial<Record<TableName, unknown>> = {};
  let at = from;
  for (const [name, { rows, bytes: size, shape }] of Object.entries(header.tables)) {
    const needed = rows * rowWidth(shape);
    if (needed !== size) throw damaged(file, `table ${name} has ${size} bytes where its shape needs ${needed}`);
    const table = Table.read<Columns>(shape, rows, bytes.subarray(at, at + size));
    at += size;
    if (Object.hasOwn(shapes, name)) out[name as TableName] = conform(table, name as TableName, file);
  }
  for (const name of tableNames) {
    if (!out[name] && laterTables.has(name)) out[name] = new Table<Columns>(shapes[name], 1);
    if (!out[name]) throw damaged(file, `it has no table ${name}`);
  }
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
function conform(table: Table<Columns>, name: TableName, file: string): Table<Columns> {
  const shape: Columns = shapes[name];
  if (JSON.stringify(table.shape) === JSON.stringify(shape)) return table;
  const lacks = Object.keys(shape).find((column) => !Object.hasOwn(table.shape, column));
  const strange = Object.keys(table.shape).find((column) => !Object.hasOwn(shape, column));
  // Older or newer is one thing, but not both at once: that is a name that was damaged.
  if (lacks !== undefined && strange !== undefined)
    throw damaged(file, `table ${name} has a column "${strange}" and no "${lacks}"`);
  const out = new Table(shape, Math.max(table.length, 1));
  for (let i = 0; i < table.length; i++)
    out.push(
      Object.fromEntries(Object.keys(shape).map((c) => [c, Object.hasOwn(table.shape, c) ? table.at(i, c) : 0])),
    );
  return out;
}
