// The bench's floor: the kernel work of `docker run --rm busybox true` in plain C, with no engine around it. Six namespaces, an overlay
// rootfs, Docker's mounts, a cgroup, a veth pair on docker0, pivot_root, exec, wait, clean-up; N times over, and the median printed.
//   cfloor ROOTFS N [PROGRAM]      ROOTFS is the lower directory (busybox inside); needs cgroup2 at /sys/fs/cgroup and a bridge docker0
//   cfloor -s N PROGRAM            fork, exec and wait of PROGRAM alone

#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sys.h"

#define WORK "/run/cfloor"
#define CGROUP "/sys/fs/cgroup/cfloor"

static const char *program = "/bin/true";
static char overlay_options[1024];

static void check(long result, const char *what)
{
    if (result >= 0)
        return;
    dprintf(2, "cfloor: %s: %s\n", what, strerror(errno));
    _exit(1);
}

// Netlink messages, built in one buffer.

struct request {
    struct nlmsghdr head;
    char rest[1024];
};

static void *append(struct request *r, const void *data, size_t length)
{
    void *at = (char *)r + NLMSG_ALIGN(r->head.nlmsg_len);
    memcpy(at, data, length);
    r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + length;
    return at;
}

static struct rtattr *attribute(struct request *r, int type, const void *data, size_t length)
{
    struct rtattr head = { .rta_len = RTA_LENGTH(length), .rta_type = type };
    struct rtattr *at = append(r, &head, sizeof head);
    if (length > 0)
        append(r, data, length);
    return at;
}

static void end_nest(struct request *r, struct rtattr *nest)
{
    nest->rta_len = (char *)r + NLMSG_ALIGN(r->head.nlmsg_len) - (char *)nest;
}

static void begin(struct request *r, int type, int flags, const void *body, size_t length)
{
    memset(r, 0, sizeof *r);
    r->head = (struct nlmsghdr){ .nlmsg_len = sizeof r->head, .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags };
    append(r, body, length);
}

static void transact(int netlink, struct request *r, const char *what)
{
    char answer[4096];
    check(send(netlink, r, r->head.nlmsg_len, 0), what);
    check(recv(netlink, answer, sizeof answer, 0), what);
    struct nlmsghdr *head = (struct nlmsghdr *)answer;
    struct nlmsgerr *error = NLMSG_DATA(head);
    if (head->nlmsg_type == NLMSG_ERROR && error->error < 0) {
        errno = -error->error;
        check(-1, what);
    }
}

static int netlink_socket(void)
{
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    check(fd, "netlink");
    return fd;
}

