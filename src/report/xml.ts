/**
 * A small XML writer. It drops what XML 1.0 can't carry, so that any string from a server survives a real parser. No library's: those
 * refuse such a string or write it as it is, leave tabs and line ends of attributes to be lost, and indent text that is content.
 */
import { harmless } from '../core/harmless.js';

export type Attributes = Record<string, string | number | undefined>;

const illegal = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** What is left of a text after it has been through XML: no terminal sequences, no illegal code points, one kind of line end. */
export const legal = (text: string): string => harmless(text).replace(illegal, '').replace(/\r\n?/g, '\n');

export const escapeText = (text: string): string => legal(text).replace(/[&<>]/g, (c) => entities[c]!);

/** Parsers turn raw line ends and tabs in an attribute into spaces; as character references they survive. */
export const escapeAttribute = (text: string): string =>
  legal(text)
    .replace(/[&<>"']/g, (c) => entities[c]!)
    .replace(/[\t\n]/g, (c) => `&#${c.charCodeAt(0)};`);

/** An element with child elements, each on lines of their own. Children are XML already. */
export function element(name: string, attributes: Attributes, children: string[] = []): string {
  const open = `${name}${Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escapeAttribute(String(value))}"`)
    .join('')}`;
  return children.length === 0 ? `<${open}/>` : [`<${open}>`, ...children, `</${name}>`].join('\n');
}

/** An element that holds text. Its content is never indented: white space is part of it. */
export function textElement(name: string, attributes: Attributes, text: string): string {
  const empty = element(name, attributes);
  return `${empty.slice(0, -2)}>${escapeText(text)}</${name}>`;
}

export const document = (root: string): string => `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
