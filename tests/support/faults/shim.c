/* Counts a process's operations on the files below one folder, and makes one of them fail or kill
 * the process. Loaded with LD_PRELOAD; does nothing until `faults_arm` is called.
 *
 * Reads are not counted. A sync of a watched file is counted but not done: the system keeps what a
 * killed process has written.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPERATIONS = 4096, NAME = 64 };

/* The same as `Report` in forking.py; in memory that outlives the process. */
struct report {
    long operations;                /* so far, including the one that fails */
    long struck;                    /* whether the fault has happened */
    long encoded;                   /* passages; counted by the server */
    char names[OPERATIONS][NAME];   /* what each operation was: "pwrite articles.sqlite-wal" */
};

enum action { KILL, TORN, FAIL, FAIL_FROM_HERE, SHORT };

/* What an operation needs: a full disk only refuses those that need space. */
enum need { NOTHING, ROOM };

/* What happens to an operation. */
enum verdict { DO_IT, REFUSE, DO_HALF, DO_HALF_AND_DIE };

static struct report *report;
static char watched[PATH_MAX];
static long fatal;
static enum action action;
static int error;

/* from: number of the operation with the fault, counted from 1; 0 only counts. */
void faults_arm(struct report *where, const char *folder, long from, int what, int code) {
    report = where;
    snprintf(watched, sizeof watched, "%s", folder);
    fatal = from;
    action = what;
    error = code;
}

/* Make permissions apply to root, as to everybody else. */
void faults_obey_permissions(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct able[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, able)) return;
    able[0].effective &= ~(1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH);
    syscall(SYS_capset, &header, able);
}

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

static int is_watched(const char *path) {
    size_t length = strlen(watched);
    return length && !strncmp(path, watched, length) && (path[length] == '/' || !path[length]);
}

static enum verdict judge(const char *operation, const char *path, enum need need) {
    if (!report || !is_watched(path)) return DO_IT;
    long number = ++report->operations;
    const char *slash = strrchr(path, '/');
    if (number <= OPERATIONS)
        snprintf(report->names[number - 1], NAME, "%s %.40s", operation, slash + 1);
    if (!fatal || number < fatal) return DO_IT;
    errno = error;
    if (number == fatal) {
        report->struck = 1;
        if (action == KILL) die();
        if (action == TORN) return DO_HALF_AND_DIE;
        return action == SHORT ? DO_HALF : REFUSE;
    }
    if (action == SHORT || (action == FAIL_FROM_HERE && error == ENOSPC))
        return need == ROOM ? REFUSE : DO_IT;
    return action == FAIL_FROM_HERE ? REFUSE : DO_IT;
}

static enum verdict judge_file(const char *operation, int file, enum need need) {
    char link[32], path[PATH_MAX];
    if (!report) return DO_IT;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    int before = errno;
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = before;
    if (length < 0) return DO_IT;
    path[length] = 0;
    return judge(operation, path, need);
}

/* What cannot be half done: the operations of a run are not always those that were counted. */
static int refused(enum verdict verdict) {
    if (verdict == DO_HALF_AND_DIE) die();
    return verdict != DO_IT;
}

#define REAL(name) ((__typeof__(&name))real(&name##_found, #name))
#define KNOWN(name) static void *name##_found

static void *real(void **found, const char *name) {
    if (!*found) *found = dlsym(RTLD_NEXT, name);
    return *found;
}

#define WRITE(name, parameters, whole, half, length)                \
    KNOWN(name);                                                    \
    ssize_t name parameters {                                       \
        enum verdict verdict = judge_file(#name, file, ROOM);       \
        if (verdict == REFUSE) return -1;                           \
        if (verdict == DO_IT) return REAL(name) whole;              \
        ssize_t written = length < 2 ? -1 : REAL(name) half;        \
        if (verdict == DO_HALF_AND_DIE) die();                      \
        return written;                                             \
    }

WRITE(write, (int file, const void *bytes, size_t length),
      (file, bytes, length), (file, bytes, length / 2), length)
WRITE(pwrite, (int file, const void *bytes, size_t length, off_t at),
      (file, bytes, length, at), (file, bytes, length / 2, at), length)
WRITE(pwrite64, (int file, const void *bytes, size_t length, off64_t at),
      (file, bytes, length, at), (file, bytes, length / 2, at), length)
WRITE(writev, (int file, const struct iovec *parts, int count),
      (file, parts, count), (file, parts, count / 2), count)

#define SYNC(name)                                                  \
    KNOWN(name);                                                    \
    int name(int file) {                                            \
        long before = report ? report->operations : 0;              \
        if (refused(judge_file(#name, file, NOTHING))) return -1;   \
        return report && report->operations != before ? 0 : REAL(name)(file); \
    }

SYNC(fsync)
SYNC(fdatasync)

#define CHANGE(name, parameters, arguments, verdict)                \
    KNOWN(name);                                                    \
    int name parameters {                                           \
        return refused(verdict) ? -1 : REAL(name) arguments;        \
    }

CHANGE(ftruncate, (int file, off_t length), (file, length), judge_file("truncate", file, NOTHING))
CHANGE(ftruncate64, (int file, off64_t length), (file, length),
       judge_file("truncate", file, NOTHING))
CHANGE(rename, (const char *old, const char *new), (old, new), judge("rename", old, NOTHING))
CHANGE(unlink, (const char *path), (path), judge("unlink", path, NOTHING))
CHANGE(mkdir, (const char *path, mode_t mode), (path, mode), judge("mkdir", path, ROOM))

/* Opening a file counts if it creates or truncates the file. */
static int may_open(const char *path, int flags) {
    if (!report || !(flags & (O_CREAT | O_TRUNC))) return 1;
    int before = errno;
    int changes = (flags & O_TRUNC) || access(path, F_OK);
    errno = before;
    return !changes || !refused(judge("open", path, ROOM));
}

#define OPEN(name)                                                  \
    KNOWN(name);                                                    \
    int name(const char *path, int flags, ...) {                    \
        va_list rest;                                               \
        va_start(rest, flags);                                      \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
        va_end(rest);                                               \
        return may_open(path, flags) ? REAL(name)(path, flags, mode) : -1; \
    }

OPEN(open)
OPEN(open64)
