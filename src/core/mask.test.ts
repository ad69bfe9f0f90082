import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { masked, maskOf } from './mask.js';

const secret = 's3cr"et/w\\ö+d';
const mask = maskOf([secret]);

describe('a secret', () => {
  it.each([
    ['as it is', secret],
    ['in JSON', JSON.stringify({ a: secret })],
    ['in JSON in JSON', JSON.stringify({ a: JSON.stringify({ b: secret }) })],
    ['in a configuration file', `requirepass "${secret.replace(/["\\]/g, '\\$&')}"`],
    ['in an address', `redis://u:${encodeURIComponent(secret)}@h`],
    ['in an address with small letters', `redis://u:${encodeURIComponent(secret).toLowerCase()}@h`],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in base64 for addresses', Buffer.from(secret).toString('base64url')],
    ['in base64 behind a name', Buffer.from(`user:${secret}`).toString('base64')],
    ['in base64 behind another name', Buffer.from(`users:${secret}!`).toString('base64')],
    ['in base64 with something behind', Buffer.from(`${secret}, and more`).toString('base64')],
    ['as hexadecimal digits', Buffer.from(secret).toString('hex')],
    ['as ACL LIST shows it', `user x on #${createHash('sha256').update(secret).digest('hex')} ~*`],
    ['as a server prints it', String.raw`s3cr\"et/w\\\xc3\xb6+d`],
  ])('%s is hidden', (_, text) => {
    const clean = mask(text);
    expect(clean).toContain('***');
    for (const part of ['s3cr', 'w\\', 'et/w', createHash('sha256').update(secret).digest('hex')])
      expect(clean).not.toContain(part);
  });

  it('is found wherever it stands', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 6 }), fc.string(), fc.string(), (word, before, behind) => {
        fc.pre(!'***'.includes(word) && !before.includes('*') && !behind.includes('*') && !word.includes('*'));
        expect(maskOf([word])(`${before}${word}${behind}`)).not.toContain(word);
      }),
    );
  });

  it('that is short is hidden as a word, and no word is broken for it', () => {
    expect(maskOf(['pass'])('AUTH pass: "pass" >pass, 1 passed, compass')).toBe(
      'AUTH ***: "***" >***, 1 passed, compass',
    );
  });

  it('that is a part of another leaves nothing of it', () => {
    expect(maskOf(['hunter2', 'hunter2-longer'])('x hunter2-longer y')).toBe('x *** y');
  });

  it('that becomes known later is hidden from then on', () => {
    const secrets: string[] = [];
    const later = maskOf(secrets);
    expect(later('x hunter2')).toBe('x hunter2');
    secrets.push('hunter2');
    expect(later('x hunter2')).toBe('x ***');
  });

  it('is taken out of data at any depth, and out of keys, but not of what has to stay', () => {
    const data = { id: secret, list: [{ text: `a ${secret}` }], [secret]: 1, n: 2, none: null };
    expect(masked(data, mask, new Set(['id']))).toEqual({
      id: secret,
      list: [{ text: 'a ***' }],
      '***': 1,
      n: 2,
      none: null,
    });
  });
});
