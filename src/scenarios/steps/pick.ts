/** Which part of a reply counts: an item of a list, a line `name:value` or a pair of a list, what is found in it, how much there is of it. */
import type { Reply } from '../../server/resp.js';
import { textOf } from './meet.js';
import { filledRegex, type Regex } from './regex.js';
import { showReply } from './show.js';
import { fill, type Values } from './values.js';

export interface Pick {
  field?: string;
  /** A number is a place in a list, a text the name before the value. */
  item?: (number | string)[];
  find?: Regex;
  /** How many: finds, items of a list, lines of a text. */
  count?: true;
}

/** @throws saying what the reply lacks. */
export function pick({ field, item = [], find, count }: Pick, reply: Reply, values: Values): Reply {
  let part = reply;
  for (const step of item) part = typeof step === 'number' ? itemOf(step, part) : valueAfter(fill(step, values), part);
  if (field !== undefined) part = fieldOf(fill(field, values), part);
  if (find === undefined) return count ? amountOf(part) : part;
  const regex = filledRegex(find, values);
  if (count) return textsIn(part).reduce((sum, text) => sum + [...text.matchAll(global(regex))].length, 0);
  for (const text of textsIn(part)) {
    const match = regex.exec(text);
    if (match) return match[1] ?? match[0];
  }
  throw new Error(`/${find.pattern}/${find.flags} is not found in the reply`);
}

const global = (regex: RegExp): RegExp => new RegExp(regex.source, `${regex.flags}g`);

/** Every text of a reply, at any depth. */
const textsIn = (reply: Reply): string[] =>
  Array.isArray(reply) ? reply.flatMap(textsIn) : [textOf(reply)].filter((text) => text !== undefined);

function amountOf(part: Reply): number {
  if (Array.isArray(part)) return part.length;
  const text = textOf(part);
  if (text === undefined) throw new Error(`the reply is ${showReply(part)}: there is nothing to count`);
  return text.split(/\r?\n/).filter((line) => line.trim() !== '').length;
}

function itemOf(index: number, reply: Reply): Reply {
  if (!Array.isArray(reply)) throw new Error(`the reply has no items: ${showReply(reply)}`);
  const found = reply.at(index);
  if (found === undefined) throw new Error(`the reply has no item ${index}, only ${reply.length} items`);
  return found;
}

function valueAfter(name: string, reply: Reply): Reply {
  const index = Array.isArray(reply) ? reply.findIndex((one, i) => i % 2 === 0 && textOf(one) === name) : -1;
  const value = index < 0 ? undefined : (reply as Reply[])[index + 1];
  if (value === undefined) throw new Error(`the reply has no field ${name}`);
  return value;
}

function fieldOf(name: string, reply: Reply): Reply {
  if (Array.isArray(reply)) return valueAfter(name, reply);
  const line = textOf(reply)
    ?.split(/\r?\n/)
    .find((one) => one.startsWith(`${name}:`));
  if (line === undefined) throw new Error(`the reply has no field ${name}`);
  return line.slice(name.length + 1);
}
