/*
 * Makes system calls on files fail as on a disk that is full or broken, or ends the process in one. For LD_PRELOAD.
 *
 * DISK_FAULT_CONTROL names a file with the orders, in the layout of `struct control`. DISK_FAULT_PATH is the start of the
 * paths that they concern. Neither paths nor descriptors of other files are touched.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITE = 1, SYNC = 2, OPEN = 4, TRUNCATE = 8, RENAME = 16, UNLINK = 32 };

struct control {
  char fault;      /* F: ENOSPC, G: ENOSPC if files grow by more than `room`, E: EIO, I: EINTR, S: half of a write, W: 2 s late, K: SIGKILL */
  uint8_t calls;   /* which calls are concerned: a sum of the numbers above */
  uint16_t unused;
  int32_t skipped; /* so many of them succeed first */
  int32_t failing; /* so many fail then; 0: all */
  int32_t met;     /* calls that were concerned so far */
  int32_t room;    /* bytes by which files may grow, all together; what they shrink by is added */
};

static struct control *control;
static const char *path;

__attribute__((constructor)) static void open_control(void) {
  const char *name = getenv("DISK_FAULT_CONTROL");
  path = getenv("DISK_FAULT_PATH");
  if (name == NULL || path == NULL) return;
  int fd = open(name, O_RDWR);
  if (fd < 0) return;
  void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory != MAP_FAILED) control = memory;
  close(fd);
}

static int concerns(const char *name) { return strncmp(name, path, strlen(path)) == 0; }

/* What this call meets; 0 for nothing. */
static char meets(int call, int fd, const char *name) {
  if (control == NULL || (control->calls & call) == 0) return 0;
  char link[64], target[4096];
  if (name == NULL) {
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0) return 0;
    target[length] = 0;
    name = target;
  }
  if (!concerns(name)) return 0;
  int32_t before = __atomic_fetch_add(&control->met, 1, __ATOMIC_SEQ_CST);
  int32_t place = before - control->skipped;
  if (place < 0 || (control->failing != 0 && place >= control->failing)) return 0;
  return control->fault;
}

/* Sets errno and returns 1 if the call fails by this fault. */
static int fails(char fault) {
  switch (fault) {
    case 'F': errno = ENOSPC; return 1;
    case 'E': errno = EIO; return 1;
    case 'I': errno = EINTR; return 1;
    case 'W': usleep(2000000); return 0;
    case 'K': kill(getpid(), SIGKILL); for (;;) pause();
    default: return 0;
  }
}

/* Whether there is room for a file that shall have this length, at least or exactly. Takes it. */
static int has_room(int fd, off_t length, int exactly) {
  struct stat found;
  if (fstat(fd, &found) != 0 || (!exactly && length <= found.st_size)) return 1;
  int32_t growth = (int32_t)(length - found.st_size);
  if (growth > control->room) return 0;
  __atomic_fetch_sub(&control->room, growth, __ATOMIC_SEQ_CST);
  return 1;
}

static size_t allowed(char fault, size_t count) { return fault == 'S' && count > 1 ? count / 2 : count; }

#define REAL(name) static __typeof__(name) *real; if (real == NULL) real = dlsym(RTLD_NEXT, #name)

ssize_t write(int fd, const void *bytes, size_t count) {
  REAL(write);
  char fault = meets(WRITE, fd, NULL);
  if (fails(fault == 'G' ? 'F' : fault)) return -1;
  return real(fd, bytes, allowed(fault, count));
}

#define PWRITE(name, offset) \
  ssize_t name(int fd, const void *bytes, size_t count, offset at) { \
    REAL(name); \
    char fault = meets(WRITE, fd, NULL); \
    if (fails(fault == 'G' && !has_room(fd, at + count, 0) ? 'F' : fault)) return -1; \
    return real(fd, bytes, allowed(fault, count), at); \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define SYNC_CALL(name) \
  int name(int fd) { \
    REAL(name); \
    return fails(meets(SYNC, fd, NULL)) ? -1 : real(fd); \
  }
SYNC_CALL(fsync)
SYNC_CALL(fdatasync)

#define TRUNCATE_CALL(name, offset) \
  int name(int fd, offset length) { \
    REAL(name); \
    char fault = meets(TRUNCATE, fd, NULL); \
    return fails(fault == 'G' && !has_room(fd, length, 1) ? 'F' : fault) ? -1 : real(fd, length); \
  }
TRUNCATE_CALL(ftruncate, off_t)
TRUNCATE_CALL(ftruncate64, off64_t)

#define OPEN_CALL(name) \
  int name(const char *file, int flags, ...) { \
    REAL(name); \
    va_list rest; \
    va_start(rest, flags); \
    int mode = va_arg(rest, int); \
    va_end(rest); \
    return fails(meets(OPEN, -1, file)) ? -1 : real(file, flags, mode); \
  }
OPEN_CALL(open)
OPEN_CALL(open64)

int rename(const char *from, const char *to) {
  REAL(rename);
  return fails(meets(RENAME, -1, from)) ? -1 : real(from, to);
}

int unlink(const char *file) {
  REAL(unlink);
  char fault = meets(UNLINK, -1, file);
  struct stat found;
  if (fault == 'G' && stat(file, &found) == 0) __atomic_fetch_add(&control->room, (int32_t)found.st_size, __ATOMIC_SEQ_CST);
  return fails(fault) ? -1 : real(file);
}
