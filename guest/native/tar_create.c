// Packs a file or a directory tree as a tar: ustar headers, with a pax header before those that ustar cannot hold. Entries are sorted, so
// that the same tree gives the same bytes. An overlay upperdir's whiteouts become `.wh.` names (OCI image-spec, layer.md).

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "sys.h"
#include "tar.h"
#include "tree.h"

struct packer {
    const struct tar_options *o;
    struct links links;
    int64_t written;
    size_t have;
    char path[8192];    // name of the entry at hand in the archive
    char pax[65536];
    size_t pax_length;
    uint8_t buffer[65536];
};

static int flush(struct packer *p)
{
    long n = sys_write_all(p->o->fd_out, p->buffer, p->have);
    p->have = 0;
    return n < 0 ? n : 0;
}

static int put(struct packer *p, const void *bytes, size_t length)
{
    const uint8_t *from = bytes;
    p->written += length;
    while (length > 0) {
        size_t n = sizeof p->buffer - p->have < length ? sizeof p->buffer - p->have : length;
        memcpy(p->buffer + p->have, from, n);
        p->have += n;
        from += n;
        length -= n;
        int result = p->have == sizeof p->buffer ? flush(p) : 0;
        if (result < 0)
            return result;
    }
    return 0;
}

static int pad(struct packer *p, int64_t size)
{
    static const uint8_t zeros[512];
    return put(p, zeros, (512 - (size & 511)) & 511);
}

static void octal(char *field, size_t length, uint64_t value)
{
    field[length - 1] = 0;
    for (size_t i = length - 1; i-- > 0; value >>= 3)
        field[i] = '0' + (value & 7);
}

// The record's length counts its own digits.
static void add_pax(struct packer *p, const char *key, const void *value, size_t length)
{
    size_t body = strlen(key) + length + 3, total = body + 1, digits;
    for (;;) {
        digits = snprintf(NULL, 0, "%zu", total);
        if (body + digits == total)
            break;
        total = body + digits;
    }
    if (p->pax_length + total > sizeof p->pax)
        return;
    int n = sprintf(p->pax + p->pax_length, "%zu %s=", total, key);
    memcpy(p->pax + p->pax_length + n, value, length);
    p->pax[p->pax_length + total - 1] = '\n';
    p->pax_length += total;
}

static void add_xattrs(struct packer *p, int fd)
{
    char names[4096], value[4096], key[300];
    ssize_t length = flistxattr(fd, names, sizeof names);
    for (ssize_t at = 0; at < length; at += strlen(names + at) + 1) {
        const char *name = names + at;
        if (strcmp(name, "security.capability") != 0 && strncmp(name, "user.", 5) != 0)
            continue;
        ssize_t n = fgetxattr(fd, name, value, sizeof value);
        if (n < 0 || snprintf(key, sizeof key, "SCHILY.xattr.%s", name) >= (int)sizeof key)
            continue;
        add_pax(p, key, value, n);
    }
}

static int put_header(struct packer *p, struct tar_header *h)
{
    unsigned sum = 0;
    memcpy(h->magic, "ustar", 6);
    memcpy(h->version, "00", 2);
    memset(h->checksum, ' ', sizeof h->checksum);
    for (int i = 0; i < 512; i++)
        sum += ((uint8_t *)h)[i];
    snprintf(h->checksum, sizeof h->checksum, "%06o", sum);
    h->checksum[7] = ' ';
    return put(p, h, sizeof *h);
}

// A name of up to 100 bytes, or split at a slash between prefix and name; 0 if it needs a pax header.
static int set_name(struct tar_header *h, const char *name)
{
    size_t length = strlen(name);
    if (length <= sizeof h->name) {
        memcpy(h->name, name, length);
        return 1;
    }
    for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t before = slash - name, after = length - before - 1;
        if (before > sizeof h->prefix)
            break;
        if (after > 0 && after <= sizeof h->name) {
            memcpy(h->prefix, name, before);
            memcpy(h->name, slash + 1, after);
            return 1;
        }
    }
    memcpy(h->name, name, sizeof h->name);
    return 0;
}

