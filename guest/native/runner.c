// drydock: runs one JavaScript program (bytecode or source), or compiles it.
//   drydock FILE [ARGUMENT…]      FILE.bc is bytecode of this very build, anything else source
//   drydock -c IN.js -o OUT.bc    -s leaves out line numbers
// The program finds the C module as globalThis.__native. No module loader: bundles are one script each.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine.h"

#define MAGIC "DDBC" DRYDOCK_BUILD

static void die(const char *what, const char *name)
{
    dprintf(2, "drydock: %s: %s: %s\n", name, what, strerror(errno));
    _exit(71);
}

static const char *read_file(const char *path, size_t *length)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        die("cannot open", path);
    // One byte more than the file: the mapping's zero fill ends the text for the parser. A file of whole pages is read instead.
    char *text;
    if (st.st_size % 4096 != 0) {
        text = mmap(NULL, st.st_size + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
        if (text == MAP_FAILED)
            die("cannot map", path);
    } else {
        text = malloc(st.st_size + 1);
        if (!text || read(fd, text, st.st_size) != st.st_size)
            die("cannot read", path);
        text[st.st_size] = 0;
    }
    close(fd);
    *length = st.st_size;
    return text;
}

static int report(JSContext *ctx)
{
    JSValue error = JS_GetException(ctx);
    const char *text = JS_ToCString(ctx, error);
    JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
    const char *trace = JS_ToCString(ctx, stack);
    dprintf(2, "%s\n%s", text ? text : "exception", trace && JS_IsString(stack) ? trace : "");
    return 70;
}

static int compile(JSContext *ctx, const char *in, const char *out, int strip)
{
    size_t length;
    const char *text = read_file(in, &length);
    JS_SetStripInfo(JS_GetRuntime(ctx), strip ? JS_STRIP_DEBUG : JS_STRIP_SOURCE);
    const char *slash = strrchr(in, '/');
    JSValue program = JS_Eval(ctx, text, length, slash ? slash + 1 : in, JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_COMPILE_ONLY);
    if (JS_IsException(program))
        return report(ctx);
    size_t size;
    uint8_t *code = JS_WriteObject(ctx, &size, program, JS_WRITE_OBJ_BYTECODE);
    int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (!code || fd < 0)
        die("cannot write", out);
    if (write(fd, MAGIC, sizeof MAGIC) != sizeof MAGIC || write(fd, code, size) != (ssize_t)size)
        die("cannot write", out);
    close(fd);
    return 0;
}

static void add_globals(JSContext *ctx, const char *bundle, int argc, char **argv)
{
    JSValue global = JS_GetGlobalObject(ctx);
    JSValue native = JS_NewObject(ctx);
    JSValue list = JS_NewArray(ctx);
    for (int i = 0; i < argc; i++)
        JS_DefinePropertyValueUint32(ctx, list, i, JS_NewString(ctx, argv[i]), JS_PROP_C_W_E);
    JS_DefinePropertyValueStr(ctx, native, "args", list, JS_PROP_C_W_E);
    JS_DefinePropertyValueStr(ctx, native, "bundle", JS_NewString(ctx, bundle), JS_PROP_C_W_E);
    dd_add_syscalls(ctx, native);
    dd_add_processes(ctx, native);
    dd_add_bytes(ctx, native);
    dd_add_runtime(ctx, native);
    dd_add_archives(ctx, native);
    dd_add_json(ctx);
    JS_DefinePropertyValueStr(ctx, global, "__native", native, JS_PROP_C_W_E);
    JS_FreeValue(ctx, global);
}

static int run(JSContext *ctx, const char *path)
{
    size_t length;
    const char *text = read_file(path, &length);
    JSValue program;
    if (length > sizeof MAGIC && memcmp(text, "DDBC", 4) == 0) {
        if (memcmp(text, MAGIC, sizeof MAGIC) != 0) {
            dprintf(2, "drydock: %s: bytecode of another build\n", path);
            return 71;
        }
        program = JS_ReadObject(ctx, (const uint8_t *)text + sizeof MAGIC, length - sizeof MAGIC, JS_READ_OBJ_BYTECODE);
        if (!JS_IsException(program)) {
            munmap((void *)text, length + 1);
            program = JS_EvalFunction(ctx, program);
        }
    } else {
        const char *slash = strrchr(path, '/');
        program = JS_Eval(ctx, text, length, slash ? slash + 1 : path, JS_EVAL_TYPE_GLOBAL);
    }
    if (JS_IsException(program))
        return report(ctx);
    // A program with an event loop never comes here; a plain script may have left promise jobs.
    JSContext *job_context;
    int result;
    while ((result = JS_ExecutePendingJob(JS_GetRuntime(ctx), &job_context)) > 0)
        ;
    return result < 0 ? report(job_context) : 0;
}

int main(int argc, char **argv)
{
    // A peer that is gone shows as EPIPE; spawn and execve give the default back to programs.
    signal(SIGPIPE, SIG_IGN);
    JSRuntime *rt = JS_NewRuntime2(&dd_allocator, NULL);
    JS_SetMaxStackSize(rt, 2 * 1024 * 1024);
    JSContext *ctx = JS_NewContext(rt);
    dd_collect_after(rt, -1);

    if (argc >= 5 && strcmp(argv[1], "-c") == 0 && strcmp(argv[3], "-o") == 0)
        return compile(ctx, argv[2], argv[4], argc > 5 && strcmp(argv[5], "-s") == 0);
    if (argc < 2 || argv[1][0] == '-') {
        dprintf(2, "usage: drydock FILE [ARGUMENT...] | drydock -c IN.js -o OUT.bc [-s]\n");
        return 64;
    }
    add_globals(ctx, argv[1], argc - 2, argv + 2);
    char *path = strdup(argv[1]);
    dd_init_title(argc, argv);
    dd_collect_after(rt, 4 * 1024 * 1024);
    _exit(run(ctx, path));
}
