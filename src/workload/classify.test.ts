import { expect, test } from 'vitest';
import { Status } from '../recording/tables.js';
import { classifyError, statusOfReply } from './classify.js';

test.each(['MOVED', 'ASK', 'CLUSTERDOWN', 'CROSSSLOT', 'READONLY', 'TRYAGAIN', 'OOM', 'NOAUTH', 'MASTERDOWN'])(
  '%s is a certain failure',
  (code) => {
    expect(statusOfReply(code)).toBe(Status.fail);
    expect(classifyError(new Error(`${code} some text`), false)).toEqual({ status: Status.fail, text: code });
  },
);

test.each([
  ['Connection is closed.', 'closed'],
  ['Command timed out', 'timeout'],
  ['read ECONNRESET', 'closed'],
  ['UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)', 'UNBLOCKED'],
])('"%s" proves nothing', (message, text) =>
  expect(classifyError(new Error(message), false)).toEqual({ status: Status.unknown, text }),
);

test('a refused connection means nothing was sent', () => {
  expect(classifyError(new Error('connect ECONNREFUSED 10.0.0.1:6379'), false)).toEqual({
    status: Status.fail,
    text: 'refused',
  });
});

// The first attempt may have been executed before its connection broke; only the last one was answered with CLUSTERDOWN.
test('the last error of a client that re-sends proves nothing about its earlier attempts', () => {
  const error = new Error('Too many Cluster redirections. Last error: ReplyError: CLUSTERDOWN The cluster is down');
  expect(classifyError(error, true)).toEqual({ status: Status.unknown, text: 'CLUSTERDOWN' });
  expect(classifyError(error, false)).toEqual({ status: Status.fail, text: 'CLUSTERDOWN' });
});
