// Whole directory trees: remove, copy, measure. openat(2) from directory to directory with O_NOFOLLOW, so that no symlink, even one
// swapped in meanwhile, leads outside.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tree.h"

static int is_dot(const char *name)
{
    return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

DIR *tree_open(int dirfd, const char *name)
{
    int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir && fd >= 0)
        close(fd);
    return dir;
}

struct dirent *tree_next(DIR *dir)
{
    struct dirent *entry;
    while ((entry = readdir(dir)) && is_dot(entry->d_name))
        ;
    return entry;
}

int64_t tree_empty(int dirfd, const char *name)
{
    int64_t removed = 0;
    DIR *dir = tree_open(dirfd, name);
    if (!dir)
        return -errno;
    for (struct dirent *entry; removed >= 0 && (entry = tree_next(dir));) {
        int64_t below = tree_remove(dirfd_of(dir), entry->d_name);
        removed = below < 0 ? below : removed + below;
    }
    closedir(dir);
    return removed;
}

int64_t tree_remove(int dirfd, const char *name)
{
    if (unlinkat(dirfd, name, 0) == 0)
        return 1;
    if (errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -errno;
    if (unlinkat(dirfd, name, AT_REMOVEDIR) == 0)
        return 1;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return -errno;
    int64_t removed = tree_empty(dirfd, name);
    if (removed < 0)
        return removed;
    return unlinkat(dirfd, name, AT_REMOVEDIR) < 0 ? -errno : removed + 1;
}

// Names of inodes with several links that have been met.

const char *links_find(struct links *links, const struct stat *st)
{
    for (struct link *l = links->bucket[st->st_ino % LINK_BUCKETS]; l; l = l->next)
        if (l->ino == st->st_ino && l->dev == st->st_dev)
            return l->path;
    return NULL;
}

void links_add(struct links *links, const struct stat *st, const char *path)
{
    struct link *l = malloc(sizeof *l + strlen(path) + 1);
    if (!l)
        return;
    l->dev = st->st_dev;
    l->ino = st->st_ino;
    strcpy(l->path, path);
    l->next = links->bucket[st->st_ino % LINK_BUCKETS];
    links->bucket[st->st_ino % LINK_BUCKETS] = l;
}

void links_free(struct links *links)
{
    for (int i = 0; i < LINK_BUCKETS; i++)
        for (struct link *l = links->bucket[i], *next; l; l = next) {
            next = l->next;
            free(l);
        }
    memset(links, 0, sizeof *links);
}

struct copy {
    struct links links;
    int root;             // where hardlinks' paths start
    char path[4096];      // of the entry at hand, beneath root
    int64_t entries;
};

static int copy_bytes(int from, int to, off_t size)
{
    off_t left = size;
    while (left > 0) {
        ssize_t n = copy_file_range(from, NULL, to, NULL, left > 1 << 24 ? 1 << 24 : left, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP || errno == EBADF || errno == ETXTBSY))
            n = sendfile(to, from, NULL, left > 1 << 24 ? 1 << 24 : left);
        if (n < 0)
            return -errno;
        if (n == 0)
            break;
        left -= n;
    }
    return 0;
}

static void copy_xattrs(int from, int to)
{
    char names[4096], value[4096];
    ssize_t length = flistxattr(from, names, sizeof names);
    for (ssize_t at = 0; at < length; at += strlen(names + at) + 1) {
        // Attributes of overlayfs itself belong to the upperdir they are in.
        if (strncmp(names + at, "trusted.overlay.", 16) == 0)
            continue;
        ssize_t n = fgetxattr(from, names + at, value, sizeof value);
        if (n >= 0)
            fsetxattr(to, names + at, value, n, 0);
    }
}

static int copy_entry(struct copy *c, int from, const char *name, int to, const char *as);

static int copy_children(struct copy *c, int from, const char *name, int to_dir)
{
    DIR *dir = tree_open(from, name);
    if (!dir)
        return -errno;
    int result = 0;
    size_t length = strlen(c->path);
    for (struct dirent *entry; result == 0 && (entry = tree_next(dir));) {
        if (length + strlen(entry->d_name) + 2 > sizeof c->path) {
            result = -ENAMETOOLONG;
            break;
        }
        c->path[length] = '/';
        strcpy(c->path + length + 1, entry->d_name);
        result = copy_entry(c, dirfd_of(dir), entry->d_name, to_dir, entry->d_name);
        c->path[length] = 0;
    }
    if (result == 0)
        copy_xattrs(dirfd_of(dir), to_dir);
    closedir(dir);
    return result;
}

