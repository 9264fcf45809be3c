#define _GNU_SOURCE
#include "CSystem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

int64_t csystem_pread(int32_t descriptor, void *target, size_t count, int64_t offset) {
  ssize_t got;
  do got = pread(descriptor, target, count, offset);
  while (got < 0 && errno == EINTR);
  return got < 0 ? -errno : got;
}

int64_t csystem_pread_now(int32_t descriptor, void *target, size_t count, int64_t offset) {
  struct iovec piece = {target, count};
  ssize_t got;
  do got = preadv2(descriptor, &piece, 1, offset, RWF_NOWAIT);
  while (got < 0 && errno == EINTR);
  return got < 0 ? -errno : got;
}

int64_t csystem_pwrite(int32_t descriptor, const void *source, size_t count, int64_t offset) {
  ssize_t written;
  do written = pwrite(descriptor, source, count, offset);
  while (written < 0 && errno == EINTR);
  return written < 0 ? -errno : written;
}

int32_t csystem_fdatasync(int32_t descriptor) { return fdatasync(descriptor) < 0 ? -errno : 0; }
int32_t csystem_fsync(int32_t descriptor) { return fsync(descriptor) < 0 ? -errno : 0; }
int32_t csystem_syncfs(int32_t descriptor) { return syncfs(descriptor) < 0 ? -errno : 0; }

int32_t csystem_device(int32_t descriptor, uint64_t *device) {
  struct stat found;
  if (fstat(descriptor, &found) < 0) return -errno;
  *device = found.st_dev;
  return 0;
}

int32_t csystem_truncate(int32_t descriptor, int64_t length) {
  return ftruncate(descriptor, length) < 0 ? -errno : 0;
}

int32_t csystem_stat(
    const char *path, int64_t *size, uint32_t *mode, int32_t *is_directory, int64_t *modified_ns) {
  struct stat found;
  if (stat(path, &found) < 0) return -errno;
  *size = found.st_size;
  *mode = found.st_mode & 07777;
  *is_directory = S_ISDIR(found.st_mode);
  *modified_ns = found.st_mtim.tv_sec * 1000000000 + found.st_mtim.tv_nsec;
  return 0;
}

int64_t csystem_file_size(int32_t descriptor) {
  struct stat found;
  if (fstat(descriptor, &found) < 0) return -errno;
  return found.st_size;
}

int32_t csystem_space(const char *path, int64_t *free_bytes, int64_t *total_bytes) {
  struct statvfs found;
  if (statvfs(path, &found) < 0) return -errno;
  *free_bytes = (int64_t)(found.f_bavail * found.f_frsize);
  *total_bytes = (int64_t)(found.f_blocks * found.f_frsize);
  return 0;
}

int32_t csystem_direct_alignment(int32_t descriptor) {
#ifdef STATX_DIOALIGN
  struct statx found;
  if (statx(descriptor, "", AT_EMPTY_PATH, STATX_DIOALIGN, &found) == 0 &&
      (found.stx_mask & STATX_DIOALIGN) && found.stx_dio_offset_align > 0) {
    uint32_t align = found.stx_dio_offset_align;
    if (found.stx_dio_mem_align > align) align = found.stx_dio_mem_align;
    return (int32_t)align;
  }
#endif
  (void)descriptor;
  return 4096;
}

int32_t csystem_mkdir(const char *path, uint32_t mode) {
  return mkdir(path, mode) < 0 ? -errno : 0;
}
int32_t csystem_rename(const char *from, const char *to) {
  return rename(from, to) < 0 ? -errno : 0;
}
int32_t csystem_link(const char *from, const char *to) { return link(from, to) < 0 ? -errno : 0; }
int32_t csystem_unlink(const char *path) { return unlink(path) < 0 ? -errno : 0; }
int32_t csystem_rmdir(const char *path) { return rmdir(path) < 0 ? -errno : 0; }

int32_t csystem_list(
    const char *path, void (*visit)(void *context, const char *name, int32_t is_directory),
    void *context) {
  DIR *directory = opendir(path);
  if (directory == NULL) return -errno;
  for (;;) {
    errno = 0;
    struct dirent *entry = readdir(directory);
    if (entry == NULL) break;
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    int is_directory = entry->d_type == DT_DIR;
    if (entry->d_type == DT_UNKNOWN) {
      struct stat found;
      is_directory = fstatat(dirfd(directory), entry->d_name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
                     S_ISDIR(found.st_mode);
    }
    visit(context, entry->d_name, is_directory);
  }
  int code = -errno;
  closedir(directory);
  return code;
}
