// Making processes (clone3 as fork, vfork-like spawn, execve), their titles, descriptors over sockets.

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine.h"
#include "sys.h"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif
#define CLONE_INTO_CGROUP_FLAG 0x200000000ull
#define TITLE_BYTES 4096
#define BORROWER_STACK_BYTES (512 * 1024)

static char *title;
static size_t title_bytes;

// The kernel shows argv from the process's memory. We move that window to a page of our own once, or without CAP_SYS_RESOURCE write
// over the first argv. A window whose last byte is not NUL is taken for a title that ends at its first NUL (get_mm_cmdline in
// fs/proc/base.c), so changing it is one copy.
void dd_init_title(int argc, char **argv)
{
    char *page = mmap(NULL, TITLE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    size_t used = 0;
    if (page == MAP_FAILED)
        return;
    for (int i = 0; i < argc && used + strlen(argv[i]) + 2 < TITLE_BYTES; i++)
        used += sprintf(page + used, i ? " %s" : "%s", argv[i]);
    page[TITLE_BYTES - 1] = 1;
    // Start must stay below end at every step, whichever side the page lies on.
    int moved = prctl(PR_SET_MM, PR_SET_MM_ARG_START, page, 0, 0) == 0
        ? prctl(PR_SET_MM, PR_SET_MM_ARG_END, page + TITLE_BYTES, 0, 0) == 0
        : prctl(PR_SET_MM, PR_SET_MM_ARG_END, page + TITLE_BYTES, 0, 0) == 0 && prctl(PR_SET_MM, PR_SET_MM_ARG_START, page, 0, 0) == 0;
    if (moved) {
        title = page;
        title_bytes = TITLE_BYTES;
        return;
    }
    munmap(page, TITLE_BYTES);
    title = argv[0];
    title_bytes = argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0];
}

static JSValue js_setTitle(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    const char *text = JS_ToCString(ctx, argv[0]);
    if (!text)
        return JS_EXCEPTION;
    if (title_bytes > 2) {
        strncpy(title, text, title_bytes - 1);
        title[title_bytes - 2] = 0;
        title[title_bytes - 1] = 1;
    }
    // comm is the first word without its directory.
    char comm[16] = { 0 };
    size_t end = strcspn(text, " ");
    size_t start = end;
    while (start > 0 && text[start - 1] != '/')
        start--;
    memcpy(comm, text + start, end - start > 15 ? 15 : end - start);
    prctl(PR_SET_NAME, comm);
    JS_FreeCString(ctx, text);
    return JS_UNDEFINED;
}

// Programs start with no signal blocked and SIGPIPE at its default, whatever the runner does for itself.
static void default_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static char **string_list(JSContext *ctx, JSValueConst list)
{
    uint32_t count = 0;
    JSValue length = JS_GetPropertyStr(ctx, list, "length");
    JS_ToUint32(ctx, &count, length);
    char **strings = calloc(count + 1, sizeof *strings);
    for (uint32_t i = 0; strings && i < count; i++) {
        JSValue value = JS_GetPropertyUint32(ctx, list, i);
        const char *text = JS_ToCString(ctx, value);
        strings[i] = strdup(text ? text : "");
        JS_FreeCString(ctx, text);
        JS_FreeValue(ctx, value);
    }
    return strings;
}

static void free_list_of(char **strings)
{
    for (char **s = strings; s && *s; s++)
        free(*s);
    free(strings);
}

static JSValue js_execve(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    const char *path = JS_ToCString(ctx, argv[0]);
    if (!path)
        return JS_EXCEPTION;
    char **arguments = string_list(ctx, argv[1]);
    char **environment = string_list(ctx, argv[2]);
    sigset_t blocked;
    sigprocmask(SIG_SETMASK, NULL, &blocked);
    default_signals();
    execve(path, arguments, environment);
    int error = errno;
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    free_list_of(arguments);
    free_list_of(environment);
    JS_FreeCString(ctx, path);
    return JS_NewInt32(ctx, -error);
}

