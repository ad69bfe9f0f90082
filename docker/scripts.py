"""Runs shell scripts for the harness, side by side, for as long as the container lives: an engine's own way to run a command
in a container takes ten times as long as most of them.

A request is a line of numbers, `ID LENGTH…`, and as many bytes as they say: the script, then each of its arguments. An
answer is a line `ID CODE LENGTH LENGTH` and the bytes of stdout and stderr. What a script leaves running must not hold
those two open.
"""
import subprocess
import sys
import threading

one_at_a_time = threading.Lock()


def run(number, script, arguments):
    try:
        done = subprocess.run(
            [b'sh', b'-euc', script, b'sh', *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        code, out, err = done.returncode, done.stdout, done.stderr
    except (OSError, ValueError) as error:
        # Too long for a command line, no process left.
        code, out, err = 126, b'', str(error).encode()
    head = '%s %d %d %d\n' % (number, code, len(out), len(err))
    with one_at_a_time:
        sys.stdout.buffer.write(head.encode() + out + err)
        sys.stdout.buffer.flush()


while line := sys.stdin.buffer.readline():
    number, *lengths = line.decode().split()
    script, *arguments = [sys.stdin.buffer.read(int(length)) for length in lengths]
    threading.Thread(target=run, args=(number, script, arguments)).start()
