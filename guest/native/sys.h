// Syscalls that musl 1.2.3 has no function for, with -errno for an answer; shared by the C module, the stub and the bench floor.
#ifndef DRYDOCK_SYS_H
#define DRYDOCK_SYS_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif

#define RESOLVE_IN_ROOT 0x10

struct clone_args_v2 {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

struct open_how_v0 { uint64_t flags, mode, resolve; };

static inline long negative_errno(long result) { return result == -1 ? -errno : result; }

static inline long sys_statx(int dirfd, const char *path, int flags, unsigned mask, void *st)
{
    return negative_errno(syscall(SYS_statx, dirfd, path, flags, mask, st));
}

static inline long sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve)
{
    struct open_how_v0 how = { flags, mode, resolve };
    return negative_errno(syscall(SYS_openat2, dirfd, path, &how, sizeof how));
}

static inline long sys_clone3(struct clone_args_v2 *arguments)
{
    return negative_errno(syscall(SYS_clone3, arguments, sizeof *arguments));
}

static inline long sys_close_range(unsigned first, unsigned last)
{
    return negative_errno(syscall(SYS_close_range, first, last, 0));
}

static inline long sys_write_all(int fd, const void *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t n = write(fd, (const char *)bytes + done, length - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        done += n;
    }
    return (long)done;
}

#endif