static void add_veth(int netlink, pid_t pid, int bridge)
{
    struct request r;
    struct ifinfomsg link = { .ifi_family = AF_UNSPEC };
    uint32_t peer_ns = pid;
    begin(&r, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &link, sizeof link);
    attribute(&r, IFLA_IFNAME, "vethfloor", 10);
    attribute(&r, IFLA_MASTER, &bridge, sizeof bridge);
    struct rtattr *info = attribute(&r, IFLA_LINKINFO, NULL, 0);
    attribute(&r, IFLA_INFO_KIND, "veth", 4);
    struct rtattr *data = attribute(&r, IFLA_INFO_DATA, NULL, 0);
    struct rtattr *peer = attribute(&r, VETH_INFO_PEER, NULL, 0);
    append(&r, &link, sizeof link);
    attribute(&r, IFLA_IFNAME, "eth0", 5);
    attribute(&r, IFLA_NET_NS_PID, &peer_ns, sizeof peer_ns);
    end_nest(&r, peer);
    end_nest(&r, data);
    end_nest(&r, info);
    transact(netlink, &r, "add veth");
    struct ifinfomsg up = { .ifi_family = AF_UNSPEC, .ifi_index = if_nametoindex("vethfloor"), .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
    begin(&r, RTM_NEWLINK, 0, &up, sizeof up);
    transact(netlink, &r, "veth up");
}

// In the container's namespace: lo and eth0 up, 172.17.0.250/16, default route.
static void configure_network(void)
{
    struct request r;
    int netlink = netlink_socket(), eth0 = if_nametoindex("eth0");
    for (int i = 0; i < 2; i++) {
        struct ifinfomsg up = { .ifi_family = AF_UNSPEC, .ifi_index = i ? eth0 : 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
        begin(&r, RTM_NEWLINK, 0, &up, sizeof up);
        transact(netlink, &r, "link up");
    }
    uint8_t address[4] = { 172, 17, 0, 250 }, gateway[4] = { 172, 17, 0, 1 };
    struct ifaddrmsg ip = { .ifa_family = AF_INET, .ifa_prefixlen = 16, .ifa_index = eth0 };
    begin(&r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &ip, sizeof ip);
    attribute(&r, IFA_LOCAL, address, 4);
    attribute(&r, IFA_ADDRESS, address, 4);
    transact(netlink, &r, "add address");
    struct rtmsg route = { .rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = RTPROT_BOOT, .rtm_type = RTN_UNICAST };
    begin(&r, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof route);
    attribute(&r, RTA_GATEWAY, gateway, 4);
    transact(netlink, &r, "add route");
    close(netlink);
}

static void bind_null(const char *path)
{
    check(mount("/dev/null", path, NULL, MS_BIND, NULL), path);
}

// What Docker mounts and makes in a container's root, which is the working directory.
static void prepare_root(void)
{
    const unsigned safe = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    check(mount("proc", "proc", "proc", safe, NULL), "proc");
    check(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"), "dev");
    check(mkdir("dev/pts", 0755) | mkdir("dev/shm", 01777) | mkdir("dev/mqueue", 01777), "dev directories");
    check(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"), "devpts");
    check(mount("sysfs", "sys", "sysfs", safe | MS_RDONLY, NULL), "sysfs");
    check(mount("cgroup", "sys/fs/cgroup", "cgroup2", safe | MS_RDONLY, NULL), "cgroup2");
    check(mount("mqueue", "dev/mqueue", "mqueue", safe, NULL), "mqueue");
    check(mount("shm", "dev/shm", "tmpfs", safe, "mode=1777,size=65536k"), "shm");
    for (const char *const *file = (const char *const[]){ "etc/hosts", "etc/hostname", "etc/resolv.conf", NULL }; *file; file++)
        check(mount(WORK "/file", *file, NULL, MS_BIND, NULL), *file);
    static const struct { const char *name; int major, minor; } nodes[] = {
        { "dev/null", 1, 3 }, { "dev/zero", 1, 5 }, { "dev/full", 1, 7 }, { "dev/tty", 5, 0 }, { "dev/random", 1, 8 }, { "dev/urandom", 1, 9 },
    };
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++)
        check(mknod(nodes[i].name, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)), nodes[i].name);
    check(symlink("/proc/self/fd", "dev/fd") | symlink("/proc/self/fd/0", "dev/stdin") | symlink("/proc/self/fd/1", "dev/stdout")
        | symlink("/proc/self/fd/2", "dev/stderr") | symlink("pts/ptmx", "dev/ptmx"), "dev symlinks");
}

static void restrict_proc(void)
{
    static const char *const read_only[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" };
    for (size_t i = 0; i < sizeof read_only / sizeof read_only[0]; i++)
        if (mount(read_only[i], read_only[i], NULL, MS_BIND | MS_REC, NULL) == 0)
            mount(NULL, read_only[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_REC, NULL);
    static const char *const masked[] = { "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug" };
    for (size_t i = 0; i < sizeof masked / sizeof masked[0]; i++)
        if (access(masked[i], F_OK) == 0)
            bind_null(masked[i]);
    static const char *const hidden[] = { "/proc/acpi", "/proc/asound", "/proc/scsi", "/sys/firmware" };
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        if (access(hidden[i], F_OK) == 0)
            mount("tmpfs", hidden[i], "tmpfs", MS_RDONLY, NULL);
}

static int container(int sync_fd)
{
    char byte;
    check(read(sync_fd, &byte, 1), "sync");
    check(unshare(CLONE_NEWCGROUP), "cgroup namespace");
    check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
    check(mount("overlay", WORK "/merged", "overlay", 0, overlay_options), "overlay");
    check(chdir(WORK "/merged"), "chdir");
    prepare_root();
    configure_network();
    check(sethostname("cfloor", 6), "hostname");
    check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    check(umount2(".", MNT_DETACH), "umount old root");
    check(chdir("/"), "chdir /");
    restrict_proc();
    execl(program, program, NULL);
    check(-1, program);
    return 1;
}

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void run_container(int netlink, int bridge)
{
    int sync_pipe[2];
    check(mkdir(WORK "/upper", 0755) | mkdir(WORK "/work", 0755), "upper and work");
    check(mkdir(CGROUP, 0755), CGROUP);
    int cgroup = open(CGROUP, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    check(cgroup, CGROUP);
    check(pipe2(sync_pipe, O_CLOEXEC), "pipe");
    struct clone_args_v2 arguments = {
        .flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | 0x200000000ull,
        .exit_signal = SIGCHLD,
        .cgroup = cgroup,
    };
    long pid = sys_clone3(&arguments);
    if (pid == 0)
        _exit(container(sync_pipe[0]));
    check(pid, "clone3");
    add_veth(netlink, pid, bridge);
    check(write(sync_pipe[1], "x", 1), "sync");
    int status;
    check(waitpid(pid, &status, 0), "wait");
    if (status != 0) {
        dprintf(2, "cfloor: the container ended with status %x\n", status);
        exit(1);
    }
    close(sync_pipe[0]);
    close(sync_pipe[1]);
    close(cgroup);
    // The veth pair went with the network namespace, the mounts with the mount namespace.
    check(rmdir(CGROUP), CGROUP);
    check(rmdir(WORK "/work/work") | rmdir(WORK "/work"), "clean up");
    for (const char *const *path = (const char *const[]){ "/upper/dev", "/upper/etc", "/upper/proc", "/upper/sys", NULL }; *path; path++) {
        char full[64];
        snprintf(full, sizeof full, WORK "%s", *path);
        rmdir(full);
    }
    check(rmdir(WORK "/upper"), "clean up upper");
}

static void run_program(void)
{
    pid_t pid = vfork();
    if (pid == 0) {
        execl(program, program, NULL);
        _exit(127);
    }
    int status;
    check(pid, "vfork");
    check(waitpid(pid, &status, 0), "wait");
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        dprintf(2, "usage: cfloor ROOTFS N [PROGRAM] | cfloor -s N PROGRAM\n");
        return 64;
    }
    int count = atoi(argv[2]), simple = strcmp(argv[1], "-s") == 0, netlink = -1, bridge = 0;
    if (argc > 3)
        program = argv[3];
    if (!simple) {
        mkdir(WORK, 0755);
        mkdir(WORK "/merged", 0755);
        close(open(WORK "/file", O_WRONLY | O_CREAT, 0644));
        snprintf(overlay_options, sizeof overlay_options, "lowerdir=%s,upperdir=" WORK "/upper,workdir=" WORK "/work", argv[1]);
        netlink = netlink_socket();
        bridge = if_nametoindex("docker0");
        check(bridge ? 0 : -1, "docker0");
    }
    double *times = calloc(count + 1, sizeof *times);
    for (int i = 0; i < count; i++) {
        double start = now_ms();
        if (simple)
            run_program();
        else
            run_container(netlink, bridge);
        times[i] = now_ms() - start;
    }
    qsort(times, count, sizeof *times, compare);
    printf("min %.2f ms, median %.2f ms, %d runs\n", times[0], times[count / 2], count);
    return 0;
}