static int put_entry(struct packer *p, const struct stat *st, const char *name, char type, const char *link, int64_t size)
{
    struct tar_header h = { 0 };
    int64_t mtime = p->o->mtime >= 0 ? p->o->mtime : st->st_mtime;
    uint32_t uid = p->o->owner >= 0 ? (uint32_t)p->o->owner : st->st_uid, gid = p->o->owner >= 0 ? (uint32_t)p->o->owner : st->st_gid;
    char text[32];
    if (!set_name(&h, name))
        add_pax(p, "path", name, strlen(name));
    if (link) {
        if (strlen(link) > sizeof h.link)
            add_pax(p, "linkpath", link, strlen(link));
        memcpy(h.link, link, strnlen(link, sizeof h.link));
    }
    if (size >= 1ll << 33)
        add_pax(p, "size", text, sprintf(text, "%lld", (long long)size));
    if (uid >= 1u << 21)
        add_pax(p, "uid", text, sprintf(text, "%u", uid));
    if (gid >= 1u << 21)
        add_pax(p, "gid", text, sprintf(text, "%u", gid));
    if (p->pax_length > 0) {
        struct tar_header x = { 0 };
        snprintf(x.name, sizeof x.name, "PaxHeaders/%.80s", name);
        octal(x.mode, sizeof x.mode, 0644);
        octal(x.uid, sizeof x.uid, 0);
        octal(x.gid, sizeof x.gid, 0);
        octal(x.size, sizeof x.size, p->pax_length);
        octal(x.mtime, sizeof x.mtime, 0);
        x.type = 'x';
        int result = put_header(p, &x);
        if (result == 0)
            result = put(p, p->pax, p->pax_length);
        if (result == 0)
            result = pad(p, p->pax_length);
        p->pax_length = 0;
        if (result < 0)
            return result;
    }
    octal(h.mode, sizeof h.mode, st->st_mode & 07777);
    octal(h.uid, sizeof h.uid, uid & 07777777);
    octal(h.gid, sizeof h.gid, gid & 07777777);
    octal(h.size, sizeof h.size, size);
    octal(h.mtime, sizeof h.mtime, mtime < 0 ? 0 : mtime);
    octal(h.major, sizeof h.major, type == '3' || type == '4' ? major(st->st_rdev) : 0);
    octal(h.minor, sizeof h.minor, type == '3' || type == '4' ? minor(st->st_rdev) : 0);
    h.type = type;
    return put_header(p, &h);
}

