import { X509Certificate } from 'node:crypto';
import { createServer as listen } from 'node:net';
import { createServer } from 'node:tls';
import { expect, test } from 'vitest';
import { Connection } from '../server/connection.js';
import { clientTls, makeCertificates, serialNumber } from './certificates.js';

test('the certificate is signed by the authority, and good for the name and for each address', async () => {
  const { ca, cert } = await makeCertificates(['10.0.0.1', '10.0.0.2']);
  const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)];
  expect(server.verify(authority.publicKey)).toBe(true);
  expect(server.checkIssued(authority)).toBe(true);
  expect([authority.ca, server.ca]).toEqual([true, false]);
  expect(server.checkIP('10.0.0.2')).toBe('10.0.0.2');
  expect(server.checkIP('10.0.0.3')).toBeUndefined();
});

test.each([0x00, 0x7f, 0x80, 0xff])(
  'a serial number is positive and has no padding, whatever chance gives (%d)',
  (octet) => {
    const [first, second] = Buffer.from(serialNumber(Buffer.alloc(16, octet)), 'hex');
    expect(first).toBeLessThan(0x80);
    expect((first! << 8) | second!).toBeGreaterThanOrEqual(0x80);
    expect(serialNumber()).not.toBe(serialNumber());
  },
);

test('a connection trusts its own run, and no other', async () => {
  const [ours, others] = await Promise.all([makeCertificates([]), makeCertificates([])]);
  const server = createServer({ ...ours, requestCert: true, rejectUnauthorized: true }, (socket) => {
    socket.on('data', () => socket.write('+PONG\r\n')).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = { host: '127.0.0.1', port: (server.address() as { port: number }).port };
  const trusting = new Connection(address, { tls: clientTls(ours) });
  const doubting = new Connection(address, { tls: clientTls(others) });
  const plain = new Connection(address);
  try {
    expect(await trusting.call(['PING'])).toBe('PONG');
    await expect(doubting.call(['PING'])).rejects.toMatchObject({ reason: 'refused' });
    await expect(plain.call(['PING'])).rejects.toMatchObject({ reason: 'closed' });
  } finally {
    for (const connection of [trusting, doubting, plain]) connection.close();
    server.close();
  }
});

test('where TLS does not come up in time, nothing was sent', async () => {
  const silent = listen(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = { host: '127.0.0.1', port: (silent.address() as { port: number }).port };
  const connection = new Connection(address, { tls: clientTls(await makeCertificates([])), connectTimeout: 50 });
  await expect(connection.call(['PING'])).rejects.toMatchObject({ reason: 'refused' });
  silent.close();
});
