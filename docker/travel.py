"""Sends numbered datagrams from one network namespace to another, and tells how they fared.

`send PORT COUNT GAP SIZE` waits for a word on PORT and answers it with COUNT datagrams of SIZE bytes, GAP ms apart.
`take ADDRESS PORT COUNT PATIENCE` says that word until datagrams come, and prints what it made of them: how many came,
came twice, came after one that was sent later, the 10th, 50th and 90th percentile of their time on the way in ms, and bytes per
second. Both namespaces are on one kernel and share its clock; it stamps what comes in, so that a busy machine, which lets
the taker wait, makes no packet late.
"""
import socket
import struct
import sys
import time

HEAD = struct.Struct('=Id')
STAMP = struct.Struct('@qq')
SO_RCVBUFFORCE, SO_TIMESTAMPNS = 33, 35
PATIENCE_FOR_A_WORD = 5
PATIENCE_FOR_STAMPS = 1


def send(port, count, gap, size):
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(('', port))
    link.settimeout(PATIENCE_FOR_A_WORD)
    try:
        _, asker = link.recvfrom(64)
    except socket.timeout:
        return
    link.settimeout(None)
    padding = b'\0' * (size - HEAD.size)
    for number in range(count):
        link.sendto(HEAD.pack(number, time.time()) + padding, asker)
        if gap:
            time.sleep(gap / 1000)


def take(address, port, count, patience):
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24)
    link.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    link.bind(('', 0))
    until_stamped(link)
    arrivals, distinct, size = [], set(), 0
    deadline = time.monotonic() + PATIENCE_FOR_A_WORD
    while True:
        # Copies of the last ones may still be under way when all have come.
        link.settimeout(0.05 if not arrivals or len(distinct) == count else patience / 1000)
        try:
            if not arrivals:
                link.sendto(b'?', (address, port))
            data, came = receive(link)
        except socket.timeout:
            if arrivals or time.monotonic() > deadline:
                break
            continue
        number, left = HEAD.unpack_from(data)
        arrivals.append((number, left, came))
        distinct.add(number)
        size += len(data)
    print(*summary(arrivals, size))


def receive(link):
    data, stamps, _, _ = link.recvmsg(1 << 16, socket.CMSG_SPACE(STAMP.size))
    seconds, nanoseconds = STAMP.unpack(stamps[0][2])
    return data, seconds + nanoseconds / 1e9


def until_stamped(link):
    # The kernel begins with it in the background. Until then a datagram has the time at which it is taken, not that of its coming.
    link.settimeout(PATIENCE_FOR_STAMPS)
    deadline = time.monotonic() + PATIENCE_FOR_STAMPS
    while time.monotonic() < deadline:
        link.sendto(b'', ('127.0.0.1', link.getsockname()[1]))
        time.sleep(0.002)
        try:
            if receive(link)[1] < time.time() - 0.001:
                return
        except socket.timeout:
            return


def summary(arrivals, size):
    distinct, highest, overtaken = set(), -1, 0
    for number, _, _ in arrivals:
        overtaken += number < highest and number not in distinct
        distinct.add(number)
        highest = max(highest, number)
    delays = sorted((came - left) * 1000 for _, left, came in arrivals)
    part = [delays[int(share * (len(delays) - 1))] if delays else 0 for share in (0.1, 0.5, 0.9)]
    span = arrivals[-1][2] - arrivals[0][2] if arrivals else 0
    return len(distinct), len(arrivals) - len(distinct), overtaken, *part, size / span if span > 0 else 0


if sys.argv[1] == 'send':
    send(int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
else:
    take(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