static int put_file(struct packer *p, int fd, const struct stat *st)
{
    add_xattrs(p, fd);
    int result = put_entry(p, st, p->path, '0', NULL, st->st_size);
    int64_t left = st->st_size;
    while (result == 0 && left > 0) {
        // Straight into the buffer that goes out.
        size_t room = sizeof p->buffer - p->have;
        ssize_t n = read(fd, p->buffer + p->have, (int64_t)room < left ? room : (size_t)left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0) { // the file shrank under us: the header's promise is kept with zeros
            n = (int64_t)room < left ? room : (size_t)left;
            memset(p->buffer + p->have, 0, n);
        }
        p->have += n;
        p->written += n;
        left -= n;
        if (p->have == sizeof p->buffer)
            result = flush(p);
    }
    return result < 0 ? result : pad(p, st->st_size);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int in_list(char **list, int count, const char *name)
{
    return count > 0 && bsearch(&name, list, count, sizeof *list, compare_names) != NULL;
}

// True if something on the list lies beneath name.
static int is_parent_of_listed(char **list, int count, const char *name)
{
    size_t length = strlen(name);
    for (int i = 0; i < count; i++)
        if (strncmp(list[i], name, length) == 0 && list[i][length] == '/')
            return 1;
    return 0;
}

static int pack(struct packer *p, int dirfd, const char *name, int follow);

static int pack_children(struct packer *p, int fd)
{
    char **names = NULL;
    size_t count = 0, room = 0, length = strlen(p->path);
    int result = 0;
    DIR *dir = tree_open(fd, ".");
    if (!dir)
        return -errno;
    for (struct dirent *entry; (entry = tree_next(dir)); names[count++] = strdup(entry->d_name))
        if (count == room)
            names = realloc(names, (room = room * 2 + 64) * sizeof *names);
    qsort(names, count, sizeof *names, compare_names);
    for (size_t i = 0; i < count; i++) {
        if (result == 0 && length + strlen(names[i]) + 8 > sizeof p->path)
            result = -ENAMETOOLONG;
        if (result == 0) {
            sprintf(p->path + length, length ? "/%s" : "%s", names[i]);
            result = pack(p, dirfd_of(dir), names[i], 0);
            p->path[length] = 0;
        }
        free(names[i]);
    }
    free(names);
    closedir(dir);
    return result;
}

static int pack_directory(struct packer *p, int fd, const struct stat *st)
{
    char opaque = 0;
    size_t length = strlen(p->path);
    int result = 0;
    if (length > 0) {
        add_xattrs(p, fd);
        strcpy(p->path + length, "/");
        result = put_entry(p, st, p->path, '5', NULL, 0);
        if (result == 0 && p->o->overlay_upper && fgetxattr(fd, "trusted.overlay.opaque", &opaque, 1) == 1 && opaque == 'y') {
            strcpy(p->path + length, "/.wh..wh..opq");
            result = put_entry(p, st, p->path, '0', NULL, 0);
        }
        p->path[length] = 0;
    }
    return result < 0 ? result : pack_children(p, fd);
}

static int pack_whiteout(struct packer *p, const struct stat *st)
{
    char *slash = strrchr(p->path, '/'), name[8200];
    size_t before = slash ? slash + 1 - p->path : 0;
    snprintf(name, sizeof name, "%.*s.wh.%s", (int)before, p->path, p->path + before);
    struct stat plain = *st;
    plain.st_mode = S_IFREG | 0600;
    return put_entry(p, &plain, name, '0', NULL, 0);
}

static int pack(struct packer *p, int dirfd, const char *name, int follow)
{
    const struct tar_options *o = p->o;
    struct stat st;
    char target[4096];
    if (in_list(o->exclude, o->exclude_count, p->path))
        return 0;
    int listed = o->include_count == 0 || in_list(o->include, o->include_count, p->path);
    int parent = o->include_count > 0 && (p->path[0] == 0 || is_parent_of_listed(o->include, o->include_count, p->path));
    if (!listed && !parent)
        return 0;
    if (fstatat(dirfd, name, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT && p->path[0] ? 0 : -errno;
    if (S_ISDIR(st.st_mode)) {
        int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
        if (fd < 0)
            return -errno;
        int result = pack_directory(p, fd, &st);
        close(fd);
        return result;
    }
    if (!listed || S_ISSOCK(st.st_mode))
        return 0;
    if (o->overlay_upper && S_ISCHR(st.st_mode) && st.st_rdev == 0)
        return pack_whiteout(p, &st);
    const char *first = st.st_nlink > 1 ? links_find(&p->links, &st) : NULL;
    if (first)
        return put_entry(p, &st, p->path, '1', first, 0);
    if (st.st_nlink > 1)
        links_add(&p->links, &st, p->path);
    if (S_ISLNK(st.st_mode)) {
        ssize_t n = readlinkat(dirfd, name, target, sizeof target - 1);
        if (n < 0)
            return -errno;
        target[n] = 0;
        return put_entry(p, &st, p->path, '2', target, 0);
    }
    if (!S_ISREG(st.st_mode))
        return put_entry(p, &st, p->path, S_ISCHR(st.st_mode) ? '3' : S_ISBLK(st.st_mode) ? '4' : '6', NULL, 0);
    int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW));
    if (fd < 0)
        return -errno;
    int result = put_file(p, fd, &st);
    close(fd);
    return result;
}

int64_t tar_create(const struct tar_options *options)
{
    static const uint8_t end[1024];
    struct packer *p = calloc(1, sizeof *p);
    if (!p)
        return -ENOMEM;
    p->o = options;
    if (strlen(options->name) + 1 > sizeof p->path)
        return -ENAMETOOLONG;
    strcpy(p->path, options->name);
    int result = pack(p, options->dirfd, options->path, options->follow_root);
    if (result == 0 && options->finish)
        result = put(p, end, sizeof end);
    if (result == 0)
        result = flush(p);
    int64_t written = p->written;
    links_free(&p->links);
    free(p);
    return result < 0 ? result : written;
}
