import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { document, element, legal, textElement } from './xml.js';

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  trimValues: false,
  parseTagValue: false,
  parseAttributeValue: false,
  htmlEntities: true,
});

/** Anything a server can answer: all code units, lone surrogates, control characters, entities and terminal colours. */
const anything = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        '<',
        '>',
        '&',
        '"',
        "'",
        ']]>',
        '\u001b[31m',
        '\u0000',
        '\u0008',
        '\r\n',
        '\t',
        '\ud800',
        '\uffff',
        '&amp;',
        '<!--',
        '🙂',
        ' ',
        'x',
      ),
    )
    .map((parts) => parts.join('')),
);

describe('the XML writer', () => {
  it('brings any text through a real parser', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const xml = document(element('root', {}, [textElement('t', {}, `|${text}|`)]));
        expect(XMLValidator.validate(xml)).toBe(true);
        expect(parser.parse(xml).root.t).toBe(`|${legal(text)}|`);
      }),
      { numRuns: 500 },
    );
  });

  it('brings any attribute through a real parser, line ends and tabs included', () => {
    fc.assert(
      fc.property(anything, (text) => {
        const xml = document(element('root', { a: `|${text}|` }));
        expect(XMLValidator.validate(xml)).toBe(true);
        expect(parser.parse(xml).root.a).toBe(`|${legal(text)}|`);
      }),
      { numRuns: 500 },
    );
  });

  it('drops terminal sequences and code points that XML has no way to write', () => {
    expect(legal('\u001b[1;31mred\u001b[0m\u0000 \u0007ok\ud800')).toBe('red ok');
  });

  it('leaves out attributes without a value', () => {
    expect(element('a', { b: undefined, c: 0 })).toBe('<a c="0"/>');
  });
});