struct spawn {
    const char *path, *cwd;
    char **argv, **env;
    int fds[64], count, setsid, ctty;
    volatile int error;
};

// Runs on a stack of its own in the parent's memory, while the parent waits (CLONE_VFORK): only syscalls, no allocation.
static int spawn_child(void *opaque)
{
    struct spawn *s = opaque;
    int high[64];
    for (int i = 0; i < s->count; i++)
        if ((high[i] = fcntl(s->fds[i], F_DUPFD_CLOEXEC, 64)) < 0)
            goto fail;
    for (int i = 0; i < s->count; i++)
        if (dup2(high[i], i) < 0)
            goto fail;
    sys_close_range(s->count, ~0u);
    if (s->setsid && setsid() < 0)
        goto fail;
    if (s->ctty && ioctl(0, TIOCSCTTY, 0) < 0)
        goto fail;
    if (s->cwd && chdir(s->cwd) < 0)
        goto fail;
    default_signals();
    execve(s->path, s->argv, s->env);
fail:
    s->error = errno;
    _exit(127);
}

static JSValue get(JSContext *ctx, JSValueConst object, const char *name)
{
    return JS_GetPropertyStr(ctx, object, name);
}

static int get_int(JSContext *ctx, JSValueConst object, const char *name)
{
    JSValue value = get(ctx, object, name);
    int32_t n = 0;
    JS_ToInt32(ctx, &n, value);
    JS_FreeValue(ctx, value);
    return n;
}

static JSValue js_spawn(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    static char stack[64 * 1024] __attribute__((aligned(16)));
    struct spawn s = { 0 };
    JSValue path = get(ctx, argv[0], "path"), list = get(ctx, argv[0], "argv"), env = get(ctx, argv[0], "env");
    JSValue fds = get(ctx, argv[0], "fds"), cwd = get(ctx, argv[0], "cwd");
    s.path = JS_ToCString(ctx, path);
    s.cwd = JS_IsString(cwd) ? JS_ToCString(ctx, cwd) : NULL;
    s.argv = string_list(ctx, list);
    s.env = string_list(ctx, env);
    s.setsid = get_int(ctx, argv[0], "setsid");
    s.ctty = get_int(ctx, argv[0], "controllingTerminal");
    s.count = get_int(ctx, fds, "length");
    long result = -EINVAL;
    if (s.path && s.count <= 64) {
        for (int i = 0; i < s.count; i++) {
            JSValue fd = JS_GetPropertyUint32(ctx, fds, i);
            JS_ToInt32(ctx, &s.fds[i], fd);
            JS_FreeValue(ctx, fd);
        }
        int flags = get_int(ctx, argv[0], "cloneFlags") | CLONE_VM | CLONE_VFORK | SIGCHLD;
        result = negative_errno(clone(spawn_child, stack + sizeof stack, flags, &s));
        if (result > 0 && s.error) {
            waitpid(result, NULL, 0);
            result = -s.error;
        }
    }
    if (s.path)
        JS_FreeCString(ctx, s.path);
    if (s.cwd)
        JS_FreeCString(ctx, s.cwd);
    free_list_of(s.argv);
    free_list_of(s.env);
    JS_FreeValue(ctx, path);
    JS_FreeValue(ctx, list);
    JS_FreeValue(ctx, env);
    JS_FreeValue(ctx, fds);
    JS_FreeValue(ctx, cwd);
    return JS_NewInt32(ctx, result);
}

static JSValue pair(JSContext *ctx, int32_t a, int32_t b)
{
    JSValue list = JS_NewArray(ctx);
    JS_DefinePropertyValueUint32(ctx, list, 0, JS_NewInt32(ctx, a), JS_PROP_C_W_E);
    JS_DefinePropertyValueUint32(ctx, list, 1, JS_NewInt32(ctx, b), JS_PROP_C_W_E);
    return list;
}