static int copy_directory(struct copy *c, int from, const char *name, int to, const char *as, const struct stat *st)
{
    if (mkdirat(to, as, 0700) < 0 && errno != EEXIST)
        return -errno;
    // Below the place that was asked for, what is there may be somebody else's symlink: ENOTDIR.
    int fd = openat(to, as, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (c->path[0] ? O_NOFOLLOW : 0));
    if (fd < 0)
        return -errno;
    int result = copy_children(c, from, name, fd);
    if (result == 0 && fchown(fd, st->st_uid, st->st_gid) < 0)
        result = -errno;
    if (result == 0) {
        struct timespec times[2] = { st->st_atim, st->st_mtim };
        fchmod(fd, st->st_mode & 07777);
        futimens(fd, times);
    }
    close(fd);
    return result;
}

static int copy_regular(int from, const char *name, int to, const char *as, const struct stat *st)
{
    int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (in < 0)
        return -errno;
    int out = openat(to, as, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (out < 0 && errno == EEXIST && unlinkat(to, as, 0) == 0)
        out = openat(to, as, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int result = out < 0 ? -errno : copy_bytes(in, out, st->st_size);
    if (result == 0 && fchown(out, st->st_uid, st->st_gid) < 0)
        result = -errno;
    if (result == 0) {
        struct timespec times[2] = { st->st_atim, st->st_mtim };
        fchmod(out, st->st_mode & 07777);
        copy_xattrs(in, out);
        futimens(out, times);
    }
    close(in);
    if (out >= 0)
        close(out);
    return result;
}

static int copy_special(int from, const char *name, int to, const char *as, const struct stat *st)
{
    char target[4096];
    unlinkat(to, as, 0);
    if (S_ISLNK(st->st_mode)) {
        ssize_t n = readlinkat(from, name, target, sizeof target - 1);
        if (n < 0)
            return -errno;
        target[n] = 0;
        if (symlinkat(target, to, as) < 0)
            return -errno;
    } else if (mknodat(to, as, st->st_mode, st->st_rdev) < 0) {
        return -errno;
    }
    struct timespec times[2] = { st->st_atim, st->st_mtim };
    if (fchownat(to, as, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    if (!S_ISLNK(st->st_mode))
        fchmodat(to, as, st->st_mode & 07777, 0);
    utimensat(to, as, times, AT_SYMLINK_NOFOLLOW);
    return 0;
}

static int copy_entry(struct copy *c, int from, const char *name, int to, const char *as)
{
    struct stat st;
    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    c->entries++;
    if (S_ISDIR(st.st_mode))
        return copy_directory(c, from, name, to, as, &st);
    const char *first = st.st_nlink > 1 ? links_find(&c->links, &st) : NULL;
    if (first) {
        unlinkat(to, as, 0);
        return linkat(c->root, first[0] == '/' ? first + 1 : first, to, as, 0) < 0 ? -errno : 0;
    }
    int result = S_ISREG(st.st_mode) ? copy_regular(from, name, to, as, &st) : copy_special(from, name, to, as, &st);
    if (result == 0 && st.st_nlink > 1)
        links_add(&c->links, &st, c->path);
    return result;
}

int64_t tree_copy(int from_dirfd, const char *from, int to_dirfd, const char *to)
{
    struct stat st;
    struct copy *c = calloc(1, sizeof *c);
    if (!c)
        return -ENOMEM;
    int result;
    if (fstatat(from_dirfd, from, &st, AT_SYMLINK_NOFOLLOW) < 0) {
        result = -errno;
    } else if (!S_ISDIR(st.st_mode)) {
        c->entries = 1;
        result = S_ISREG(st.st_mode) ? copy_regular(from_dirfd, from, to_dirfd, to, &st) : copy_special(from_dirfd, from, to_dirfd, to, &st);
    } else {
        mkdirat(to_dirfd, to, 0700);
        c->root = openat(to_dirfd, to, O_PATH | O_DIRECTORY | O_CLOEXEC);
        result = c->root < 0 ? -errno : copy_entry(c, from_dirfd, from, to_dirfd, to);
        close(c->root);
    }
    int64_t entries = c->entries;
    links_free(&c->links);
    free(c);
    return result < 0 ? result : entries;
}

static int measure(int dirfd, const char *name, struct usage *u, struct links *links)
{
    struct stat st;
    if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISDIR(st.st_mode) && st.st_nlink > 1) {
        if (links_find(links, &st))
            return 0;
        links_add(links, &st, "");
    }
    u->inodes++;
    u->allocated += (int64_t)st.st_blocks * 512;
    if (S_ISREG(st.st_mode))
        u->apparent += st.st_size;
    if (!S_ISDIR(st.st_mode))
        return 0;
    DIR *dir = tree_open(dirfd, name);
    if (!dir)
        return errno == ENOENT ? 0 : -errno;
    int result = 0;
    for (struct dirent *entry; result == 0 && (entry = tree_next(dir));)
        result = measure(dirfd_of(dir), entry->d_name, u, links);
    closedir(dir);
    return result;
}

int tree_usage(int dirfd, const char *name, struct usage *u)
{
    struct links *links = calloc(1, sizeof *links);
    memset(u, 0, sizeof *u);
    if (!links)
        return -ENOMEM;
    int result = measure(dirfd, name, u, links);
    links_free(links);
    free(links);
    return result;
}
