/* Ends a program, without warning, right before the nth time that it is about to change a file: preloaded into the
 * unmodified daemon. So each state that a crash can leave on disk is met once, and by name.
 *
 * The file that KILL_POINT names holds what the test says and hears, in the machine's byte order: how many changes are
 * still allowed plus one (int64; 0 means any number), how many there were while it counted (int64), of which kind those
 * are that use up what is allowed (nothing means all), the one that it ended before, and the kind of each that there was.
 * A kind is a text that ends with a 0: what was called, and the file's name without its folder and its digits.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
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
    char only[KIND_BYTES];
    char last[KIND_BYTES];
    char made[CHANGES_MAX][KIND_BYTES];
};

static struct shared *shared;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("KILL_POINT");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0) return;
    void *at = mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (at != MAP_FAILED) shared = at;
}

static void kind_of(const char *call, const char *path, char *kind) {
    const char *name = strrchr(path, '/');
    int at = snprintf(kind, KIND_BYTES, "%s ", call);
    for (name = name ? name + 1 : path; *name && at < KIND_BYTES - 1; name++)
        if (*name < '0' || *name > '9') kind[at++] = *name;
    kind[at] = 0;
}

static void change(const char *call, const char *path) {
    char kind[KIND_BYTES];
    if (!shared || atomic_load(&shared->left) <= 0) return;
    kind_of(call, path, kind);
    int uses_up = !shared->only[0] || strcmp(shared->only, kind) == 0;
    int64_t left = uses_up ? atomic_fetch_sub(&shared->left, 1) - 1 : atomic_load(&shared->left);
    if (left < (uses_up ? 0 : 1)) return;
    int64_t number = atomic_fetch_add(&shared->seen, 1);
    if (number < CHANGES_MAX) memcpy(shared->made[number], kind, KIND_BYTES);
    if (left == 0) {
        /* Others that run on for a moment do no more than they would do before a signal from outside. */
        memcpy(shared->last, kind, KIND_BYTES);
        syscall(SYS_kill, getpid(), SIGKILL);
        for (;;) pause();
    }
}

static void change_of(const char *call, int fd) {
    struct stat found;
    char name[64], path[400];
    if (fd <= 2 || !shared || atomic_load(&shared->left) <= 0) return;
    if (fstat(fd, &found) != 0 || !(S_ISREG(found.st_mode) || S_ISDIR(found.st_mode))) return;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(name, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    change(call, path);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    change_of("write", fd);
    return syscall(SYS_write, fd, bytes, count);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    change_of("write", fd);
    return syscall(SYS_writev, fd, parts, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    change_of("write", fd);
    return syscall(SYS_pwrite64, fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    change_of("write", fd);
    return syscall(SYS_pwrite64, fd, bytes, count, at);
}

int ftruncate(int fd, off_t length) {
    change_of("truncate", fd);
    return syscall(SYS_ftruncate, fd, length);
}

int ftruncate64(int fd, off64_t length) {
    change_of("truncate", fd);
    return syscall(SYS_ftruncate, fd, length);
}

int fdatasync(int fd) {
    change_of("sync", fd);
    return syscall(SYS_fdatasync, fd);
}

int fsync(int fd) {
    change_of("sync", fd);
    return syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to) {
    change("rename", to);
    return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path) {
    change("unlink", path);
    return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