static JSValue js_clone(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int64_t flags;
    int cgroup, pidfd = -1;
    if (JS_ToInt64(ctx, &flags, argv[0]) || JS_ToInt32(ctx, &cgroup, argv[1]))
        return JS_EXCEPTION;
    struct clone_args_v2 arguments = {
        .flags = (uint32_t)flags | CLONE_PIDFD | (cgroup >= 0 ? CLONE_INTO_CGROUP_FLAG : 0),
        .pidfd = (uintptr_t)&pidfd,
        .exit_signal = SIGCHLD,
        .cgroup = cgroup >= 0 ? cgroup : 0,
    };
    long pid = sys_clone3(&arguments);
    if (pid < 0)
        return JS_NewInt32(ctx, pid);
    if (pid == 0) {
        dd_drop_jobs(JS_GetRuntime(ctx));
        dd_collect_after(JS_GetRuntime(ctx), -1);
        pidfd = -1;
    }
    return pair(ctx, pid, pidfd);
}

struct borrower {
    JSContext *ctx;
    JSValueConst work;
    JSValue result;
};

// On a stack of its own in the parent's memory, while the parent waits (CLONE_VFORK): what it leaves in the heap is there for both.
static int borrower_child(void *opaque)
{
    struct borrower *b = opaque;
    int32_t code = 70;
    dd_stack_here(JS_GetRuntime(b->ctx), BORROWER_STACK_BYTES);
    b->result = JS_Call(b->ctx, b->work, JS_UNDEFINED, 0, NULL);
    if (!JS_IsException(b->result))
        JS_ToInt32(b->ctx, &code, b->result);
    _exit(code);
}

static JSValue js_vfork(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    static char *stack;
    if (!stack)
        stack = mmap(NULL, BORROWER_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) {
        stack = NULL;
        return JS_NewInt32(ctx, -ENOMEM);
    }
    struct borrower b = { ctx, argv[0], JS_UNDEFINED };
    struct dd_stack saved;
    char own_title[TITLE_BYTES];
    size_t title_length = title_bytes < sizeof own_title ? title_bytes : sizeof own_title;
    memcpy(own_title, title, title_length);
    dd_stack_save(JS_GetRuntime(ctx), &saved);
    long pid = negative_errno(clone(borrower_child, stack + BORROWER_STACK_BYTES, CLONE_VM | CLONE_VFORK | SIGCHLD, &b));
    dd_stack_restore(JS_GetRuntime(ctx), &saved);
    // The title is in the memory that both have: it was the child's as long as that lived.
    memcpy(title, own_title, title_length);
    if (pid < 0)
        return JS_NewInt32(ctx, pid);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    JS_FreeValue(ctx, b.result);
    return JS_IsException(b.result) ? JS_EXCEPTION : JS_NewInt32(ctx, status);
}

static JSValue js_wait4(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int pid, options, status = 0;
    if (JS_ToInt32(ctx, &pid, argv[0]) || JS_ToInt32(ctx, &options, argv[1]))
        return JS_EXCEPTION;
    long result;
    do
        result = negative_errno(waitpid(pid, &status, options));
    while (result == -EINTR);
    return result < 0 ? JS_NewInt32(ctx, result) : pair(ctx, result, status);
}

// PR_CAPBSET_DROP for each capability below count whose bit is not in the mask (two halves): two dozen calls for every container.
static JSValue js_dropBoundingSet(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    uint32_t low, high, count;
    if (JS_ToUint32(ctx, &low, argv[0]) || JS_ToUint32(ctx, &high, argv[1]) || JS_ToUint32(ctx, &count, argv[2]))
        return JS_EXCEPTION;
    for (uint32_t bit = 0; bit < count; bit++)
        if (!((bit < 32 ? low >> bit : high >> (bit - 32)) & 1) && prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) < 0)
            return JS_NewInt32(ctx, -errno);
    return JS_NewInt32(ctx, 0);
}

static JSValue js_exit(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int code = 0;
    JS_ToInt32(ctx, &code, argv[0]);
    _exit(code);
}

