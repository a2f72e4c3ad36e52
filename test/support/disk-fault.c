/*
 * Makes writes to files fail as on a disk that is full or broken, while a control file says so. For LD_PRELOAD.
 *
 * DISK_FAULT_CONTROL names the control file; its first byte is the fault: 'F' (full: ENOSPC), 'E' (EIO), '1' (one EIO),
 * anything else none. DISK_FAULT_PATH is the start of the paths that it concerns.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static volatile char *control;
static const char *path;

__attribute__((constructor)) static void open_control(void) {
  const char *name = getenv("DISK_FAULT_CONTROL");
  path = getenv("DISK_FAULT_PATH");
  if (name == NULL || path == NULL) return;
  int fd = open(name, O_RDWR);
  if (fd < 0) return;
  void *memory = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory != MAP_FAILED) control = memory;
  close(fd);
}

static int fails(int fd) {
  char fault = control == NULL ? 0 : *control;
  if (fault != 'F' && fault != 'E' && fault != '1') return 0;
  char link[64], target[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, target, sizeof target - 1);
  if (length < 0) return 0;
  target[length] = 0;
  if (strncmp(target, path, strlen(path)) != 0) return 0;
  if (fault == '1') *control = 0;
  errno = fault == 'F' ? ENOSPC : EIO;
  return 1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*real)(int, const void *, size_t);
  if (real == NULL) real = dlsym(RTLD_NEXT, "write");
  return fails(fd) ? -1 : real(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  static ssize_t (*real)(int, const void *, size_t, off_t);
  if (real == NULL) real = dlsym(RTLD_NEXT, "pwrite");
  return fails(fd) ? -1 : real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (real == NULL) real = dlsym(RTLD_NEXT, "pwrite64");
  return fails(fd) ? -1 : real(fd, bytes, count, at);
}
