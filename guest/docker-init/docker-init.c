/* docker-init: PID 1 of a container that was started with --init. The kernel treats PID 1 apart: signals without a handler do
 * nothing to it, and orphans become its children. So it starts the program as its child, hands it every signal, reaps whoever
 * ends, and ends as the program ended. Usage: docker-init [--] PROGRAM [ARGUMENT...]. Bound into the container at
 * /sbin/docker-init by dockerd. pid_namespaces(7), sigwaitinfo(2), wait(2) */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT_EXECUTE = 126, NOT_FOUND = 127, BY_SIGNAL = 128 };

/* The program's process group, so that the terminal's keys reach it as they would without us. */
static void become_program(char **argv, const sigset_t *mask)
{
    setpgid(0, 0);
    if (isatty(STDIN_FILENO)) {
        signal(SIGTTOU, SIG_IGN); /* or the terminal would stop a background group that asks to be the foreground one */
        tcsetpgrp(STDIN_FILENO, getpgrp());
        signal(SIGTTOU, SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, mask, NULL);
    execvp(argv[0], argv);
    int error = errno;
    fprintf(stderr, "[FATAL docker-init (%d)] exec %s failed: %s\n", (int)getpid(), argv[0], strerror(error));
    _exit(error == ENOENT ? NOT_FOUND : CANNOT_EXECUTE);
}

/* Reaps all who have ended; the program's exit code if it was among them, else -1. */
static int reap(pid_t program)
{
    int code = -1, status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
        if (pid == program)
            code = WIFEXITED(status) ? WEXITSTATUS(status) : BY_SIGNAL + WTERMSIG(status);
    return code;
}

int main(int argc, char **argv)
{
    char **command = argv + 1;
    if (argc > 1 && strcmp(*command, "--") == 0)
        command++;
    if (!*command) {
        fprintf(stderr, "usage: docker-init [--] PROGRAM [ARGUMENT...]\n");
        return 1;
    }

    /* Signals wait for us one by one. Those that a fault of our own would raise stay as they are. */
    sigset_t all, before;
    sigfillset(&all);
    const int faults[] = {SIGFPE, SIGILL, SIGSEGV, SIGBUS, SIGABRT, SIGTRAP, SIGSYS};
    for (unsigned i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&all, faults[i]);
    sigprocmask(SIG_SETMASK, &all, &before);

    pid_t program = fork();
    if (program < 0) {
        perror("docker-init: fork");
        return 1;
    }
    if (program == 0)
        become_program(command, &before);

    for (int code;;) {
        siginfo_t info;
        if (sigwaitinfo(&all, &info) < 0)
            continue;
        if (info.si_signo != SIGCHLD)
            kill(program, info.si_signo);
        else if ((code = reap(program)) >= 0)
            return code;
    }
}
