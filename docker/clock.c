/*
 * Preloaded into the processes of a container, this moves their wall clock:
 *
 *   shown = real + offset + (real - anchor) * drift / 1 000 000        (in ns; drift in millionths)
 *
 * The three numbers are in a file that is looked at again every few ms. Monotonic clocks and timers stay real. It asks
 * the kernel itself and allocates nothing: an allocator that asks for the time while it initialises (jemalloc, which Redis
 * uses) makes libraries that look up the real functions first wait for themselves or crash.
 *
 * No headers and no C library but syscall(): a compiler of 300 kB makes it, and it fits any libc.
 */
#if defined(__x86_64__)
enum { READ = 0, CLOSE = 3, CLOCK_GETTIME = 228, OPENAT = 257 };
#elif defined(__aarch64__)
enum { READ = 63, CLOSE = 57, CLOCK_GETTIME = 113, OPENAT = 56 };
#else
#error this processor's system calls are not known
#endif

#define SECOND 1000000000L
#define AGAIN 5000000L
enum { REALTIME = 0, REALTIME_COARSE = 5, CURRENT_DIRECTORY = -100 };

extern long syscall(long number, ...);

struct timespec { long seconds, nanoseconds; };
struct timeval { long seconds, microseconds; };
struct skew { long offset, drift, anchor; };

/* One is read while the other is filled. */
static struct skew known[2];
static volatile int current;
static volatile long looked;

static void look(long real) {
  struct skew seen;
  int next = 1 - current;
  long file;
  looked = real;
  file = syscall(OPENAT, (long)CURRENT_DIRECTORY, "/.redrill/clock", 0L, 0L);
  if (file < 0) return;
  /* A file that is just being written is short: what was known stays. */
  if (syscall(READ, file, &seen, sizeof seen) == sizeof seen) {
    known[next] = seen;
    current = next;
  }
  syscall(CLOSE, file);
}

static long shown(void) {
  struct timespec t;
  struct skew *skew;
  long real;
  syscall(CLOCK_GETTIME, (long)REALTIME, &t);
  real = t.seconds * SECOND + t.nanoseconds;
  if (real - looked > AGAIN || real < looked) look(real);
  skew = &known[current];
  return real + skew->offset + (real - skew->anchor) / 1000000L * skew->drift;
}

int clock_gettime(int clock, struct timespec *t) {
  long now;
  if (clock != REALTIME && clock != REALTIME_COARSE) return (int)syscall(CLOCK_GETTIME, (long)clock, t);
  now = shown();
  t->seconds = now / SECOND;
  t->nanoseconds = now % SECOND;
  return 0;
}

int gettimeofday(struct timeval *t, void *zone) {
  long now = shown();
  (void)zone;
  if (t) {
    t->seconds = now / SECOND;
    t->microseconds = now % SECOND / 1000L;
  }
  return 0;
}

long time(long *t) {
  long now = shown() / SECOND;
  if (t) *t = now;
  return now;
}
