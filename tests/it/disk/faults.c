/* Makes the disk below the database fail on demand, and keeps what a power cut would leave.
 *
 * FAULTS_CONTROL: a file with one word, read at every call: "off"; "sync": fsync fails with EIO; "write": pwrite fails
 *                 with EIO; "full": pwrite fails with ENOSPC.
 * FAULTS_SHADOW:  a folder with a copy of each database file as far as it is durable. What is written reaches the copy
 *                 only by a sync that succeeds. A sync that fails drops about half of what was written since the one
 *                 before: as Linux does, those pages count as clean although they never reach the disk, and the next
 *                 sync says yes without writing them.
 * FAULTS_SEED:    which half.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

struct op {
    struct op *next;
    int file; /* 0: database, 1: log */
    off64_t at;
    size_t size;
    int cut; /* ftruncate to `at` */
    char bytes[];
};

static const char *NAMES[] = {"nodedown.db", "nodedown.db-wal"};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct op *first, **last = &first;
static unsigned seed;

static void *real(const char *name) { return dlsym(RTLD_NEXT, name); }

/* Which database file that is; -1: none of them. */
static int which(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return -1;
    path[n] = 0;
    const char *name = strrchr(path, '/');
    if (!name) return -1;
    for (int i = 0; i < 2; i++)
        if (!strcmp(name + 1, NAMES[i])) return i;
    return -1;
}

static int told(const char *word) {
    const char *path = getenv("FAULTS_CONTROL");
    if (!path) return 0;
    char said[16] = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t n = read(fd, said, sizeof said - 1);
    close(fd);
    return n > 0 && !strncmp(said, word, strlen(word));
}

static void remember(int file, const void *bytes, size_t size, off64_t at, int cut) {
    struct op *op = malloc(sizeof *op + size);
    if (!op) abort();
    op->next = NULL;
    op->file = file;
    op->at = at;
    op->size = size;
    op->cut = cut;
    if (size) memcpy(op->bytes, bytes, size);
    *last = op;
    last = &op->next;
}

/* What was written to that file so far reaches the copy; with `broken`, only some of it. */
static void settle(int file, int broken) {
    const char *folder = getenv("FAULTS_SHADOW");
    ssize_t (*write_at)(int, const void *, size_t, off64_t) = real("pwrite64");
    int (*cut_at)(int, off64_t) = real("ftruncate64");
    char path[4096];
    if (!folder) return;
    snprintf(path, sizeof path, "%s/%s", folder, NAMES[file]);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) abort();
    for (struct op **op = &first; *op;) {
        struct op *this = *op;
        if (this->file != file) {
            op = &this->next;
            continue;
        }
        if (!broken || rand_r(&seed) % 2) {
            if (this->cut ? cut_at(fd, this->at) : write_at(fd, this->bytes, this->size, this->at) < 0) abort();
        }
        *op = this->next;
        free(this);
    }
    for (last = &first; *last;) last = &(*last)->next;
    close(fd);
}

__attribute__((constructor)) static void begin(void) {
    const char *said = getenv("FAULTS_SEED");
    seed = said ? (unsigned)atoi(said) : 1;
}

static int synced(int fd, const char *name) {
    int (*sync)(int) = real(name);
    int file = which(fd);
    if (file < 0) return sync(fd);
    int broken = told("sync");
    pthread_mutex_lock(&lock);
    settle(file, broken);
    pthread_mutex_unlock(&lock);
    if (broken) {
        errno = EIO;
        return -1;
    }
    return sync(fd);
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
    ssize_t (*write_at)(int, const void *, size_t, off64_t) = real("pwrite64");
    int file = which(fd);
    if (file < 0) return write_at(fd, bytes, size, at);
    if (told("write") || told("full")) {
        errno = told("full") ? ENOSPC : EIO;
        return -1;
    }
    pthread_mutex_lock(&lock);
    ssize_t n = write_at(fd, bytes, size, at);
    if (n > 0) remember(file, bytes, (size_t)n, at, 0);
    pthread_mutex_unlock(&lock);
    return n;
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) { return pwrite64(fd, bytes, size, at); }

int ftruncate64(int fd, off64_t size) {
    int (*cut_at)(int, off64_t) = real("ftruncate64");
    int file = which(fd);
    if (file < 0) return cut_at(fd, size);
    pthread_mutex_lock(&lock);
    int done = cut_at(fd, size);
    if (!done) remember(file, NULL, 0, size, 1);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }
