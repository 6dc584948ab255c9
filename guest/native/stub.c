// /usr/bin/docker (and docker-compose, by its name): hands its command line and descriptors 0, 1, 2 to the resident docker-cli process
// and waits for the exit code. The messages are described in src/protocol/cli-stub.ts. Without that process it runs the CLI itself.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys.h"

#define SOCKET_PATH "/run/docker-cli.sock"
#define RUNNER "/usr/lib/drydock/drydock"
#define BUNDLE "/usr/lib/drydock/docker-cli.bc"
#define HEAD_BYTES 20

static int connection = -1;
static volatile pid_t session_pid;

static const int relayed[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT };

// Only async-signal-safe calls in here.
static void relay(int signal_number)
{
    int saved = errno;
    unsigned char byte = signal_number;
    if (signal_number == SIGCONT && session_pid > 0)
        kill(session_pid, SIGCONT);
    send(connection, &byte, 1, MSG_NOSIGNAL);
    if (signal_number == SIGTSTP) {
        if (session_pid > 0)
            kill(session_pid, SIGSTOP);
        raise(SIGSTOP);
    }
    errno = saved;
}

static int run_without_resident(int argc, char **argv, char **env)
{
    char **arguments = calloc(argc + 3, sizeof *arguments);
    arguments[0] = "drydock";
    arguments[1] = BUNDLE;
    // The bundle is told under which name it was called, as the resident process is.
    for (int i = 0; i < argc; i++)
        arguments[i + 2] = argv[i];
    execve(RUNNER, arguments, env);
    dprintf(2, "docker: cannot run %s: %s\n", RUNNER, strerror(errno));
    return 127;
}

static int send_request(int argc, char **argv, char **env)
{
    char cwd[4096];
    if (!getcwd(cwd, sizeof cwd))
        strcpy(cwd, "/");
    uint32_t envc = 0;
    size_t payload = strlen(cwd) + 1;
    for (int i = 0; i < argc; i++)
        payload += strlen(argv[i]) + 1;
    for (; env[envc]; envc++)
        payload += strlen(env[envc]) + 1;

    char *message = malloc(HEAD_BYTES + payload);
    if (!message)
        return -1;
    mode_t mask = umask(022);
    umask(mask);
    uint32_t head[5] = { 0x31434b44, payload, argc, envc, mask };
    memcpy(message, head, HEAD_BYTES);
    char *at = stpcpy(message + HEAD_BYTES, cwd) + 1;
    for (int i = 0; i < argc; i++)
        at = stpcpy(at, argv[i]) + 1;
    for (uint32_t i = 0; i < envc; i++)
        at = stpcpy(at, env[i]) + 1;

    int fds[3] = { 0, 1, 2 };
    char control[CMSG_SPACE(sizeof fds)] __attribute__((aligned(8))) = { 0 };
    struct iovec part = { message, HEAD_BYTES + payload };
    struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fds);
    memcpy(CMSG_DATA(rights), fds, sizeof fds);

    ssize_t sent = sendmsg(connection, &header, MSG_NOSIGNAL);
    if (sent <= 0)
        return -1;
    return sys_write_all(connection, message + sent, HEAD_BYTES + payload - sent) < 0 ? -1 : 0;
}

// Exactly length bytes, or 0 at the end of the stream.
static int receive(void *into, size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t n = read(connection, (char *)into + done, length - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return 0;
        done += n;
    }
    return 1;
}

int main(int argc, char **argv, char **env)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = SOCKET_PATH };
    // SCM_RIGHTS refuses a descriptor that is not open.
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            open("/dev/null", O_RDWR);
    connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address) < 0)
        return run_without_resident(argc, argv, env);

    signal(SIGPIPE, SIG_IGN);
    struct sigaction action = { .sa_handler = relay, .sa_flags = SA_RESTART };
    for (size_t i = 0; i < sizeof relayed / sizeof relayed[0]; i++)
        sigaction(relayed[i], &action, NULL);
    if (send_request(argc, argv, env) < 0)
        return run_without_resident(argc, argv, env);

    for (;;) {
        unsigned char kind, code;
        uint32_t pid;
        if (!receive(&kind, 1))
            break;
        if (kind == 'x' && receive(&code, 1))
            return code;
        if (kind != 'p' || !receive(&pid, 4))
            break;
        session_pid = pid;
    }
    dprintf(2, "docker: the client process ended without an exit code\n");
    return 125;
}
