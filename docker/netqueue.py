"""Delays, drops, doubles and reorders the packets that netfilter hands over in one network namespace.

The stand-in for netem on kernels that lack it. Arguments: the process whose namespace this is (when that ends, so does
this), and the file that says what happens to packets of each mark, which is read again on SIGHUP. A line of it: mark,
delay and jitter in ms, the jitter's distribution, the shares lost, doubled and held back, and for how many ms. SIGTERM
lets go of everything and ends it. Without arguments it finds out whether the kernel has such a queue.
"""
import heapq
import os
import random
import select
import signal
import socket
import struct
import sys
import time

# include/uapi/linux/netfilter/nfnetlink_queue.h
NETLINK_NETFILTER, SUBSYSTEM = 12, 3
PACKET, VERDICT, CONFIG = 0, 1, 2
DROP, ACCEPT = 0, 1
# A full queue lets packets pass.
FAIL_OPEN, MAXIMUM = 1, 1 << 17
QUEUE = 0
# A copy that was sent here must not come back: iptables lets its mark pass.
COPY_MARK = 0x72640000

SPREAD = {
    'uniform': lambda jitter: random.uniform(-jitter, jitter),
    'normal': lambda jitter: random.gauss(0, jitter),
    # As in netem's table: shape 3, moved to mean 0 and deviation 1.
    'pareto': lambda jitter: jitter * (random.paretovariate(3) - 1.5) / 0.75 ** 0.5,
}


class Way:
    """What happens to the packets of one mark."""

    def __init__(self, delay, jitter, distribution, loss, duplicate, reorder, gap):
        self.delay, self.jitter, self.gap = float(delay) / 1000, float(jitter) / 1000, float(gap) / 1000
        self.loss, self.duplicate, self.reorder = float(loss), float(duplicate), float(reorder)
        self.spread = SPREAD[distribution]

    def after(self):
        """Seconds until the next packet may go."""
        wait = self.delay + (self.spread(self.jitter) if self.jitter else 0)
        return max(0, wait) + (self.gap if self.reorder and random.random() < self.reorder else 0)


def read_ways(path):
    with open(path) as lines:
        return {int(mark): Way(*rest) for mark, *rest in (line.split() for line in lines)}


def message(kind, body, flags=1):
    header = struct.pack('=IHHII', 20 + len(body), SUBSYSTEM << 8 | kind, flags, 0, 0)
    return header + struct.pack('>BBH', socket.AF_INET, 0, QUEUE) + body


def attribute(kind, payload):
    return struct.pack('=HH', 4 + len(payload), kind) + payload + b'\0' * (-len(payload) % 4)


def verdict(packet, what):
    return message(VERDICT, attribute(2, struct.pack('>II', what, packet)))


def attributes(data, at, end):
    while at + 4 <= end:
        length, kind = struct.unpack_from('=HH', data, at)
        yield kind & 0x3fff, at + 4, at + length
        at += (length + 3) & ~3


def packets(data):
    """Number, mark and content of each packet in a datagram from the kernel."""
    at = 0
    while at + 20 <= len(data):
        length, kind = struct.unpack_from('=IH', data, at)
        if kind == SUBSYSTEM << 8 | PACKET:
            found = {name: (begin, end) for name, begin, end in attributes(data, at + 20, at + length)}
            mark = struct.unpack_from('>I', data, found[3][0])[0] if 3 in found else 0
            begin, end = found.get(10, (0, 0))
            yield struct.unpack_from('>I', data, found[1][0])[0], mark, data[begin:end]
        at += (length + 3) & ~3


def ask(kernel, *attributes):
    """Sends a configuration request and waits for the kernel's answer to it; packets may come before that."""
    early = []
    kernel.send(message(CONFIG, b''.join(attributes), flags=5))
    while True:
        data = kernel.recv(1 << 17)
        if struct.unpack_from('=H', data, 4)[0] == 2:
            code = struct.unpack_from('=i', data, 16)[0]
            if code:
                raise OSError(-code, os.strerror(-code))
            return early
        early.append(data)


def open_queue():
    kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER)
    kernel.setsockopt(socket.SOL_SOCKET, 33, 1 << 23)  # SO_RCVBUFFORCE
    kernel.setsockopt(270, 5, 1)  # SOL_NETLINK, NETLINK_NO_ENOBUFS
    kernel.bind((0, 0))
    ask(kernel, attribute(1, struct.pack('>BBH', 1, 0, socket.AF_INET)))
    return kernel


def tell(kernel, ways):
    # Contents are only needed to send them once more.
    whole = any(way.duplicate for way in ways.values())
    return ask(
        kernel,
        attribute(2, struct.pack('>IB', 0xffff if whole else 0, 2 if whole else 1)),
        attribute(3, struct.pack('>I', MAXIMUM)),
        attribute(4, struct.pack('>I', FAIL_OPEN)) + attribute(5, struct.pack('>I', FAIL_OPEN)),
    )


class Forwarder:
    def __init__(self, path):
        self.path, self.kernel = path, open_queue()
        self.copier = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.copier.setsockopt(socket.SOL_SOCKET, 36, COPY_MARK)  # SO_MARK
        self.waiting, self.order = [], 0
        self.reload()

    def reload(self):
        self.ways = read_ways(self.path)
        self.kernel.setblocking(True)
        for data in tell(self.kernel, self.ways):
            self.take(data, time.monotonic())
        self.kernel.setblocking(False)

    def take(self, data, now):
        for packet, mark, content in packets(data):
            way = self.ways.get(mark)
            if way is None:
                self.kernel.send(verdict(packet, ACCEPT))
            elif way.loss and random.random() < way.loss:
                self.kernel.send(verdict(packet, DROP))
            else:
                double = way.duplicate and random.random() < way.duplicate
                self.order += 1
                heapq.heappush(self.waiting, (now + way.after(), self.order, packet, content if double else b''))

    def receive(self):
        while True:
            try:
                data = self.kernel.recv(1 << 17)
            except BlockingIOError:
                return
            self.take(data, time.monotonic())

    def let_go(self, until):
        due = []
        while self.waiting and self.waiting[0][0] <= until:
            due.append(heapq.heappop(self.waiting))
        # More than some thousand would not fit into the socket's buffer.
        for begin in range(0, len(due), 1000):
            self.kernel.send(b''.join(verdict(packet, ACCEPT) for _, _, packet, _ in due[begin:begin + 1000]))
        for _, _, _, content in due:
            if content:
                self.copier.sendto(content, (socket.inet_ntoa(content[16:20]), 0))

    def wait(self):
        """Seconds until something is due; now and then somebody has to see whether the namespace is still in use."""
        return min(1, max(0, self.waiting[0][0] - time.monotonic())) if self.waiting else 1


def main(owner, path):
    woken, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    for name in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(name, lambda *_: None)
    forwarder = Forwarder(path)
    while os.path.exists('/proc/' + owner):
        ready = select.select([forwarder.kernel, woken], [], [], forwarder.wait())[0]
        if woken in ready:
            told = woken.recv(64)
            if signal.SIGTERM in told:
                break
            forwarder.reload()
        forwarder.receive()
        forwarder.let_go(time.monotonic())
    forwarder.receive()
    forwarder.let_go(float('inf'))


if len(sys.argv) == 3:
    main(*sys.argv[1:])
else:
    open_queue()
