/*
 * hello-world: the whole program of the smallest image. No C library: it writes one text and exits.
 * Compiled by build.ts with gcc -m32 -static -nostdlib.
 */

static const char text[] =
    "\n"
    "Hello from Docker!\n"
    "If you can read this, every part of your installation does its work.\n"
    "\n"
    "What happened just now:\n"
    " 1. The docker client sent your command to the daemon over its REST API.\n"
    " 2. The daemon had the image \"hello-world\", or pulled it from the registry.\n"
    "    (This one was built for linux/386.)\n"
    " 3. The daemon made a container from the image: namespaces, a cgroup, a root\n"
    "    file system; and in it the kernel ran the program that prints this text.\n"
    " 4. The daemon carried the program's output back to the client, and the client\n"
    "    wrote it on your terminal.\n"
    "\n"
    "For something larger, try a shell in a Debian container:\n"
    " $ docker run -it debian bash\n"
    "\n";

static int call(int number, int a, const void *b, int c)
{
    int result;
    __asm__ volatile("int $0x80" : "=a"(result) : "0"(number), "b"(a), "c"(b), "d"(c) : "memory");
    return result;
}

void _start(void)
{
    enum { EXIT = 1, WRITE = 4, STDOUT = 1 };
    int length = sizeof text - 1;
    int done = 0;

    while (done < length) {
        int written = call(WRITE, STDOUT, text + done, length - done);
        if (written <= 0)
            break;
        done += written;
    }
    call(EXIT, done == length ? 0 : 1, 0, 0);
    __builtin_unreachable();
}
