/* Preloaded by crash-campaign.sh: write(2) takes a part of the bytes, or is interrupted, as the system is free to do.
   SHORT_WRITES seeds what happens; a byte for each such write goes to the file SHORT_WRITES_COUNT. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static unsigned draw(void) {
  static unsigned state;
  const char* seed = getenv("SHORT_WRITES");
  if (state == 0) state = 2 * (unsigned)atoi(seed ? seed : "1") + 1;
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

static void note(void) {
  const char* path = getenv("SHORT_WRITES_COUNT");
  const int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
  if (file < 0) return;
  (void)!syscall(SYS_write, file, "x", 1);
  close(file);
}

ssize_t write(int file, const void* bytes, size_t size) {
  const unsigned what = draw() % 4;
  if (file <= STDERR_FILENO || size < 2 || what == 0) return syscall(SYS_write, file, bytes, size);
  note();
  if (what == 1) {
    errno = EINTR;
    return -1;
  }
  return syscall(SYS_write, file, bytes, 1 + draw() % (size - 1));
}
