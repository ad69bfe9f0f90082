import { expect, it } from 'vitest';
import { resolveImage } from './images.js';

it('finds an image, and says where it came from', async () => {
  const image = await resolveImage('redis:7.0');
  expect(image.id).toMatch(/^sha256:/);
  expect(image.origin).not.toBe('');
});

it('says which image is missing, why, and what there is instead', async () => {
  await expect(resolveImage('no-such-registry.invalid/x:1')).rejects.toMatchObject({
    code: 'IMAGE',
    message: expect.stringMatching(/^no image no-such-registry\.invalid\/x:1: /),
    hint: expect.stringContaining('redis:7.0'),
  });
});
