/* Ends a program, without warning, right before the nth time that it is about to change a file, or lets that call fail:
 * preloaded into the unmodified daemon. So each state that a crash can leave on disk is met once, and by name.
 *
 * The file that KILL_POINT names holds what the test says and hears, in the machine's byte order: how many changes are
 * still allowed plus one (int64; 0 means any number), how many there were while it counted (int64), the error that calls
 * fail with (int64; 0 means that the program is ended instead) and how many of them do (int64), of which kind those are
 * that use up what is allowed (nothing means all), the one that it ended before or that failed last, and the kind of each
 * that there was. A kind is a text that ends with a 0: what was called, and the file's name without its folder and its
 * digits; where calls fail, its beginning is enough, `pwrite` is told from `write`, and opening a file counts, too, if it is
 * below the folder of the file that KILL_POINT names.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { KIND_BYTES = 64, CHANGES_MAX = 4096 };

struct shared {
    _Atomic int64_t left;
    _Atomic int64_t seen;
    _Atomic int64_t error;
    _Atomic int64_t times;
    char only[KIND_BYTES];
    char last[KIND_BYTES];
    char made[CHANGES_MAX][KIND_BYTES];
};

static struct shared *shared;
static char folder[400];

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("KILL_POINT");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *at = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    const char *name = strrchr(path, '/');
    if (name && (size_t)(name - path) < sizeof folder - 2) memcpy(folder, path, name - path + 1);
    if (at != MAP_FAILED) shared = at;
}

static void kind_of(const char *call, const char *path, char *kind) {
    const char *name = strrchr(path, '/');
    int at = snprintf(kind, KIND_BYTES, "%s ", call);
    for (name = name ? name + 1 : path; *name && at < KIND_BYTES - 1; name++)
        if (*name < '0' || *name > '9') kind[at++] = *name;
    kind[at] = 0;
}

/* Whether this is one of those that fail. */
static int fails(const char *kind) {
    if (strncmp(shared->only, kind, strlen(shared->only)) != 0) return 0;
    int64_t number = atomic_fetch_add(&shared->seen, 1);
    if (number < CHANGES_MAX) memcpy(shared->made[number], kind, KIND_BYTES);
    int64_t beyond = number + 1 - atomic_load(&shared->left);
    if (beyond < 0 || beyond >= atomic_load(&shared->times)) return 0;
    memcpy(shared->last, kind, KIND_BYTES);
    return 1;
}

/* Nothing, or -1 with an error for the caller. */
static int change(const char *call, const char *path) {
    char kind[KIND_BYTES];
    if (!shared || atomic_load(&shared->left) <= 0) return 0;
    kind_of(call, path, kind);
    int64_t error = atomic_load(&shared->error);
    if (error) {
        if (!fails(kind)) return 0;
        errno = (int)error;
        return -1;
    }
    int uses_up = !shared->only[0] || strcmp(shared->only, kind) == 0;
    int64_t left = uses_up ? atomic_fetch_sub(&shared->left, 1) - 1 : atomic_load(&shared->left);
    if (left < (uses_up ? 0 : 1)) return 0;
    int64_t number = atomic_fetch_add(&shared->seen, 1);
    if (number < CHANGES_MAX) memcpy(shared->made[number], kind, KIND_BYTES);
    if (left == 0) {
        /* Others that run on for a moment do no more than they would do before a signal from outside. */
        memcpy(shared->last, kind, KIND_BYTES);
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;) pause();
    }
    return 0;
}

static int change_of(const char *call, int fd) {
    struct stat found;
    char name[64], path[400];
    if (fd <= 2 || !shared || atomic_load(&shared->left) <= 0) return 0;
    if (fstat(fd, &found) != 0 || !(S_ISREG(found.st_mode) || S_ISDIR(found.st_mode))) return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return change(call, path);
}

static int change_at(int fd) {
    return change_of(shared && atomic_load(&shared->error) ? "pwrite" : "write", fd);
}

/* Opening changes nothing, so that it counts only where calls fail. */
static int opening(const char *path) {
    if (!shared || !atomic_load(&shared->error) || strncmp(path, folder, strlen(folder)) != 0) return 0;
    return change("open", path);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    if (change_of("write", fd)) return -1;
    return syscall(SYS_write, fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (change_of("write", fd)) return -1;
    return syscall(SYS_writev, fd, parts, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    if (change_at(fd)) return -1;
    return syscall(SYS_pwrite64, fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    if (change_at(fd)) return -1;
    return syscall(SYS_pwrite64, fd, bytes, count, at);
}

int ftruncate(int fd, off_t length) {
    if (change_of("truncate", fd)) return -1;
    return syscall(SYS_ftruncate, fd, length);
}

int ftruncate64(int fd, off64_t length) {
    if (change_of("truncate", fd)) return -1;
    return syscall(SYS_ftruncate, fd, length);
}

int fdatasync(int fd) {
    if (change_of("sync", fd)) return -1;
    return syscall(SYS_fdatasync, fd);
}

int fsync(int fd) {
    if (change_of("sync", fd)) return -1;
    return syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to) {
    if (change("rename", to)) return -1;
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) {
    if (change("unlink", path)) return -1;
    return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

static int open_at(int directory, const char *path, int flags, va_list more) {
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;
    if (opening(path)) return -1;
    return syscall(SYS_openat, directory, path, flags, mode);
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int fd = open_at(AT_FDCWD, path, flags, more);
    va_end(more);
    return fd;
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int fd = open_at(AT_FDCWD, path, flags | O_LARGEFILE, more);
    va_end(more);
    return fd;
}

int openat(int directory, const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int fd = open_at(directory, path, flags, more);
    va_end(more);
    return fd;
}

int openat64(int directory, const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    int fd = open_at(directory, path, flags | O_LARGEFILE, more);
    va_end(more);
    return fd;
}
