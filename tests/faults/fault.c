/* A disk that fails, or a machine that dies, at a chosen moment: preloaded into the program by tests/suite/faults.rs.

   Counts every call that changes a file below the folder FAULT_FOLDER. The call with the number FAULT_AT (from 1) and,
   of FAULT_KIND=full, all after it fail as on a full disk; of FAULT_KIND=kill, it is half done (a write) or not done, and
   the process dies at once. How many calls there were is written to the file FAULT_COUNT at the end. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long calls;
static long at = -1;
static int kills;
static const char *folder;
/* Which file descriptors are of files below the folder. */
static atomic_bool watched[65536];

__attribute__((constructor)) static void begin(void) {
    folder = getenv("FAULT_FOLDER");
    kills = getenv("FAULT_KIND") && !strcmp(getenv("FAULT_KIND"), "kill");
    if (getenv("FAULT_AT")) at = atol(getenv("FAULT_AT"));
}

__attribute__((destructor)) static void end(void) {
    const char *count = getenv("FAULT_COUNT");
    FILE *file = count ? fopen(count, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", atomic_load(&calls));
        fclose(file);
    }
}

static int below(const char *path) {
    char whole[PATH_MAX];
    if (!folder || !path) return 0;
    if (path[0] != '/' && getcwd(whole, sizeof whole / 2)) {
        strncat(whole, "/", 2);
        strncat(whole, path, sizeof whole / 2 - 2);
        path = whole;
    }
    return !strncmp(path, folder, strlen(folder));
}

/* Whether this call fails. */
static int fails(void) {
    long number = atomic_fetch_add(&calls, 1) + 1;
    if (at < 0 || number < at) return 0;
    if (kills) {
        if (number == at) raise(SIGKILL);
        return 0;
    }
    errno = ENOSPC;
    return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define OPEN(name)                                                                  \
    int name(const char *path, int flags, ...) {                                    \
        va_list rest;                                                               \
        va_start(rest, flags);                                                      \
        mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;                   \
        va_end(rest);                                                               \
        int changes = flags & (O_WRONLY | O_RDWR) && below(path);                   \
        if (changes && flags & (O_CREAT | O_TRUNC) && fails()) return -1;           \
        int file = NEXT(name)(path, flags, mode);                                   \
        if (file >= 0 && file < 65536) atomic_store(&watched[file], changes);       \
        return file;                                                                \
    }
OPEN(open)
OPEN(open64)

int close(int file) {
    if (file >= 0 && file < 65536) atomic_store(&watched[file], 0);
    return NEXT(close)(file);
}

static int is_watched(int file) { return file >= 0 && file < 65536 && atomic_load(&watched[file]); }

ssize_t write(int file, const void *bytes, size_t length) {
    if (is_watched(file)) {
        /* A machine that dies leaves half of what it was writing. */
        if (kills && atomic_load(&calls) + 1 == at) NEXT(write)(file, bytes, length / 2);
        if (fails()) return -1;
    }
    return NEXT(write)(file, bytes, length);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
    if (is_watched(file) && fails()) return -1;
    return NEXT(writev)(file, parts, count);
}

int fdatasync(int file) {
    if (is_watched(file) && fails()) return -1;
    return NEXT(fdatasync)(file);
}

int rename(const char *from, const char *to) {
    if (below(to) && fails()) return -1;
    return NEXT(rename)(from, to);
}

int mkdir(const char *path, mode_t mode) {
    struct stat there;
    if (below(path) && stat(path, &there) && fails()) return -1;
    return NEXT(mkdir)(path, mode);
}

/* Removing needs no room; it is counted for the machine that dies. */
int unlink(const char *path) {
    if (kills && below(path)) fails();
    return NEXT(unlink)(path);
}

int rmdir(const char *path) {
    if (kills && below(path)) fails();
    return NEXT(rmdir)(path);
}
