/*
 * The first process of a node's container. It runs the server, tells how it ended, and runs it again when it is told to: the end
 * of a server is then not the end of its container, whose network, address and engine have nothing to do with it.
 *
 *   holder PROGRAM ARGUMENT…
 *
 * stdin: commands, a line each          "7 start"   "8 kill 9"   "9 state"
 * stderr: their answers, and what happens
 *   "up PID NS"             the server runs, since then (wall clock, ns)
 *   "down CODE OOM NS"      it ended with this exit code (128 + the signal); OOM: 1 when the kernel killed it for want of memory
 *   "7 done"  "8 none"      carried out; there was no server to do it to, or one already
 * stdout is the server's, and so is what it writes to its stderr.
 *
 * Signals that tell a server to end are passed on, and the holder ends after it with the same code: that is how the container
 * looks to who stops it by hand.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char **server;
static pid_t running;
static int code;
static int oom;
static long killed_before;
static int leaving;
static sigset_t watched, before;

static long long now(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* How often the kernel has killed a process of this container for want of memory (cgroup v2, v1). */
static long kills_for_memory(void) {
  static const char *const files[] = {"/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control"};
  char text[1024];
  for (int i = 0; i < 2; i++) {
    int file = open(files[i], O_RDONLY);
    if (file < 0) continue;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length < 0) continue;
    text[length] = 0;
    char *found = strstr(text, "oom_kill ");
    if (found) return atol(found + 9);
  }
  return 0;
}

static void tell_state(void) {
  if (running) dprintf(2, "up %d %lld\n", (int)running, now());
  else dprintf(2, "down %d %d %lld\n", code, oom, now());
}

static void start(void) {
  killed_before = kills_for_memory();
  pid_t child = fork();
  if (child == 0) {
    int nothing = open("/dev/null", O_RDONLY);
    dup2(nothing, 0);
    dup2(1, 2);
    sigprocmask(SIG_SETMASK, &before, NULL);
    execvp(server[0], server);
    dprintf(1, "cannot run %s: %s\n", server[0], strerror(errno));
    _exit(127);
  }
  if (child > 0) running = child;
  else code = 126;
  tell_state();
}

static void reap(void) {
  int status;
  pid_t ended;
  int over = 0;
  while ((ended = waitpid(-1, &status, WNOHANG)) > 0) {
    if (ended != running) continue;
    code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    oom = code == 128 + SIGKILL && kills_for_memory() > killed_before;
    over = 1;
  }
  if (!over) return;
  /* What it has left running, a child that saves, ends with it, as in a container that ends. */
  kill(-1, SIGKILL);
  while (waitpid(-1, &status, 0) > 0) continue;
  running = 0;
  tell_state();
  if (leaving) _exit(code);
}

static void obey(char *line) {
  char verb[16];
  int id, number = 0;
  if (sscanf(line, "%d %15s %d", &id, verb, &number) < 2) return;
  int done = 1;
  if (strcmp(verb, "start") == 0) {
    if (running) done = 0;
    else start();
  } else if (strcmp(verb, "kill") == 0) done = running && kill(running, number) == 0;
  else tell_state();
  dprintf(2, "%d %s\n", id, done ? "done" : "none");
}

/* Whole lines of what came in. */
static void hear(void) {
  static char text[4096];
  static size_t length;
  ssize_t more = read(0, text + length, sizeof text - 1 - length);
  if (more <= 0) return;
  length += more;
  text[length] = 0;
  char *line = text, *end;
  for (; (end = strchr(line, '\n')); line = end + 1) {
    *end = 0;
    obey(line);
  }
  length = text + length - line;
  memmove(text, line, length);
  /* No command is that long. */
  if (length == sizeof text - 1) length = 0;
}

static void hand_on(int signal) {
  if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT) leaving = 1;
  if (running) kill(running, signal);
  else if (leaving) _exit(code);
}

int main(int count, char **arguments) {
  static const int passed_on[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT};
  if (count < 2) return 0;
  server = arguments + 1;
  sigemptyset(&watched);
  sigaddset(&watched, SIGCHLD);
  for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++) sigaddset(&watched, passed_on[i]);
  sigprocmask(SIG_BLOCK, &watched, &before);
  int signals = signalfd(-1, &watched, SFD_CLOEXEC);
  start();
  struct pollfd inputs[] = {{.fd = signals, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  for (;;) {
    if (poll(inputs, 2, -1) < 0) continue;
    struct signalfd_siginfo came;
    if (inputs[0].revents && read(signals, &came, sizeof came) == sizeof came) {
      if (came.ssi_signo == SIGCHLD) reap();
      else hand_on(came.ssi_signo);
    }
    if (inputs[1].revents & POLLIN) hear();
    /* Nobody will ever command again. */
    else if (inputs[1].revents) inputs[1].fd = -1;
  }
}