static int compare_ints(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static JSValue js_closeAllExcept(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int keep[256], count = get_int(ctx, argv[0], "length");
    if (count > 255)
        return JS_ThrowRangeError(ctx, "too many descriptors to keep");
    for (int i = 0; i < count; i++) {
        JSValue fd = JS_GetPropertyUint32(ctx, argv[0], i);
        JS_ToInt32(ctx, &keep[i], fd);
        JS_FreeValue(ctx, fd);
    }
    qsort(keep, count, sizeof keep[0], compare_ints);
    int first = 3;
    for (int i = 0; i < count; i++) {
        if (keep[i] < first)
            continue;
        if (keep[i] > first)
            sys_close_range(first, keep[i] - 1);
        first = keep[i] + 1;
    }
    sys_close_range(first, ~0u);
    return JS_UNDEFINED;
}

static JSValue js_sendFds(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int fd, count = get_int(ctx, argv[2], "length");
    size_t length;
    uint8_t *bytes = dd_need_bytes(ctx, argv[1], &length);
    if (!bytes || JS_ToInt32(ctx, &fd, argv[0]))
        return JS_EXCEPTION;
    if (count > 64)
        return JS_NewInt32(ctx, -EINVAL);
    char control[CMSG_SPACE(64 * sizeof(int))] __attribute__((aligned(8))) = { 0 };
    struct iovec part = { bytes, length };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    if (count > 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(count * sizeof(int));
        for (int i = 0; i < count; i++) {
            JSValue value = JS_GetPropertyUint32(ctx, argv[2], i);
            JS_ToInt32(ctx, (int *)CMSG_DATA(head) + i, value);
            JS_FreeValue(ctx, value);
        }
    }
    return JS_NewInt32(ctx, negative_errno(sendmsg(fd, &message, MSG_NOSIGNAL)));
}

static JSValue js_recvFds(JSContext *ctx, JSValueConst this_val, int argc, JSValueConst *argv)
{
    int fd;
    size_t length;
    uint8_t *bytes = dd_need_bytes(ctx, argv[1], &length);
    if (!bytes || JS_ToInt32(ctx, &fd, argv[0]))
        return JS_EXCEPTION;
    char control[CMSG_SPACE(64 * sizeof(int))] __attribute__((aligned(8)));
    struct iovec part = { bytes, length };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    long n = negative_errno(recvmsg(fd, &message, MSG_CMSG_CLOEXEC));
    if (n < 0)
        return JS_NewInt32(ctx, n);
    JSValue list = JS_NewArray(ctx);
    uint32_t count = 0;
    JS_DefinePropertyValueUint32(ctx, list, count++, JS_NewInt32(ctx, n), JS_PROP_C_W_E);
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&message); head; head = CMSG_NXTHDR(&message, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        int fds = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (int i = 0; i < fds; i++)
            JS_DefinePropertyValueUint32(ctx, list, count++, JS_NewInt32(ctx, ((int *)CMSG_DATA(head))[i]), JS_PROP_C_W_E);
    }
    return list;
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("execve", 3, js_execve),
    JS_CFUNC_DEF("spawn", 1, js_spawn),
    JS_CFUNC_DEF("clone", 2, js_clone),
    JS_CFUNC_DEF("vfork", 1, js_vfork),
    JS_CFUNC_DEF("wait4", 2, js_wait4),
    JS_CFUNC_DEF("dropBoundingSet", 3, js_dropBoundingSet),
    JS_CFUNC_DEF("exit", 1, js_exit),
    JS_CFUNC_DEF("closeAllExcept", 1, js_closeAllExcept),
    JS_CFUNC_DEF("setTitle", 1, js_setTitle),
    JS_CFUNC_DEF("sendFds", 3, js_sendFds),
    JS_CFUNC_DEF("recvFds", 3, js_recvFds),
};

void dd_add_processes(JSContext *ctx, JSValueConst native)
{
    JS_SetPropertyFunctionList(ctx, native, functions, sizeof functions / sizeof functions[0]);
}
